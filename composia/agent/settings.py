"""What an agent is told when it starts."""

from dataclasses import dataclass, field
from pathlib import Path

from composia._version import __version__
from composia.core.join import JoinString


@dataclass(frozen=True, kw_only=True)
class AgentSettings:
    """`ca` is the authority that the agent trusts (PEM), None for the system's; `data` is its own directory.

    With a `token` the agent is told all of it. Without, it is a node that has joined, or joins now with `join`; then `node`
    may be empty. `ends_with_stdin` lets it end when its standard input does, which its parent holds.

    `project_prefix` is put before each Compose project, and then the agent speaks only of such projects. At most
    `capacity` attempts are worked on at once. Logs of containers that the server does not have yet take about `spool_bytes` at
    most.
    """

    data: Path
    node: str = ""
    server: str = ""
    token: str = field(default="", repr=False)
    join: JoinString | None = None
    ends_with_stdin: bool = False
    ca: bytes | None = None
    labels: tuple[tuple[str, str], ...] = ()
    project_prefix: str = ""
    capacity: int = 4
    spool_bytes: int = 256 << 20
    version: str = __version__
