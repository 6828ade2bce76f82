"""What is shown of services and nodes: wanted, released and seen, side by side."""

from dataclasses import dataclass, field
from enum import StrEnum

from composia.core.container import Container
from composia.core.deployment import DeploymentState
from composia.core.instance import InstanceState
from composia.core.intent import Drain, Pause
from composia.core.node import Node, NodeState, NodeStatus
from composia.core.problem import Problem
from composia.core.task import TaskKind


class Wanted(StrEnum):
    """What is wanted of a service."""

    RUNNING = "running"
    STOPPED = "stopped"
    DISABLED = "disabled"
    REMOVED = "removed"


@dataclass(frozen=True, kw_only=True)
class InstanceStatus:
    """An instance as shown. `revision` is of its last release; `seen_age_s` is None when it was never seen.

    `changed` says whether its release failed or is not of Git's bundle, or a deploy of another one has not ended; `behind` how
    many commits since `revision` changed the service's files; None when that is not known. `missing` is how many containers of
    its last release are not among `containers`.
    """

    service: str
    node: str
    state: InstanceState
    reason: str = ""
    revision: str = ""
    seen_age_s: float | None = None
    edited: tuple[str, ...] = ()
    orphaned: bool = False
    stopped: bool = False
    changed: bool = False
    containers: tuple[Container, ...] = ()
    behind: int | None = None
    missing: int = 0


@dataclass(frozen=True, kw_only=True)
class LastDeployment:
    """The deployment of a service that was made last. Times are milliseconds UTC; `ended_ms` 0 means not yet."""

    id: str
    kind: TaskKind
    state: DeploymentState
    created_ms: int = 0
    ended_ms: int = 0
    created_by: str = ""


@dataclass(frozen=True, kw_only=True)
class ServiceStatus:
    """A service over its nodes. `revision` is the repository's head, as far as the definition exists there; `last` is None
    when it was never deployed."""

    name: str
    wanted: Wanted
    revision: str = ""
    instances: tuple[InstanceStatus, ...] = ()
    problems: tuple[Problem, ...] = ()
    last: LastDeployment | None = None


@dataclass(frozen=True, kw_only=True)
class NodeView:
    """A node as shown: its record, whether it can be reached, and its last picture with its age.
    `drain` is None when services may be placed there. `containers` are those of services of ours, `others` the host's
    other ones. `pause` is None when tasks may begin there. `address` is the IP address that its agent connects from, empty
    while it is not connected."""

    node: Node
    state: NodeState
    status: NodeStatus = field(default_factory=NodeStatus)
    seen_age_s: float | None = None
    containers: tuple[Container, ...] = ()
    running_tasks: tuple[str, ...] = ()
    drain: Drain | None = None
    others: tuple[Container, ...] = ()
    pause: Pause | None = None
    address: str = ""


@dataclass(frozen=True, kw_only=True)
class StatusReport:
    """Services times nodes, at one moment."""

    services: tuple[ServiceStatus, ...]
    nodes: tuple[NodeView, ...]

    @property
    def owners(self) -> dict[tuple[str, str], str]:
        """The service of each container of one, by node and name."""
        return {
            (instance.node, container.name): service.name
            for service in self.services
            for instance in service.instances
            for container in instance.containers
        }

    @property
    def restarts(self) -> dict[tuple[str, str], int]:
        """How often Docker has started each container again, by node and name."""
        return {(view.node.name, c.name): c.restarts for view in self.nodes for c in (*view.containers, *view.others)}


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """A node that a service does not go to, and why."""

    node: str
    reason: str


class NodeFit(StrEnum):
    """Whether a service goes to a node, could, or cannot."""

    CHOSEN = "chosen"
    POSSIBLE = "possible"
    IMPOSSIBLE = "impossible"


@dataclass(frozen=True, kw_only=True)
class NodeVerdict:
    """A node for a service: whether it goes there, all the reasons why or why not, and what may go wrong there though it is
    chosen. A node that never joined is offline."""

    node: str
    fit: NodeFit
    state: NodeState = NodeState.OFFLINE
    reasons: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ServiceView:
    """A definition as shown: where it is placed, the verdict on each node, and what is wrong with it."""

    name: str
    directory: str
    revision: str
    project: str = ""
    compose_files: tuple[str, ...] = ()
    enabled: bool = True
    auto_deploy: bool = False
    bundle: str = ""
    placed: tuple[str, ...] = ()
    nodes: tuple[NodeVerdict, ...] = ()
    problems: tuple[Problem, ...] = ()
