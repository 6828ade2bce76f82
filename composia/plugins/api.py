"""The API of the server, in domain types: one method an RPC, for people (`ServerApi`) and for agents (`AgentApi`).

The server implements it, the transport maps it to the wire, and the command line and the agent call the same.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from composia.core.check import Examination
from composia.core.container_log import ForwardedLogs, LogPage, LogsKept, LogsQuery
from composia.core.deployment import Deployment
from composia.core.file import Comparison, FileContent, FileList
from composia.core.host_object import ContainerSize, Image, Network, Volume
from composia.core.join import Joined, JoinRequest
from composia.core.principal import Role, TokenInfo
from composia.core.revision import RepositoryState, Revision
from composia.core.schedule import RunOutcome
from composia.core.session import AgentMessage, LogAck, LogBatch, ServerMessage
from composia.core.status import NodeView, Refusal, ServiceView, StatusReport
from composia.core.task import PruneTarget, Task, TaskKind, TaskState
from composia.core.token import NewCredential
from composia.core.tunnel import ExecInput, ExecOutput, TunnelDown, TunnelUp
from composia.core.usage import NodeUsage, Series, UsageQuery
from composia.core.user import Caller, SessionInfo, UserInfo
from composia.plugins.queue import DeploymentFilter, Page, TaskFilter
from composia.plugins.watching import WatchEvent, WatchRequest


@dataclass(frozen=True, kw_only=True)
class ServerInfo:
    """What a client may know of the server before anything else: `now_ms` is its clock, `readable_logs` names the log sinks
    that can be read from."""

    version: str
    public_urls: tuple[str, ...]
    now_ms: int = 0
    readable_logs: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DeployRequest:
    """Which services to deploy: by name, or `all`, or those that `changed`. The same `request_id` again gets the
    first answer. An empty `revision` is the branch's head; empty `nodes` are all that the services are placed on.

    `move` chooses the nodes of placed services anew, and takes the instances on the nodes that are left down once the new
    ones are healthy; it goes with `services` and without `nodes`.
    """

    request_id: str
    services: tuple[str, ...] = ()
    all: bool = False
    changed: bool = False
    revision: str = ""
    nodes: tuple[str, ...] = ()
    pull: bool = False
    overwrite_edits: bool = False
    move: bool = False


@dataclass(frozen=True, kw_only=True)
class OperateRequest:
    """Stop, start, restart or take down a service's instances; empty `nodes` are all that exist."""

    request_id: str
    kind: TaskKind
    service: str
    nodes: tuple[str, ...] = ()
    remove_volumes: bool = False


@dataclass(frozen=True, kw_only=True)
class RetryRequest:
    """Do again what did not succeed of a deployment, or one task that did not, by the stored orders."""

    request_id: str
    deployment: str = ""
    task: str = ""


@dataclass(frozen=True, kw_only=True)
class PruneRequest:
    """Remove what no container uses from a node."""

    request_id: str
    node: str
    what: tuple[PruneTarget, ...] = (PruneTarget.DANGLING_IMAGES,)


@dataclass(frozen=True, kw_only=True)
class DeploymentView:
    """A deployment with its tasks. The answer to a deploy has also the nodes it does not touch, each with a reason. The
    `commit` is the newest one, of its revision and those before, that changed the files of the service, or that revision itself
    where this is not known; with the first line of the message. None where the repository does not have it."""

    deployment: Deployment
    tasks: tuple[Task, ...]
    refusals: tuple[Refusal, ...] = ()
    commit: Revision | None = None


@dataclass(frozen=True, kw_only=True)
class Skipped:
    """A service that a request left alone, and why."""

    service: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Started:
    """The answer to a request that changes: what was stored, and what was left alone."""

    deployments: tuple[DeploymentView, ...]
    skipped: tuple[Skipped, ...] = ()


@dataclass(frozen=True, kw_only=True)
class OutputChunk:
    """Bytes of a task's output, `data` beginning at byte `offset` of that attempt's."""

    attempt: int
    offset: int
    data: bytes


@dataclass(frozen=True, kw_only=True)
class DrainRequest:
    """Place nothing new on a node. With `move` the instances that may move are deployed elsewhere; the answer's `skipped`
    say which stay, and why."""

    request_id: str
    node: str
    move: bool = True


@dataclass(frozen=True, kw_only=True)
class Drained:
    """A node that is drained, and what was begun for it."""

    node: NodeView
    started: Started


@dataclass(frozen=True, kw_only=True)
class ScheduleView:
    """A schedule as configured (`what` in a line), when it is due next, and what became of the last time. Times are
    milliseconds UTC, 0 is never."""

    name: str
    cron: str
    timezone: str
    what: str
    next_ms: int = 0
    last_ms: int = 0
    last: RunOutcome | None = None
    reason: str = ""
    deployments: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PluginInfo:
    """A plugin as found: where it comes from, what it provides ("point/name"), and why it does not work."""

    name: str
    origin: str
    location: str
    version: str = ""
    provides: tuple[str, ...] = ()
    error: str = ""


@dataclass(frozen=True, kw_only=True)
class RepositoryLogRequest:
    """How many of the newest commits at most, of those that changed the files of `service`, or of all; `after` is the `next`
    of the page before."""

    limit: int
    service: str = ""
    after: str = ""


@dataclass(frozen=True, kw_only=True)
class CompareRevisionsRequest:
    """Which two revisions of a service: an empty `older` is before there was anything, an empty `newer` the branch's head."""

    service: str
    older: str = ""
    newer: str = ""


class ServerApi(Protocol):
    """What people and their tools may ask; the methods are named as the RPCs and as `core.principal.POLICY`."""

    async def get_server_info(self) -> ServerInfo: ...
    async def get_caller(self) -> Caller:
        """Who is calling, and what may be called."""
        ...

    async def get_status(self, services: Sequence[str]) -> StatusReport: ...
    async def list_services(self) -> tuple[ServiceView, ...]:
        """All definitions, each with a verdict on those nodes only that it names or goes to."""
        ...

    async def get_service(self, name: str) -> ServiceView: ...
    async def deploy(self, request: DeployRequest) -> Started: ...
    async def operate(self, request: OperateRequest) -> Started: ...
    async def prune_node(self, request: PruneRequest) -> Started: ...
    async def list_deployments(self, which: DeploymentFilter, limit: int, after: str) -> Page[DeploymentView]: ...
    async def get_deployment(self, deployment: str) -> DeploymentView: ...
    async def cancel_deployment(self, deployment: str) -> DeploymentView: ...
    async def pause_deployment(self, deployment: str) -> DeploymentView: ...
    async def resume_deployment(self, deployment: str) -> DeploymentView: ...
    async def retry(self, request: RetryRequest) -> Started:
        """Store a deployment with the orders of the tasks that did not succeed; what of them waits is superseded."""
        ...

    async def list_tasks(self, which: TaskFilter, limit: int, after: str) -> Page[Task]: ...
    async def get_task(self, task: str) -> Task: ...
    async def cancel_task(self, task: str) -> Task: ...
    async def resolve_task(self, task: str, state: TaskState) -> Task:
        """Say how a lost task ended: succeeded, failed or cancelled."""
        ...

    def task_output(self, task: str, *, follow: bool, attempt: int, offset: int) -> AsyncIterator[OutputChunk]:
        """Output from that attempt and offset on (0, 0 is the beginning), then, with `follow`, until the task ended."""
        ...

    async def list_nodes(self) -> tuple[NodeView, ...]: ...
    async def get_node(self, name: str) -> NodeView: ...
    async def drain_node(self, request: DrainRequest) -> Drained:
        """Place nothing new on a node, and move away what may move."""
        ...

    async def pause_node(self, name: str) -> NodeView:
        """Begin no task on a node; those for it wait."""
        ...

    async def resume_node(self, name: str) -> NodeView:
        """Let services be placed on a node again, and tasks begin there."""
        ...

    async def list_images(self, node: str) -> tuple[Image, ...]:
        """What its agent answers now; `Unavailable` when it is away, `TimedOut` when it takes too long."""
        ...

    async def list_volumes(self, node: str) -> tuple[Volume, ...]: ...
    async def list_networks(self, node: str) -> tuple[Network, ...]: ...
    async def list_container_sizes(self, node: str) -> tuple[ContainerSize, ...]: ...
    async def get_usage(self, nodes: Sequence[str]) -> tuple[NodeUsage, ...]:
        """The last readings of these nodes, or of all."""
        ...

    async def query_usage(self, query: UsageQuery) -> tuple[Series, ...]:
        """What is kept of past readings."""
        ...

    def read_logs(self, query: LogsQuery) -> AsyncIterator[LogPage]:
        """Lines of containers, by time, and with `follow` what comes, without gap or repeat."""
        ...

    def exec(self, inputs: AsyncIterator[ExecInput]) -> AsyncIterator[ExecOutput]:
        """Run a command in a container. The first message is `ExecStart`; the last answer is `Exited`, or an error."""
        ...

    async def list_schedules(self) -> tuple[ScheduleView, ...]: ...
    async def run_schedule(self, name: str) -> ScheduleView:
        """Do now what it does when it is due; its next time stays."""
        ...

    async def examine(self, nodes: Sequence[str]) -> Examination:
        """Check the server, and these nodes, or all that can be reached."""
        ...

    async def get_repository(self) -> RepositoryState: ...
    async def sync_repository(self) -> RepositoryState: ...
    async def repository_log(self, request: RepositoryLogRequest) -> Page[Revision]: ...
    async def list_files(self, service: str, revision: str) -> FileList:
        """The paths of a service's directory; an empty revision is the branch's head."""
        ...

    async def read_file(self, service: str, revision: str, path: str) -> FileContent: ...
    async def compare_revisions(self, request: CompareRevisionsRequest) -> Comparison: ...
    async def list_plugins(self) -> tuple[PluginInfo, ...]: ...
    async def create_token(self, role: Role, node: str) -> tuple[TokenInfo, str]: ...
    async def create_join_token(self, node: str, ttl_s: float, uses: int) -> tuple[TokenInfo, str]:
        """A join token and the join string around it; an empty `node` leaves the name to the host."""
        ...

    async def list_tokens(self) -> tuple[TokenInfo, ...]: ...
    async def revoke_token(self, token: str) -> TokenInfo: ...
    async def list_users(self) -> tuple[UserInfo, ...]: ...
    async def create_user(self, name: str, role: Role, password: str) -> UserInfo: ...
    async def set_password(self, user: str, password: str, present: str) -> UserInfo:
        """Another password: one's own (an empty `user`), with the present one, or, for admins, anybody's. The user's other
        sessions end."""
        ...

    async def remove_user(self, name: str) -> UserInfo:
        """Nobody signs in by that name any more, and the user's sessions end."""
        ...

    async def list_sessions(self) -> tuple[SessionInfo, ...]:
        """Who is signed in: the caller's own, or, for admins, all. The one used last is first."""
        ...

    async def end_session(self, session: str) -> SessionInfo: ...
    async def create_sign_in_link(self) -> tuple[str, int]:
        """A link that signs one browser in as the caller, once, and until when it is good (milliseconds UTC)."""
        ...

    def watch(self, request: WatchRequest) -> AsyncIterator[WatchEvent]: ...


class AgentApi(Protocol):
    """What an agent may ask, and `join` a host that is to become one. It names no node: the credential does."""

    async def join(self, request: JoinRequest) -> Joined:
        """Become a node, with a join token. The same credential again gets the same answer and uses nothing up."""
        ...

    async def renew_credential(self, credential: NewCredential) -> Joined:
        """A further credential for the caller's node. The caller's own ends when the new one opens a session."""
        ...

    def session(self, messages: AsyncIterator[AgentMessage]) -> AsyncIterator[ServerMessage]:
        """The one stream of an agent. The first message is `Hello`, the first answer `Welcome` or an error."""
        ...

    def fetch_bundle(self, digest: str) -> AsyncIterator[bytes]:
        """The archive of a bundle that a task or release of this node has; `NotFound` for any other."""
        ...

    def push_logs(self, batches: AsyncIterator[LogBatch]) -> AsyncIterator[LogAck]:
        """Output of this node's attempts, acknowledged as it is kept."""
        ...

    def forward_logs(self, batches: AsyncIterator[ForwardedLogs]) -> AsyncIterator[LogsKept]:
        """Logs of this node's containers, acknowledged as they are kept."""
        ...

    def tunnel(self, messages: AsyncIterator[TunnelUp]) -> AsyncIterator[TunnelDown]:
        """A tunnel that the server asked for. The first message is `TunnelOpened`; `NotFound` for one that nobody waits
        for."""
        ...
