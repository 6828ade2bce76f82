"""`ServerService` over `ServerApi`: each RPC is the method of the same name."""

from collections.abc import AsyncIterator, Callable
from typing import Any

from connectrpc.request import RequestContext

from composia._gen.v1 import (
    check_pb2,
    container_log_pb2,
    deployment_pb2,
    node_pb2,
    output_pb2,
    repository_pb2,
    server_pb2,
    service_pb2,
    status_pb2,
    task_pb2,
    token_pb2,
    tunnel_pb2,
    usage_pb2,
    user_pb2,
)
from composia.builtin_plugins.connect import twins
from composia.builtin_plugins.connect.agent_rpcs import heard
from composia.builtin_plugins.connect.changes import Changes
from composia.builtin_plugins.connect.packed_once import PackedOnce
from composia.builtin_plugins.connect.values import packed
from composia.plugins.api import RepositoryLogRequest, ServerApi

Context = RequestContext[Any, Any]

PAGE = 100
LOG = 20
"""How much of a list comes when the request does not say."""


class ServerRpcs:
    """`api` is that of the present caller."""

    def __init__(self, api: Callable[[], ServerApi], changes: Changes) -> None:
        self._api = api
        self._changes = changes
        self._events = PackedOnce()

    # reading

    async def get_server_info(self, _: server_pb2.GetServerInfoRequest, __: Context, /) -> server_pb2.ServerInfo:
        """The server itself."""
        return twins.SERVER_INFO.pack(await self._api().get_server_info())

    async def get_caller(self, _: server_pb2.GetCallerRequest, __: Context, /) -> user_pb2.Caller:
        """Who is calling."""
        return twins.CALLER.pack(await self._api().get_caller())

    async def get_status(self, request: server_pb2.GetStatusRequest, _: Context, /) -> status_pb2.StatusReport:
        """Services times nodes."""
        return twins.STATUS.pack(await self._api().get_status(tuple(request.services)))

    async def list_services(self, _: server_pb2.ListServicesRequest, __: Context, /) -> server_pb2.ListServicesResponse:
        """All definitions."""
        services = await self._api().list_services()
        return server_pb2.ListServicesResponse(services=[twins.SERVICE.pack(service) for service in services])

    async def get_service(self, request: server_pb2.GetServiceRequest, _: Context, /) -> service_pb2.ServiceView:
        """One definition."""
        return twins.SERVICE.pack(await self._api().get_service(request.name))

    async def list_deployments(
        self, request: server_pb2.ListDeploymentsRequest, _: Context, /
    ) -> server_pb2.ListDeploymentsResponse:
        """Deployments, newest first."""
        which, limit = twins.DEPLOYMENT_FILTER.unpack(request.which), _limit(request, PAGE)
        page = await self._api().list_deployments(which, limit, request.after)
        items = [twins.DEPLOYMENT.pack(item) for item in page.items]
        return server_pb2.ListDeploymentsResponse(items=items, next=page.next)

    async def get_deployment(
        self, request: server_pb2.GetDeploymentRequest, _: Context, /
    ) -> deployment_pb2.DeploymentView:
        """One deployment."""
        return twins.DEPLOYMENT.pack(await self._api().get_deployment(request.deployment))

    async def list_tasks(self, request: server_pb2.ListTasksRequest, _: Context, /) -> server_pb2.ListTasksResponse:
        """Tasks, newest first."""
        which, limit = twins.TASK_FILTER.unpack(request.which), _limit(request, PAGE)
        page = await self._api().list_tasks(which, limit, request.after)
        return server_pb2.ListTasksResponse(items=[twins.TASK.pack(item) for item in page.items], next=page.next)

    async def get_task(self, request: server_pb2.GetTaskRequest, _: Context, /) -> task_pb2.Task:
        """One task."""
        return twins.TASK.pack(await self._api().get_task(request.task))

    def task_output(
        self, request: server_pb2.TaskOutputRequest, _: Context, /
    ) -> AsyncIterator[output_pb2.OutputChunk]:
        """The output of a task."""
        chunks = self._api().task_output(
            request.task, follow=request.follow, attempt=request.attempt, offset=request.offset
        )
        return packed(chunks, twins.OUTPUT_CHUNK)

    async def list_nodes(self, _: server_pb2.ListNodesRequest, __: Context, /) -> server_pb2.ListNodesResponse:
        """All nodes."""
        nodes = await self._api().list_nodes()
        return server_pb2.ListNodesResponse(nodes=[twins.NODE.pack(node) for node in nodes])

    async def get_node(self, request: server_pb2.GetNodeRequest, _: Context, /) -> node_pb2.NodeView:
        """One node."""
        return twins.NODE.pack(await self._api().get_node(request.name))

    async def get_repository(
        self, _: server_pb2.GetRepositoryRequest, __: Context, /
    ) -> repository_pb2.RepositoryState:
        """The outcome of the last sync."""
        return twins.REPOSITORY.pack(await self._api().get_repository())

    async def repository_log(
        self, request: server_pb2.RepositoryLogRequest, _: Context, /
    ) -> server_pb2.RepositoryLogResponse:
        """The newest commits."""
        asked = RepositoryLogRequest(limit=_limit(request, LOG), service=request.service, after=request.after)
        page = await self._api().repository_log(asked)
        revisions = [twins.REVISION.pack(one) for one in page.items]
        return server_pb2.RepositoryLogResponse(revisions=revisions, next=page.next)

    async def list_files(self, request: server_pb2.ListFilesRequest, _: Context, /) -> server_pb2.ListFilesResponse:
        """The paths of a service's directory."""
        found = await self._api().list_files(request.service, request.revision)
        files = [twins.FILE.pack(file) for file in found.files]
        return server_pb2.ListFilesResponse(revision=found.revision, directory=found.directory, files=files)

    async def read_file(self, request: server_pb2.ReadFileRequest, _: Context, /) -> server_pb2.FileContent:
        """A file of a service's directory."""
        content = await self._api().read_file(request.service, request.revision, request.path)
        return twins.FILE_CONTENT.pack(content)

    async def compare_revisions(
        self, request: server_pb2.CompareRevisionsRequest, _: Context, /
    ) -> server_pb2.Comparison:
        """What lies between two revisions of a service."""
        return twins.COMPARISON.pack(await self._api().compare_revisions(twins.COMPARE_REQUEST.unpack(request)))

    async def list_plugins(self, _: server_pb2.ListPluginsRequest, __: Context, /) -> server_pb2.ListPluginsResponse:
        """All plugins."""
        plugins = await self._api().list_plugins()
        return server_pb2.ListPluginsResponse(plugins=[twins.PLUGIN.pack(plugin) for plugin in plugins])

    async def list_tokens(self, _: server_pb2.ListTokensRequest, __: Context, /) -> server_pb2.ListTokensResponse:
        """All tokens."""
        tokens = await self._api().list_tokens()
        return server_pb2.ListTokensResponse(tokens=[twins.TOKEN.pack(token) for token in tokens])

    async def list_users(self, _: server_pb2.ListUsersRequest, __: Context, /) -> server_pb2.ListUsersResponse:
        """All users."""
        users = await self._api().list_users()
        return server_pb2.ListUsersResponse(users=[twins.USER.pack(user) for user in users])

    async def list_sessions(self, _: server_pb2.ListSessionsRequest, __: Context, /) -> server_pb2.ListSessionsResponse:
        """Who is signed in."""
        sessions = await self._api().list_sessions()
        return server_pb2.ListSessionsResponse(sessions=[twins.SESSION.pack(session) for session in sessions])

    async def list_images(self, request: server_pb2.ListImagesRequest, _: Context, /) -> server_pb2.ListImagesResponse:
        """The images of a node."""
        images = await self._api().list_images(request.node)
        return server_pb2.ListImagesResponse(images=[twins.IMAGE.pack(image) for image in images])

    async def list_volumes(
        self, request: server_pb2.ListVolumesRequest, _: Context, /
    ) -> server_pb2.ListVolumesResponse:
        """The volumes of a node."""
        volumes = await self._api().list_volumes(request.node)
        return server_pb2.ListVolumesResponse(volumes=[twins.VOLUME.pack(volume) for volume in volumes])

    async def list_networks(
        self, request: server_pb2.ListNetworksRequest, _: Context, /
    ) -> server_pb2.ListNetworksResponse:
        """The networks of a node."""
        networks = await self._api().list_networks(request.node)
        return server_pb2.ListNetworksResponse(networks=[twins.NETWORK.pack(network) for network in networks])

    async def list_container_sizes(
        self, request: server_pb2.ListContainerSizesRequest, _: Context, /
    ) -> server_pb2.ListContainerSizesResponse:
        """How large the containers of a node are."""
        sizes = await self._api().list_container_sizes(request.node)
        return server_pb2.ListContainerSizesResponse(sizes=[twins.CONTAINER_SIZE.pack(size) for size in sizes])

    async def get_usage(self, request: server_pb2.GetUsageRequest, _: Context, /) -> server_pb2.GetUsageResponse:
        """What nodes use."""
        nodes = await self._api().get_usage(tuple(request.nodes))
        return server_pb2.GetUsageResponse(nodes=[twins.NODE_USAGE.pack(node) for node in nodes])

    async def query_usage(self, request: usage_pb2.UsageQuery, _: Context, /) -> server_pb2.QueryUsageResponse:
        """Past readings."""
        series = await self._api().query_usage(twins.USAGE_QUERY.unpack(request))
        return server_pb2.QueryUsageResponse(series=[twins.SERIES.pack(one) for one in series])

    def read_logs(
        self, request: container_log_pb2.LogsQuery, _: Context, /
    ) -> AsyncIterator[container_log_pb2.LogPage]:
        """Lines of containers."""
        return packed(self._api().read_logs(twins.LOGS_QUERY.unpack(request)), twins.LOG_PAGE)

    async def list_schedules(
        self, _: server_pb2.ListSchedulesRequest, __: Context, /
    ) -> server_pb2.ListSchedulesResponse:
        """All schedules."""
        schedules = await self._api().list_schedules()
        return server_pb2.ListSchedulesResponse(schedules=[twins.SCHEDULE.pack(schedule) for schedule in schedules])

    async def examine(self, request: server_pb2.ExamineRequest, _: Context, /) -> check_pb2.Examination:
        """Check the server and its nodes."""
        return twins.EXAMINATION.pack(await self._api().examine(tuple(request.nodes)))

    def watch(self, request: server_pb2.WatchRequest, _: Context, /) -> AsyncIterator[server_pb2.WatchEvent]:
        """A snapshot, then changes."""
        return self._events.packed(self._api().watch(twins.WATCH_REQUEST.unpack(request)))

    # changing

    async def deploy(self, request: server_pb2.DeployRequest, _: Context, /) -> deployment_pb2.Started:
        """Deploy services."""
        wanted = twins.DEPLOY_REQUEST.unpack(request)
        return twins.STARTED.pack(await self._changes.finish(self._api().deploy(wanted)))

    async def operate(self, request: server_pb2.OperateRequest, _: Context, /) -> deployment_pb2.Started:
        """Stop, start, restart or take down."""
        wanted = twins.OPERATE_REQUEST.unpack(request)
        return twins.STARTED.pack(await self._changes.finish(self._api().operate(wanted)))

    async def prune_node(self, request: server_pb2.PruneRequest, _: Context, /) -> deployment_pb2.Started:
        """Remove what no container uses."""
        wanted = twins.PRUNE_REQUEST.unpack(request)
        return twins.STARTED.pack(await self._changes.finish(self._api().prune_node(wanted)))

    async def drain_node(self, request: server_pb2.DrainRequest, _: Context, /) -> server_pb2.Drained:
        """Place nothing new on a node."""
        wanted = twins.DRAIN_REQUEST.unpack(request)
        return twins.DRAINED.pack(await self._changes.finish(self._api().drain_node(wanted)))

    async def pause_node(self, request: server_pb2.PauseNodeRequest, _: Context, /) -> node_pb2.NodeView:
        """Begin no task on a node."""
        return twins.NODE.pack(await self._changes.finish(self._api().pause_node(request.name)))

    def exec(self, request: AsyncIterator[tunnel_pb2.ExecInput], _: Context, /) -> AsyncIterator[tunnel_pb2.ExecOutput]:
        """Run a command in a container."""
        return packed(self._api().exec(heard(request, twins.EXEC_INPUT)), twins.EXEC_OUTPUT)

    async def run_schedule(self, request: server_pb2.RunScheduleRequest, _: Context, /) -> server_pb2.ScheduleView:
        """Do now what a schedule does."""
        return twins.SCHEDULE.pack(await self._changes.finish(self._api().run_schedule(request.name)))

    async def resume_node(self, request: server_pb2.ResumeNodeRequest, _: Context, /) -> node_pb2.NodeView:
        """Let services be placed on a node again."""
        return twins.NODE.pack(await self._changes.finish(self._api().resume_node(request.name)))

    async def retry(self, request: server_pb2.RetryRequest, _: Context, /) -> deployment_pb2.Started:
        """Do again what did not succeed."""
        wanted = twins.RETRY_REQUEST.unpack(request)
        return twins.STARTED.pack(await self._changes.finish(self._api().retry(wanted)))

    async def cancel_deployment(
        self, request: server_pb2.CancelDeploymentRequest, _: Context, /
    ) -> deployment_pb2.DeploymentView:
        """End a deployment."""
        return twins.DEPLOYMENT.pack(await self._changes.finish(self._api().cancel_deployment(request.deployment)))

    async def pause_deployment(
        self, request: server_pb2.PauseDeploymentRequest, _: Context, /
    ) -> deployment_pb2.DeploymentView:
        """Hold a deployment."""
        return twins.DEPLOYMENT.pack(await self._changes.finish(self._api().pause_deployment(request.deployment)))

    async def resume_deployment(
        self, request: server_pb2.ResumeDeploymentRequest, _: Context, /
    ) -> deployment_pb2.DeploymentView:
        """Let a deployment go on."""
        return twins.DEPLOYMENT.pack(await self._changes.finish(self._api().resume_deployment(request.deployment)))

    async def cancel_task(self, request: server_pb2.CancelTaskRequest, _: Context, /) -> task_pb2.Task:
        """End a task."""
        return twins.TASK.pack(await self._changes.finish(self._api().cancel_task(request.task)))

    async def resolve_task(self, request: server_pb2.ResolveTaskRequest, _: Context, /) -> task_pb2.Task:
        """Say how a lost task ended."""
        said = twins.RESOLVE_REQUEST.unpack(request)
        return twins.TASK.pack(await self._changes.finish(self._api().resolve_task(said.task, said.state)))

    async def sync_repository(
        self, _: server_pb2.SyncRepositoryRequest, __: Context, /
    ) -> repository_pb2.RepositoryState:
        """Sync now."""
        return twins.REPOSITORY.pack(await self._changes.finish(self._api().sync_repository()))

    async def create_token(
        self, request: server_pb2.CreateTokenRequest, _: Context, /
    ) -> server_pb2.CreateTokenResponse:
        """A new token."""
        new = twins.NEW_TOKEN.unpack(request)
        token, secret = await self._changes.finish(self._api().create_token(new.role, new.node))
        return server_pb2.CreateTokenResponse(token=twins.TOKEN.pack(token), secret=secret)

    async def create_join_token(
        self, request: server_pb2.CreateJoinTokenRequest, _: Context, /
    ) -> server_pb2.CreateJoinTokenResponse:
        """A join token."""
        new = twins.NEW_JOIN_TOKEN.unpack(request)
        token, join = await self._changes.finish(self._api().create_join_token(new.node, new.ttl_s, new.uses))
        return server_pb2.CreateJoinTokenResponse(token=twins.TOKEN.pack(token), join=join)

    async def revoke_token(self, request: server_pb2.RevokeTokenRequest, _: Context, /) -> token_pb2.TokenInfo:
        """End a token."""
        return twins.TOKEN.pack(await self._changes.finish(self._api().revoke_token(request.token)))

    async def create_user(self, request: server_pb2.CreateUserRequest, _: Context, /) -> user_pb2.UserInfo:
        """A new user."""
        new = twins.NEW_USER.unpack(request)
        return twins.USER.pack(await self._changes.finish(self._api().create_user(new.name, new.role, new.password)))

    async def set_password(self, request: server_pb2.SetPasswordRequest, _: Context, /) -> user_pb2.UserInfo:
        """Another password."""
        changing = self._api().set_password(request.user, request.password, request.present)
        return twins.USER.pack(await self._changes.finish(changing))

    async def remove_user(self, request: server_pb2.RemoveUserRequest, _: Context, /) -> user_pb2.UserInfo:
        """End a user."""
        return twins.USER.pack(await self._changes.finish(self._api().remove_user(request.name)))

    async def end_session(self, request: server_pb2.EndSessionRequest, _: Context, /) -> user_pb2.SessionInfo:
        """End a session."""
        return twins.SESSION.pack(await self._changes.finish(self._api().end_session(request.session)))

    async def create_sign_in_link(
        self, _: server_pb2.CreateSignInLinkRequest, __: Context, /
    ) -> server_pb2.CreateSignInLinkResponse:
        """A link that signs one browser in."""
        url, expires_ms = await self._changes.finish(self._api().create_sign_in_link())
        return server_pb2.CreateSignInLinkResponse(url=url, expires_ms=expires_ms)


def _limit(
    request: server_pb2.ListDeploymentsRequest | server_pb2.ListTasksRequest | server_pb2.RepositoryLogRequest,
    otherwise: int,
) -> int:
    return request.limit if request.HasField("limit") else otherwise
