"""What `Watch` is asked for, and what it tells."""

from dataclasses import dataclass
from enum import StrEnum

from composia.core.deployment import Deployment
from composia.core.revision import RepositoryState, Revision
from composia.core.status import InstanceStatus, NodeView, ServiceStatus
from composia.core.task import Task
from composia.core.usage import NodeUsage


class WatchTopic(StrEnum):
    """What can be watched: deployments with their tasks, services with their instances, nodes, what they use, and the
    repository."""

    WORK = "work"
    SERVICES = "services"
    NODES = "nodes"
    USAGE = "usage"
    REPOSITORY = "repository"


@dataclass(frozen=True, kw_only=True)
class WatchRequest:
    """What to watch: of these topics, but for usage all when empty; deployments by id, or all that are open; services and
    nodes by name, or all. `cursor` resumes where an event's cursor was. With `bare_nodes` nodes come without the containers of
    services, which the instances have."""

    cursor: str = ""
    deployments: tuple[str, ...] = ()
    topics: tuple[WatchTopic, ...] = ()
    services: tuple[str, ...] = ()
    nodes: tuple[str, ...] = ()
    bare_nodes: bool = False


@dataclass(frozen=True, kw_only=True)
class DeployedCommit:
    """What a deployment, by its id, has deployed, as in its view."""

    deployment: str
    commit: Revision


@dataclass(frozen=True, kw_only=True)
class WatchEvent:
    """First a snapshot (or, with a good cursor, none), then changes; `snapshot` says "forget what you had".

    Each thing comes in whole, in the place of what was known of it: a service with its instances, or one instance of it.
    Names in `gone_services` and `gone_nodes` are no more. `commits` are those of the deployments in it. A
    reader who is slow is told the latest of each thing, not each step. The cursor holds the server's epoch and numbers. An
    event without content keeps the stream alive. `more` says that what there is to tell now is not all in it and follows at
    once, as the parts of a large snapshot do.
    """

    cursor: str
    snapshot: bool = False
    deployments: tuple[Deployment, ...] = ()
    tasks: tuple[Task, ...] = ()
    services: tuple[ServiceStatus, ...] = ()
    instances: tuple[InstanceStatus, ...] = ()
    nodes: tuple[NodeView, ...] = ()
    usage: tuple[NodeUsage, ...] = ()
    gone_services: tuple[str, ...] = ()
    gone_nodes: tuple[str, ...] = ()
    repository: RepositoryState | None = None
    more: bool = False
    commits: tuple[DeployedCommit, ...] = ()
