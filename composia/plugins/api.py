"""The API of the server, in domain types: one method an RPC, for people (`ServerApi`) and for agents (`AgentApi`).

The server implements it, the transport maps it to the wire, and the command line and the agent call the same.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from composia.core.deployment import Deployment
from composia.core.join import Joined, JoinRequest
from composia.core.principal import Role, TokenInfo
from composia.core.revision import RepositoryState, Revision
from composia.core.session import AgentMessage, LogAck, LogBatch, ServerMessage
from composia.core.status import NodeView, Refusal, ServiceView, StatusReport
from composia.core.task import PruneTarget, Task, TaskKind, TaskState
from composia.core.token import NewCredential
from composia.plugins.queue import DeploymentFilter, Page, TaskFilter


@dataclass(frozen=True, kw_only=True)
class ServerInfo:
    """What a client may know of the server before anything else."""

    version: str
    public_urls: tuple[str, ...]


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
    """A deployment with its tasks, and the nodes it does not touch, each with a reason. `notes` are what to know before
    it goes on, each in a line; only the answer to a deploy has them."""

    deployment: Deployment
    tasks: tuple[Task, ...]
    refusals: tuple[Refusal, ...] = ()
    notes: tuple[str, ...] = ()


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
class WatchRequest:
    """What to watch: deployments by id, or all that are open. `cursor` resumes where an event's cursor was."""

    cursor: str = ""
    deployments: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class WatchEvent:
    """First a snapshot (or, with a good cursor, none), then changes; `snapshot` says "forget what you had".

    The cursor holds the server's epoch and a number. An event without content keeps the stream alive.
    """

    cursor: str
    snapshot: bool = False
    deployments: tuple[Deployment, ...] = ()
    tasks: tuple[Task, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PluginInfo:
    """A plugin as found: where it comes from, what it provides ("point/name"), and why it does not work."""

    name: str
    origin: str
    location: str
    version: str = ""
    provides: tuple[str, ...] = ()
    error: str = ""


class ServerApi(Protocol):
    """What people and their tools may ask; the methods are named as the RPCs and as `core.principal.POLICY`."""

    async def get_server_info(self) -> ServerInfo: ...
    async def get_status(self, services: Sequence[str]) -> StatusReport: ...
    async def list_services(self) -> tuple[ServiceView, ...]: ...
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
    async def drain_node(self, name: str) -> NodeView:
        """Place nothing new on a node; what runs there stays."""
        ...

    async def resume_node(self, name: str) -> NodeView:
        """Let services be placed on a node again."""
        ...

    async def get_repository(self) -> RepositoryState: ...
    async def sync_repository(self) -> RepositoryState: ...
    async def repository_log(self, limit: int) -> tuple[Revision, ...]: ...
    async def list_plugins(self) -> tuple[PluginInfo, ...]: ...
    async def create_token(self, role: Role, node: str) -> tuple[TokenInfo, str]: ...
    async def create_join_token(self, node: str, ttl_s: float, uses: int) -> tuple[TokenInfo, str]:
        """A join token and the join string around it; an empty `node` leaves the name to the host."""
        ...

    async def list_tokens(self) -> tuple[TokenInfo, ...]: ...
    async def revoke_token(self, token: str) -> TokenInfo: ...
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
