"""What an agent is told when it starts."""

from dataclasses import dataclass, field
from pathlib import Path

from composia._version import __version__


@dataclass(frozen=True, kw_only=True)
class AgentSettings:
    """`ca` is the authority that the agent trusts (PEM), None for the system's; `data` is its own directory.

    `project_prefix` is put before each Compose project, and then the agent speaks only of such projects. At most
    `capacity` attempts are worked on at once.
    """

    node: str
    server: str
    token: str = field(repr=False)
    data: Path
    ca: bytes | None = None
    labels: tuple[tuple[str, str], ...] = ()
    project_prefix: str = ""
    capacity: int = 4
    version: str = __version__
