"""`ServerApi` over the wire."""

from collections.abc import AsyncIterator, Sequence

from composia._gen.v1 import server_pb2
from composia._gen.v1.server_connect import ServerServiceClient
from composia.builtin_plugins.connect import twins
from composia.builtin_plugins.connect.dialing import ANSWER_MAX_BYTES, Line
from composia.builtin_plugins.connect.twins import (
    CreateJoinTokenRequest,
    CreateTokenRequest,
    CreateUserRequest,
    ResolveTaskRequest,
)
from composia.builtin_plugins.connect.values import packed, unpacked
from composia.core.check import Examination
from composia.core.container_log import LogPage, LogsQuery
from composia.core.file import Comparison, FileContent, FileList
from composia.core.host_object import ContainerSize, Image, Network, Volume
from composia.core.principal import Role, TokenInfo
from composia.core.revision import RepositoryState, Revision
from composia.core.status import NodeView, ServiceView, StatusReport
from composia.core.task import Task, TaskState
from composia.core.tunnel import ExecInput, ExecOutput
from composia.core.usage import NodeUsage, Series, UsageQuery
from composia.core.user import Caller, SessionInfo, UserInfo
from composia.plugins.api import (
    CompareRevisionsRequest,
    DeploymentView,
    DeployRequest,
    Drained,
    DrainRequest,
    OperateRequest,
    OutputChunk,
    PluginInfo,
    PruneRequest,
    RepositoryLogRequest,
    RetryRequest,
    ScheduleView,
    ServerInfo,
    Started,
)
from composia.plugins.queue import DeploymentFilter, Page, TaskFilter
from composia.plugins.transport import Target
from composia.plugins.watching import WatchEvent, WatchRequest


class ServerClient:
    """A client's connection for people."""

    def __init__(self, target: Target) -> None:
        self._line = Line(target)
        self._rpcs = ServerServiceClient(
            self._line.url,
            http_client=self._line.http,
            interceptors=[self._line],
            read_max_bytes=ANSWER_MAX_BYTES,
        )

    async def get_server_info(self) -> ServerInfo:
        """The server itself."""
        return twins.SERVER_INFO.unpack(await self._rpcs.get_server_info(server_pb2.GetServerInfoRequest()))

    async def get_caller(self) -> Caller:
        """Who is calling."""
        return twins.CALLER.unpack(await self._rpcs.get_caller(server_pb2.GetCallerRequest()))

    async def get_status(self, services: Sequence[str]) -> StatusReport:
        """Services times nodes."""
        return twins.STATUS.unpack(await self._rpcs.get_status(server_pb2.GetStatusRequest(services=services)))

    async def list_services(self) -> tuple[ServiceView, ...]:
        """All definitions."""
        answer = await self._rpcs.list_services(server_pb2.ListServicesRequest())
        return tuple(twins.SERVICE.unpack(service) for service in answer.services)

    async def get_service(self, name: str) -> ServiceView:
        """One definition."""
        return twins.SERVICE.unpack(await self._rpcs.get_service(server_pb2.GetServiceRequest(name=name)))

    async def deploy(self, request: DeployRequest) -> Started:
        """Deploy services."""
        return twins.STARTED.unpack(await self._rpcs.deploy(twins.DEPLOY_REQUEST.pack(request)))

    async def operate(self, request: OperateRequest) -> Started:
        """Stop, start, restart or take down."""
        return twins.STARTED.unpack(await self._rpcs.operate(twins.OPERATE_REQUEST.pack(request)))

    async def prune_node(self, request: PruneRequest) -> Started:
        """Remove what no container uses."""
        return twins.STARTED.unpack(await self._rpcs.prune_node(twins.PRUNE_REQUEST.pack(request)))

    async def retry(self, request: RetryRequest) -> Started:
        """Do again what did not succeed."""
        return twins.STARTED.unpack(await self._rpcs.retry(twins.RETRY_REQUEST.pack(request)))

    async def cancel_deployment(self, deployment: str) -> DeploymentView:
        """End a deployment."""
        request = server_pb2.CancelDeploymentRequest(deployment=deployment)
        return twins.DEPLOYMENT.unpack(await self._rpcs.cancel_deployment(request))

    async def pause_deployment(self, deployment: str) -> DeploymentView:
        """Hold a deployment."""
        request = server_pb2.PauseDeploymentRequest(deployment=deployment)
        return twins.DEPLOYMENT.unpack(await self._rpcs.pause_deployment(request))

    async def resume_deployment(self, deployment: str) -> DeploymentView:
        """Let a deployment go on."""
        request = server_pb2.ResumeDeploymentRequest(deployment=deployment)
        return twins.DEPLOYMENT.unpack(await self._rpcs.resume_deployment(request))

    async def cancel_task(self, task: str) -> Task:
        """End a task."""
        return twins.TASK.unpack(await self._rpcs.cancel_task(server_pb2.CancelTaskRequest(task=task)))

    async def resolve_task(self, task: str, state: TaskState) -> Task:
        """Say how a lost task ended."""
        request = twins.RESOLVE_REQUEST.pack(ResolveTaskRequest(task=task, state=state))
        return twins.TASK.unpack(await self._rpcs.resolve_task(request))

    async def list_deployments(self, which: DeploymentFilter, limit: int, after: str) -> Page[DeploymentView]:
        """Deployments, newest first."""
        packed = twins.DEPLOYMENT_FILTER.pack(which)
        answer = await self._rpcs.list_deployments(
            server_pb2.ListDeploymentsRequest(which=packed, limit=limit, after=after)
        )
        return Page(items=tuple(twins.DEPLOYMENT.unpack(item) for item in answer.items), next=answer.next)

    async def get_deployment(self, deployment: str) -> DeploymentView:
        """One deployment."""
        request = server_pb2.GetDeploymentRequest(deployment=deployment)
        return twins.DEPLOYMENT.unpack(await self._rpcs.get_deployment(request))

    async def list_tasks(self, which: TaskFilter, limit: int, after: str) -> Page[Task]:
        """Tasks, newest first."""
        packed = twins.TASK_FILTER.pack(which)
        answer = await self._rpcs.list_tasks(server_pb2.ListTasksRequest(which=packed, limit=limit, after=after))
        return Page(items=tuple(twins.TASK.unpack(item) for item in answer.items), next=answer.next)

    async def get_task(self, task: str) -> Task:
        """One task."""
        return twins.TASK.unpack(await self._rpcs.get_task(server_pb2.GetTaskRequest(task=task)))

    def task_output(self, task: str, *, follow: bool, attempt: int, offset: int) -> AsyncIterator[OutputChunk]:
        """The output of a task."""
        request = server_pb2.TaskOutputRequest(task=task, follow=follow, attempt=attempt, offset=offset)
        return unpacked(self._rpcs.task_output(request), twins.OUTPUT_CHUNK)

    async def list_nodes(self) -> tuple[NodeView, ...]:
        """All nodes."""
        answer = await self._rpcs.list_nodes(server_pb2.ListNodesRequest())
        return tuple(twins.NODE.unpack(node) for node in answer.nodes)

    async def get_node(self, name: str) -> NodeView:
        """One node."""
        return twins.NODE.unpack(await self._rpcs.get_node(server_pb2.GetNodeRequest(name=name)))

    async def drain_node(self, request: DrainRequest) -> Drained:
        """Place nothing new on a node."""
        return twins.DRAINED.unpack(await self._rpcs.drain_node(twins.DRAIN_REQUEST.pack(request)))

    async def pause_node(self, name: str) -> NodeView:
        """Begin no task on a node."""
        return twins.NODE.unpack(await self._rpcs.pause_node(server_pb2.PauseNodeRequest(name=name)))

    async def resume_node(self, name: str) -> NodeView:
        """Let services be placed on a node again."""
        return twins.NODE.unpack(await self._rpcs.resume_node(server_pb2.ResumeNodeRequest(name=name)))

    async def list_images(self, node: str) -> tuple[Image, ...]:
        """The images of a node."""
        answer = await self._rpcs.list_images(server_pb2.ListImagesRequest(node=node))
        return tuple(twins.IMAGE.unpack(image) for image in answer.images)

    async def list_volumes(self, node: str) -> tuple[Volume, ...]:
        """The volumes of a node."""
        answer = await self._rpcs.list_volumes(server_pb2.ListVolumesRequest(node=node))
        return tuple(twins.VOLUME.unpack(volume) for volume in answer.volumes)

    async def list_networks(self, node: str) -> tuple[Network, ...]:
        """The networks of a node."""
        answer = await self._rpcs.list_networks(server_pb2.ListNetworksRequest(node=node))
        return tuple(twins.NETWORK.unpack(network) for network in answer.networks)

    async def list_container_sizes(self, node: str) -> tuple[ContainerSize, ...]:
        """How large the containers of a node are."""
        answer = await self._rpcs.list_container_sizes(server_pb2.ListContainerSizesRequest(node=node))
        return tuple(twins.CONTAINER_SIZE.unpack(size) for size in answer.sizes)

    async def get_usage(self, nodes: Sequence[str]) -> tuple[NodeUsage, ...]:
        """What nodes use."""
        answer = await self._rpcs.get_usage(server_pb2.GetUsageRequest(nodes=nodes))
        return tuple(twins.NODE_USAGE.unpack(node) for node in answer.nodes)

    async def query_usage(self, query: UsageQuery) -> tuple[Series, ...]:
        """Past readings."""
        answer = await self._rpcs.query_usage(twins.USAGE_QUERY.pack(query))
        return tuple(twins.SERIES.unpack(series) for series in answer.series)

    def read_logs(self, query: LogsQuery) -> AsyncIterator[LogPage]:
        """Lines of containers."""
        return unpacked(self._rpcs.read_logs(twins.LOGS_QUERY.pack(query)), twins.LOG_PAGE)

    def exec(self, inputs: AsyncIterator[ExecInput]) -> AsyncIterator[ExecOutput]:
        """Run a command in a container."""
        return unpacked(self._rpcs.exec(packed(inputs, twins.EXEC_INPUT)), twins.EXEC_OUTPUT)

    async def list_schedules(self) -> tuple[ScheduleView, ...]:
        """All schedules."""
        answer = await self._rpcs.list_schedules(server_pb2.ListSchedulesRequest())
        return tuple(twins.SCHEDULE.unpack(schedule) for schedule in answer.schedules)

    async def run_schedule(self, name: str) -> ScheduleView:
        """Do now what a schedule does."""
        return twins.SCHEDULE.unpack(await self._rpcs.run_schedule(server_pb2.RunScheduleRequest(name=name)))

    async def examine(self, nodes: Sequence[str]) -> Examination:
        """Check the server and its nodes."""
        return twins.EXAMINATION.unpack(await self._rpcs.examine(server_pb2.ExamineRequest(nodes=nodes)))

    async def get_repository(self) -> RepositoryState:
        """The outcome of the last sync."""
        return twins.REPOSITORY.unpack(await self._rpcs.get_repository(server_pb2.GetRepositoryRequest()))

    async def sync_repository(self) -> RepositoryState:
        """Sync now."""
        return twins.REPOSITORY.unpack(await self._rpcs.sync_repository(server_pb2.SyncRepositoryRequest()))

    async def repository_log(self, request: RepositoryLogRequest) -> Page[Revision]:
        """The newest commits."""
        asked = server_pb2.RepositoryLogRequest(limit=request.limit, service=request.service, after=request.after)
        answer = await self._rpcs.repository_log(asked)
        return Page(items=tuple(twins.REVISION.unpack(revision) for revision in answer.revisions), next=answer.next)

    async def list_files(self, service: str, revision: str) -> FileList:
        """The paths of a service's directory."""
        answer = await self._rpcs.list_files(server_pb2.ListFilesRequest(service=service, revision=revision))
        files = tuple(twins.FILE.unpack(file) for file in answer.files)
        return FileList(revision=answer.revision, directory=answer.directory, files=files)

    async def read_file(self, service: str, revision: str, path: str) -> FileContent:
        """A file of a service's directory."""
        request = server_pb2.ReadFileRequest(service=service, revision=revision, path=path)
        return twins.FILE_CONTENT.unpack(await self._rpcs.read_file(request))

    async def compare_revisions(self, request: CompareRevisionsRequest) -> Comparison:
        """What lies between two revisions of a service."""
        return twins.COMPARISON.unpack(await self._rpcs.compare_revisions(twins.COMPARE_REQUEST.pack(request)))

    async def list_plugins(self) -> tuple[PluginInfo, ...]:
        """All plugins."""
        answer = await self._rpcs.list_plugins(server_pb2.ListPluginsRequest())
        return tuple(twins.PLUGIN.unpack(plugin) for plugin in answer.plugins)

    async def create_token(self, role: Role, node: str) -> tuple[TokenInfo, str]:
        """A new token and its secret."""
        answer = await self._rpcs.create_token(twins.NEW_TOKEN.pack(CreateTokenRequest(role=role, node=node)))
        return twins.TOKEN.unpack(answer.token), answer.secret

    async def create_join_token(self, node: str, ttl_s: float, uses: int) -> tuple[TokenInfo, str]:
        """A join token and its join string."""
        request = twins.NEW_JOIN_TOKEN.pack(CreateJoinTokenRequest(node=node, ttl_s=ttl_s, uses=uses))
        answer = await self._rpcs.create_join_token(request)
        return twins.TOKEN.unpack(answer.token), answer.join

    async def list_tokens(self) -> tuple[TokenInfo, ...]:
        """All tokens."""
        answer = await self._rpcs.list_tokens(server_pb2.ListTokensRequest())
        return tuple(twins.TOKEN.unpack(token) for token in answer.tokens)

    async def revoke_token(self, token: str) -> TokenInfo:
        """End a token."""
        return twins.TOKEN.unpack(await self._rpcs.revoke_token(server_pb2.RevokeTokenRequest(token=token)))

    async def list_users(self) -> tuple[UserInfo, ...]:
        """All users."""
        answer = await self._rpcs.list_users(server_pb2.ListUsersRequest())
        return tuple(twins.USER.unpack(user) for user in answer.users)

    async def create_user(self, name: str, role: Role, password: str) -> UserInfo:
        """A new user."""
        request = twins.NEW_USER.pack(CreateUserRequest(name=name, role=role, password=password))
        return twins.USER.unpack(await self._rpcs.create_user(request))

    async def set_password(self, user: str, password: str, present: str) -> UserInfo:
        """Another password."""
        request = server_pb2.SetPasswordRequest(user=user, password=password, present=present)
        return twins.USER.unpack(await self._rpcs.set_password(request))

    async def remove_user(self, name: str) -> UserInfo:
        """End a user."""
        return twins.USER.unpack(await self._rpcs.remove_user(server_pb2.RemoveUserRequest(name=name)))

    async def list_sessions(self) -> tuple[SessionInfo, ...]:
        """Who is signed in."""
        answer = await self._rpcs.list_sessions(server_pb2.ListSessionsRequest())
        return tuple(twins.SESSION.unpack(session) for session in answer.sessions)

    async def end_session(self, session: str) -> SessionInfo:
        """End a session."""
        return twins.SESSION.unpack(await self._rpcs.end_session(server_pb2.EndSessionRequest(session=session)))

    async def create_sign_in_link(self) -> tuple[str, int]:
        """A link that signs one browser in."""
        answer = await self._rpcs.create_sign_in_link(server_pb2.CreateSignInLinkRequest())
        return answer.url, answer.expires_ms

    def watch(self, request: WatchRequest) -> AsyncIterator[WatchEvent]:
        """A snapshot, then changes."""
        return unpacked(self._rpcs.watch(twins.WATCH_REQUEST.pack(request)), twins.WATCH_EVENT)

    async def close(self) -> None:
        """Let go of the connection."""
        await self._line.close()
