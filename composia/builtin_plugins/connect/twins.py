"""Every domain type that crosses the wire by itself, with its message."""

from dataclasses import dataclass

from composia._gen.v1 import (
    check_pb2,
    container_log_pb2,
    deployment_pb2,
    error_pb2,
    host_object_pb2,
    join_pb2,
    logs_pb2,
    node_pb2,
    output_pb2,
    repository_pb2,
    server_pb2,
    service_pb2,
    session_pb2,
    status_pb2,
    task_pb2,
    token_pb2,
    tunnel_pb2,
    usage_pb2,
    user_pb2,
)
from composia.builtin_plugins.connect.twin import Twin
from composia.core.check import Examination
from composia.core.container_log import ForwardedLogs, LogPage, LogsKept, LogsQuery
from composia.core.file import Comparison, FileContent, FileEntry
from composia.core.host_object import ContainerSize, Image, Network, Volume
from composia.core.join import Joined, JoinRequest
from composia.core.principal import Role, TokenInfo
from composia.core.revision import RepositoryState, Revision
from composia.core.session import AgentMessage, LogAck, LogBatch, ServerMessage
from composia.core.status import InstanceStatus, NodeView, ServiceStatus, ServiceView, StatusReport
from composia.core.task import Task, TaskState
from composia.core.token import NewCredential
from composia.core.tunnel import ExecInput, ExecOutput, TunnelDown, TunnelUp
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
    RetryRequest,
    ScheduleView,
    ServerInfo,
    Started,
)
from composia.plugins.queue import DeploymentFilter, TaskFilter
from composia.plugins.watching import WatchEvent, WatchRequest


@dataclass(frozen=True, kw_only=True)
class CreateTokenRequest:
    """What `CreateToken` asks for."""

    role: Role
    node: str


@dataclass(frozen=True, kw_only=True)
class CreateJoinTokenRequest:
    """What `CreateJoinToken` asks for."""

    node: str
    ttl_s: float
    uses: int


@dataclass(frozen=True, kw_only=True)
class CreateUserRequest:
    """What `CreateUser` asks for."""

    name: str
    role: Role
    password: str


@dataclass(frozen=True, kw_only=True)
class ResolveTaskRequest:
    """What `ResolveTask` asks for."""

    task: str
    state: TaskState


@dataclass(frozen=True, kw_only=True)
class ErrorInfo:
    """What an error carries beside its code and its message."""

    code: str
    where: str
    hint: str
    id: str


ERROR_INFO = Twin[ErrorInfo, error_pb2.ErrorInfo](ErrorInfo, error_pb2.ErrorInfo)

SERVER_INFO = Twin[ServerInfo, server_pb2.ServerInfo](ServerInfo, server_pb2.ServerInfo)
PLUGIN = Twin[PluginInfo, server_pb2.PluginInfo](PluginInfo, server_pb2.PluginInfo)
REPOSITORY = Twin[RepositoryState, repository_pb2.RepositoryState](RepositoryState, repository_pb2.RepositoryState)
REVISION = Twin[Revision, repository_pb2.Revision](Revision, repository_pb2.Revision)
FILE = Twin[FileEntry, repository_pb2.FileEntry](FileEntry, repository_pb2.FileEntry)
FILE_CONTENT = Twin[FileContent, server_pb2.FileContent](FileContent, server_pb2.FileContent)
COMPARE_REQUEST = Twin[CompareRevisionsRequest, server_pb2.CompareRevisionsRequest](
    CompareRevisionsRequest, server_pb2.CompareRevisionsRequest
)
COMPARISON = Twin[Comparison, server_pb2.Comparison](Comparison, server_pb2.Comparison)

STATUS = Twin[StatusReport, status_pb2.StatusReport](StatusReport, status_pb2.StatusReport)
SERVICE = Twin[ServiceView, service_pb2.ServiceView](ServiceView, service_pb2.ServiceView)
NODE = Twin[NodeView, node_pb2.NodeView](NodeView, node_pb2.NodeView)

DEPLOY_REQUEST = Twin[DeployRequest, server_pb2.DeployRequest](DeployRequest, server_pb2.DeployRequest)
OPERATE_REQUEST = Twin[OperateRequest, server_pb2.OperateRequest](OperateRequest, server_pb2.OperateRequest)
PRUNE_REQUEST = Twin[PruneRequest, server_pb2.PruneRequest](PruneRequest, server_pb2.PruneRequest)
RETRY_REQUEST = Twin[RetryRequest, server_pb2.RetryRequest](RetryRequest, server_pb2.RetryRequest)
RESOLVE_REQUEST = Twin[ResolveTaskRequest, server_pb2.ResolveTaskRequest](
    ResolveTaskRequest, server_pb2.ResolveTaskRequest
)
STARTED = Twin[Started, deployment_pb2.Started](Started, deployment_pb2.Started)
DEPLOYMENT = Twin[DeploymentView, deployment_pb2.DeploymentView](DeploymentView, deployment_pb2.DeploymentView)
DEPLOYMENT_FILTER = Twin[DeploymentFilter, deployment_pb2.DeploymentFilter](
    DeploymentFilter, deployment_pb2.DeploymentFilter
)
TASK = Twin[Task, task_pb2.Task](Task, task_pb2.Task)
TASK_FILTER = Twin[TaskFilter, task_pb2.TaskFilter](TaskFilter, task_pb2.TaskFilter)

WATCH_REQUEST = Twin[WatchRequest, server_pb2.WatchRequest](WatchRequest, server_pb2.WatchRequest)
SERVICE_STATUS = Twin[ServiceStatus, status_pb2.ServiceStatus](ServiceStatus, status_pb2.ServiceStatus)
INSTANCE_STATUS = Twin[InstanceStatus, status_pb2.InstanceStatus](InstanceStatus, status_pb2.InstanceStatus)
WATCH_EVENT = Twin[WatchEvent, server_pb2.WatchEvent](WatchEvent, server_pb2.WatchEvent)

NEW_TOKEN = Twin[CreateTokenRequest, server_pb2.CreateTokenRequest](CreateTokenRequest, server_pb2.CreateTokenRequest)
NEW_JOIN_TOKEN = Twin[CreateJoinTokenRequest, server_pb2.CreateJoinTokenRequest](
    CreateJoinTokenRequest, server_pb2.CreateJoinTokenRequest
)
NEW_USER = Twin[CreateUserRequest, server_pb2.CreateUserRequest](CreateUserRequest, server_pb2.CreateUserRequest)
CALLER = Twin[Caller, user_pb2.Caller](Caller, user_pb2.Caller)
USER = Twin[UserInfo, user_pb2.UserInfo](UserInfo, user_pb2.UserInfo)
SESSION = Twin[SessionInfo, user_pb2.SessionInfo](SessionInfo, user_pb2.SessionInfo)
TOKEN = Twin[TokenInfo, token_pb2.TokenInfo](TokenInfo, token_pb2.TokenInfo)

JOIN_REQUEST = Twin[JoinRequest, join_pb2.JoinRequest](JoinRequest, join_pb2.JoinRequest)
NEW_CREDENTIAL = Twin[NewCredential, join_pb2.NewCredential](NewCredential, join_pb2.NewCredential)
JOINED = Twin[Joined, join_pb2.Joined](Joined, join_pb2.Joined)

AGENT_MESSAGE = Twin[AgentMessage, session_pb2.AgentMessage](AgentMessage, session_pb2.AgentMessage)
FORWARDED_LOGS = Twin[ForwardedLogs, container_log_pb2.ForwardedLogs](ForwardedLogs, container_log_pb2.ForwardedLogs)
LOGS_KEPT = Twin[LogsKept, container_log_pb2.LogsKept](LogsKept, container_log_pb2.LogsKept)
LOGS_QUERY = Twin[LogsQuery, container_log_pb2.LogsQuery](LogsQuery, container_log_pb2.LogsQuery)
LOG_PAGE = Twin[LogPage, container_log_pb2.LogPage](LogPage, container_log_pb2.LogPage)

TUNNEL_UP = Twin[TunnelUp, tunnel_pb2.TunnelUp](TunnelUp, tunnel_pb2.TunnelUp)
TUNNEL_DOWN = Twin[TunnelDown, tunnel_pb2.TunnelDown](TunnelDown, tunnel_pb2.TunnelDown)
EXEC_INPUT = Twin[ExecInput, tunnel_pb2.ExecInput](ExecInput, tunnel_pb2.ExecInput)
EXEC_OUTPUT = Twin[ExecOutput, tunnel_pb2.ExecOutput](ExecOutput, tunnel_pb2.ExecOutput)

IMAGE = Twin[Image, host_object_pb2.Image](Image, host_object_pb2.Image)
VOLUME = Twin[Volume, host_object_pb2.Volume](Volume, host_object_pb2.Volume)
CONTAINER_SIZE = Twin[ContainerSize, host_object_pb2.ContainerSize](ContainerSize, host_object_pb2.ContainerSize)
NETWORK = Twin[Network, host_object_pb2.Network](Network, host_object_pb2.Network)

NODE_USAGE = Twin[NodeUsage, usage_pb2.NodeUsage](NodeUsage, usage_pb2.NodeUsage)
USAGE_QUERY = Twin[UsageQuery, usage_pb2.UsageQuery](UsageQuery, usage_pb2.UsageQuery)
SERIES = Twin[Series, usage_pb2.Series](Series, usage_pb2.Series)

DRAIN_REQUEST = Twin[DrainRequest, server_pb2.DrainRequest](DrainRequest, server_pb2.DrainRequest)
DRAINED = Twin[Drained, server_pb2.Drained](Drained, server_pb2.Drained)
SCHEDULE = Twin[ScheduleView, server_pb2.ScheduleView](ScheduleView, server_pb2.ScheduleView)
EXAMINATION = Twin[Examination, check_pb2.Examination](Examination, check_pb2.Examination)

SERVER_MESSAGE = Twin[ServerMessage, session_pb2.ServerMessage](ServerMessage, session_pb2.ServerMessage)
LOG_BATCH = Twin[LogBatch, logs_pb2.LogBatch](LogBatch, logs_pb2.LogBatch)
LOG_ACK = Twin[LogAck, logs_pb2.LogAck](LogAck, logs_pb2.LogAck)
OUTPUT_CHUNK = Twin[OutputChunk, output_pb2.OutputChunk](OutputChunk, output_pb2.OutputChunk)
