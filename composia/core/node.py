"""A node: a Docker host that runs an agent."""

from dataclasses import dataclass, field
from enum import StrEnum

from composia.core.container import Container
from composia.core.service import NAME
from composia.core.suggest import shown
from composia.core.usage import HostUsage
from composia.errors import Invalid

NAME_LENGTH = 63
"""As long as the name of a host may be."""


def check_node_name(name: str) -> None:
    """`Invalid` for what is no name of a node."""
    if not NAME.fullmatch(name):
        raise Invalid(f"{name[:NAME_LENGTH]!r} is no name for a node", hint="lower case letters, digits, - and _")
    if len(name) > NAME_LENGTH:
        raise Invalid(
            f"a node's name of {len(name)} characters is too long", where=shown(name), hint=f"{NAME_LENGTH} at most"
        )


class NodeState(StrEnum):
    """Whether its agent can be reached: the stream is open, closed, or silent for three heartbeats."""

    ONLINE = "online"
    DISCONNECTED = "disconnected"
    OFFLINE = "offline"


@dataclass(frozen=True, kw_only=True)
class NodeFacts:
    """What an agent says of itself and its host, once per session. Memory in bytes. `engine_id` tells the engine from
    all others; it and the versions are empty while the engine does not answer."""

    version: str = ""
    os: str = ""
    architecture: str = ""
    kernel: str = ""
    cpus: int = 0
    memory_bytes: int = 0
    docker_version: str = ""
    compose_version: str = ""
    engine_id: str = ""


@dataclass(frozen=True, kw_only=True)
class NodeStatus:
    """How the host is doing, in each heartbeat. `problem` says what keeps it from carrying out orders: Docker that
    does not answer or is too old, a full disk; empty when nothing does. `now_ms` is the node's own clock, and by that
    `blind_since_ms` since when Docker does not tell of its containers, so that those are as last seen; 0 while it does."""

    problem: str = ""
    now_ms: int = 0
    blind_since_ms: int = 0
    host: HostUsage = field(default_factory=HostUsage)


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """A service directory on a node, as its manifest tells: what lies there and which files were edited by hand."""

    service: str
    project: str
    revision: str = ""
    bundle: str = ""
    edited: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Seen:
    """The last picture of a node: everything that a full heartbeat carries, and when it came (server's clock)."""

    status: NodeStatus = field(default_factory=NodeStatus)
    containers: tuple[Container, ...] = ()
    workspaces: tuple[Workspace, ...] = ()
    at_ms: int = 0


@dataclass(frozen=True, kw_only=True)
class Node:
    """A node as stored: it exists from the first Hello of an agent of that name on. `capacity` is how many tasks its
    agent works on at once."""

    name: str
    agent_id: str
    labels: tuple[tuple[str, str], ...] = ()
    project_prefix: str = ""
    facts: NodeFacts = field(default_factory=NodeFacts)
    capacity: int = 4
    joined_ms: int = 0
    hello_ms: int = 0
