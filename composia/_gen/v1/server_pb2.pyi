from . import check_pb2 as _check_pb2
from . import container_log_pb2 as _container_log_pb2
from . import deployment_pb2 as _deployment_pb2
from . import host_object_pb2 as _host_object_pb2
from . import node_pb2 as _node_pb2
from . import output_pb2 as _output_pb2
from . import problem_pb2 as _problem_pb2
from . import repository_pb2 as _repository_pb2
from . import service_pb2 as _service_pb2
from . import status_pb2 as _status_pb2
from . import task_pb2 as _task_pb2
from . import token_pb2 as _token_pb2
from . import tunnel_pb2 as _tunnel_pb2
from . import usage_pb2 as _usage_pb2
from . import user_pb2 as _user_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RunOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RUN_OUTCOME_UNSPECIFIED: _ClassVar[RunOutcome]
    RUN_OUTCOME_STARTED: _ClassVar[RunOutcome]
    RUN_OUTCOME_SKIPPED: _ClassVar[RunOutcome]
    RUN_OUTCOME_FAILED: _ClassVar[RunOutcome]

class WatchTopic(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    WATCH_TOPIC_UNSPECIFIED: _ClassVar[WatchTopic]
    WATCH_TOPIC_WORK: _ClassVar[WatchTopic]
    WATCH_TOPIC_SERVICES: _ClassVar[WatchTopic]
    WATCH_TOPIC_NODES: _ClassVar[WatchTopic]
    WATCH_TOPIC_USAGE: _ClassVar[WatchTopic]
    WATCH_TOPIC_REPOSITORY: _ClassVar[WatchTopic]
RUN_OUTCOME_UNSPECIFIED: RunOutcome
RUN_OUTCOME_STARTED: RunOutcome
RUN_OUTCOME_SKIPPED: RunOutcome
RUN_OUTCOME_FAILED: RunOutcome
WATCH_TOPIC_UNSPECIFIED: WatchTopic
WATCH_TOPIC_WORK: WatchTopic
WATCH_TOPIC_SERVICES: WatchTopic
WATCH_TOPIC_NODES: WatchTopic
WATCH_TOPIC_USAGE: WatchTopic
WATCH_TOPIC_REPOSITORY: WatchTopic

class GetServerInfoRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ServerInfo(_message.Message):
    __slots__ = ("version", "public_urls", "now_ms", "readable_logs")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    PUBLIC_URLS_FIELD_NUMBER: _ClassVar[int]
    NOW_MS_FIELD_NUMBER: _ClassVar[int]
    READABLE_LOGS_FIELD_NUMBER: _ClassVar[int]
    version: str
    public_urls: _containers.RepeatedScalarFieldContainer[str]
    now_ms: int
    readable_logs: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, version: _Optional[str] = ..., public_urls: _Optional[_Iterable[str]] = ..., now_ms: _Optional[int] = ..., readable_logs: _Optional[_Iterable[str]] = ...) -> None: ...

class GetCallerRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetStatusRequest(_message.Message):
    __slots__ = ("services",)
    SERVICES_FIELD_NUMBER: _ClassVar[int]
    services: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, services: _Optional[_Iterable[str]] = ...) -> None: ...

class ListServicesRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListServicesResponse(_message.Message):
    __slots__ = ("services",)
    SERVICES_FIELD_NUMBER: _ClassVar[int]
    services: _containers.RepeatedCompositeFieldContainer[_service_pb2.ServiceView]
    def __init__(self, services: _Optional[_Iterable[_Union[_service_pb2.ServiceView, _Mapping]]] = ...) -> None: ...

class GetServiceRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class DeployRequest(_message.Message):
    __slots__ = ("request_id", "services", "all", "changed", "revision", "nodes", "pull", "overwrite_edits", "move")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    SERVICES_FIELD_NUMBER: _ClassVar[int]
    ALL_FIELD_NUMBER: _ClassVar[int]
    CHANGED_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    NODES_FIELD_NUMBER: _ClassVar[int]
    PULL_FIELD_NUMBER: _ClassVar[int]
    OVERWRITE_EDITS_FIELD_NUMBER: _ClassVar[int]
    MOVE_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    services: _containers.RepeatedScalarFieldContainer[str]
    all: bool
    changed: bool
    revision: str
    nodes: _containers.RepeatedScalarFieldContainer[str]
    pull: bool
    overwrite_edits: bool
    move: bool
    def __init__(self, request_id: _Optional[str] = ..., services: _Optional[_Iterable[str]] = ..., all: _Optional[bool] = ..., changed: _Optional[bool] = ..., revision: _Optional[str] = ..., nodes: _Optional[_Iterable[str]] = ..., pull: _Optional[bool] = ..., overwrite_edits: _Optional[bool] = ..., move: _Optional[bool] = ...) -> None: ...

class OperateRequest(_message.Message):
    __slots__ = ("request_id", "kind", "service", "nodes", "remove_volumes")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    NODES_FIELD_NUMBER: _ClassVar[int]
    REMOVE_VOLUMES_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    kind: _task_pb2.TaskKind
    service: str
    nodes: _containers.RepeatedScalarFieldContainer[str]
    remove_volumes: bool
    def __init__(self, request_id: _Optional[str] = ..., kind: _Optional[_Union[_task_pb2.TaskKind, str]] = ..., service: _Optional[str] = ..., nodes: _Optional[_Iterable[str]] = ..., remove_volumes: _Optional[bool] = ...) -> None: ...

class PruneRequest(_message.Message):
    __slots__ = ("request_id", "node", "what")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    NODE_FIELD_NUMBER: _ClassVar[int]
    WHAT_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    node: str
    what: _containers.RepeatedScalarFieldContainer[_task_pb2.PruneTarget]
    def __init__(self, request_id: _Optional[str] = ..., node: _Optional[str] = ..., what: _Optional[_Iterable[_Union[_task_pb2.PruneTarget, str]]] = ...) -> None: ...

class CancelDeploymentRequest(_message.Message):
    __slots__ = ("deployment",)
    DEPLOYMENT_FIELD_NUMBER: _ClassVar[int]
    deployment: str
    def __init__(self, deployment: _Optional[str] = ...) -> None: ...

class PauseDeploymentRequest(_message.Message):
    __slots__ = ("deployment",)
    DEPLOYMENT_FIELD_NUMBER: _ClassVar[int]
    deployment: str
    def __init__(self, deployment: _Optional[str] = ...) -> None: ...

class ResumeDeploymentRequest(_message.Message):
    __slots__ = ("deployment",)
    DEPLOYMENT_FIELD_NUMBER: _ClassVar[int]
    deployment: str
    def __init__(self, deployment: _Optional[str] = ...) -> None: ...

class RetryRequest(_message.Message):
    __slots__ = ("request_id", "deployment", "task")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    DEPLOYMENT_FIELD_NUMBER: _ClassVar[int]
    TASK_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    deployment: str
    task: str
    def __init__(self, request_id: _Optional[str] = ..., deployment: _Optional[str] = ..., task: _Optional[str] = ...) -> None: ...

class CancelTaskRequest(_message.Message):
    __slots__ = ("task",)
    TASK_FIELD_NUMBER: _ClassVar[int]
    task: str
    def __init__(self, task: _Optional[str] = ...) -> None: ...

class ResolveTaskRequest(_message.Message):
    __slots__ = ("task", "state")
    TASK_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    task: str
    state: _task_pb2.TaskState
    def __init__(self, task: _Optional[str] = ..., state: _Optional[_Union[_task_pb2.TaskState, str]] = ...) -> None: ...

class ListDeploymentsRequest(_message.Message):
    __slots__ = ("which", "limit", "after")
    WHICH_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    AFTER_FIELD_NUMBER: _ClassVar[int]
    which: _deployment_pb2.DeploymentFilter
    limit: int
    after: str
    def __init__(self, which: _Optional[_Union[_deployment_pb2.DeploymentFilter, _Mapping]] = ..., limit: _Optional[int] = ..., after: _Optional[str] = ...) -> None: ...

class ListDeploymentsResponse(_message.Message):
    __slots__ = ("items", "next")
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    NEXT_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[_deployment_pb2.DeploymentView]
    next: str
    def __init__(self, items: _Optional[_Iterable[_Union[_deployment_pb2.DeploymentView, _Mapping]]] = ..., next: _Optional[str] = ...) -> None: ...

class GetDeploymentRequest(_message.Message):
    __slots__ = ("deployment",)
    DEPLOYMENT_FIELD_NUMBER: _ClassVar[int]
    deployment: str
    def __init__(self, deployment: _Optional[str] = ...) -> None: ...

class ListTasksRequest(_message.Message):
    __slots__ = ("which", "limit", "after")
    WHICH_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    AFTER_FIELD_NUMBER: _ClassVar[int]
    which: _task_pb2.TaskFilter
    limit: int
    after: str
    def __init__(self, which: _Optional[_Union[_task_pb2.TaskFilter, _Mapping]] = ..., limit: _Optional[int] = ..., after: _Optional[str] = ...) -> None: ...

class ListTasksResponse(_message.Message):
    __slots__ = ("items", "next")
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    NEXT_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[_task_pb2.Task]
    next: str
    def __init__(self, items: _Optional[_Iterable[_Union[_task_pb2.Task, _Mapping]]] = ..., next: _Optional[str] = ...) -> None: ...

class GetTaskRequest(_message.Message):
    __slots__ = ("task",)
    TASK_FIELD_NUMBER: _ClassVar[int]
    task: str
    def __init__(self, task: _Optional[str] = ...) -> None: ...

class TaskOutputRequest(_message.Message):
    __slots__ = ("task", "follow", "attempt", "offset")
    TASK_FIELD_NUMBER: _ClassVar[int]
    FOLLOW_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    task: str
    follow: bool
    attempt: int
    offset: int
    def __init__(self, task: _Optional[str] = ..., follow: _Optional[bool] = ..., attempt: _Optional[int] = ..., offset: _Optional[int] = ...) -> None: ...

class ListNodesRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListNodesResponse(_message.Message):
    __slots__ = ("nodes",)
    NODES_FIELD_NUMBER: _ClassVar[int]
    nodes: _containers.RepeatedCompositeFieldContainer[_node_pb2.NodeView]
    def __init__(self, nodes: _Optional[_Iterable[_Union[_node_pb2.NodeView, _Mapping]]] = ...) -> None: ...

class GetNodeRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class DrainRequest(_message.Message):
    __slots__ = ("request_id", "node", "move")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    NODE_FIELD_NUMBER: _ClassVar[int]
    MOVE_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    node: str
    move: bool
    def __init__(self, request_id: _Optional[str] = ..., node: _Optional[str] = ..., move: _Optional[bool] = ...) -> None: ...

class Drained(_message.Message):
    __slots__ = ("node", "started")
    NODE_FIELD_NUMBER: _ClassVar[int]
    STARTED_FIELD_NUMBER: _ClassVar[int]
    node: _node_pb2.NodeView
    started: _deployment_pb2.Started
    def __init__(self, node: _Optional[_Union[_node_pb2.NodeView, _Mapping]] = ..., started: _Optional[_Union[_deployment_pb2.Started, _Mapping]] = ...) -> None: ...

class PauseNodeRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListImagesRequest(_message.Message):
    __slots__ = ("node",)
    NODE_FIELD_NUMBER: _ClassVar[int]
    node: str
    def __init__(self, node: _Optional[str] = ...) -> None: ...

class ListImagesResponse(_message.Message):
    __slots__ = ("images",)
    IMAGES_FIELD_NUMBER: _ClassVar[int]
    images: _containers.RepeatedCompositeFieldContainer[_host_object_pb2.Image]
    def __init__(self, images: _Optional[_Iterable[_Union[_host_object_pb2.Image, _Mapping]]] = ...) -> None: ...

class ListVolumesRequest(_message.Message):
    __slots__ = ("node",)
    NODE_FIELD_NUMBER: _ClassVar[int]
    node: str
    def __init__(self, node: _Optional[str] = ...) -> None: ...

class ListVolumesResponse(_message.Message):
    __slots__ = ("volumes",)
    VOLUMES_FIELD_NUMBER: _ClassVar[int]
    volumes: _containers.RepeatedCompositeFieldContainer[_host_object_pb2.Volume]
    def __init__(self, volumes: _Optional[_Iterable[_Union[_host_object_pb2.Volume, _Mapping]]] = ...) -> None: ...

class ListContainerSizesRequest(_message.Message):
    __slots__ = ("node",)
    NODE_FIELD_NUMBER: _ClassVar[int]
    node: str
    def __init__(self, node: _Optional[str] = ...) -> None: ...

class ListContainerSizesResponse(_message.Message):
    __slots__ = ("sizes",)
    SIZES_FIELD_NUMBER: _ClassVar[int]
    sizes: _containers.RepeatedCompositeFieldContainer[_host_object_pb2.ContainerSize]
    def __init__(self, sizes: _Optional[_Iterable[_Union[_host_object_pb2.ContainerSize, _Mapping]]] = ...) -> None: ...

class ListNetworksRequest(_message.Message):
    __slots__ = ("node",)
    NODE_FIELD_NUMBER: _ClassVar[int]
    node: str
    def __init__(self, node: _Optional[str] = ...) -> None: ...

class ListNetworksResponse(_message.Message):
    __slots__ = ("networks",)
    NETWORKS_FIELD_NUMBER: _ClassVar[int]
    networks: _containers.RepeatedCompositeFieldContainer[_host_object_pb2.Network]
    def __init__(self, networks: _Optional[_Iterable[_Union[_host_object_pb2.Network, _Mapping]]] = ...) -> None: ...

class GetUsageRequest(_message.Message):
    __slots__ = ("nodes",)
    NODES_FIELD_NUMBER: _ClassVar[int]
    nodes: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, nodes: _Optional[_Iterable[str]] = ...) -> None: ...

class GetUsageResponse(_message.Message):
    __slots__ = ("nodes",)
    NODES_FIELD_NUMBER: _ClassVar[int]
    nodes: _containers.RepeatedCompositeFieldContainer[_usage_pb2.NodeUsage]
    def __init__(self, nodes: _Optional[_Iterable[_Union[_usage_pb2.NodeUsage, _Mapping]]] = ...) -> None: ...

class QueryUsageResponse(_message.Message):
    __slots__ = ("series",)
    SERIES_FIELD_NUMBER: _ClassVar[int]
    series: _containers.RepeatedCompositeFieldContainer[_usage_pb2.Series]
    def __init__(self, series: _Optional[_Iterable[_Union[_usage_pb2.Series, _Mapping]]] = ...) -> None: ...

class ListSchedulesRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListSchedulesResponse(_message.Message):
    __slots__ = ("schedules",)
    SCHEDULES_FIELD_NUMBER: _ClassVar[int]
    schedules: _containers.RepeatedCompositeFieldContainer[ScheduleView]
    def __init__(self, schedules: _Optional[_Iterable[_Union[ScheduleView, _Mapping]]] = ...) -> None: ...

class RunScheduleRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ScheduleView(_message.Message):
    __slots__ = ("name", "cron", "timezone", "what", "next_ms", "last_ms", "last", "reason", "deployments")
    NAME_FIELD_NUMBER: _ClassVar[int]
    CRON_FIELD_NUMBER: _ClassVar[int]
    TIMEZONE_FIELD_NUMBER: _ClassVar[int]
    WHAT_FIELD_NUMBER: _ClassVar[int]
    NEXT_MS_FIELD_NUMBER: _ClassVar[int]
    LAST_MS_FIELD_NUMBER: _ClassVar[int]
    LAST_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    DEPLOYMENTS_FIELD_NUMBER: _ClassVar[int]
    name: str
    cron: str
    timezone: str
    what: str
    next_ms: int
    last_ms: int
    last: RunOutcome
    reason: str
    deployments: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., cron: _Optional[str] = ..., timezone: _Optional[str] = ..., what: _Optional[str] = ..., next_ms: _Optional[int] = ..., last_ms: _Optional[int] = ..., last: _Optional[_Union[RunOutcome, str]] = ..., reason: _Optional[str] = ..., deployments: _Optional[_Iterable[str]] = ...) -> None: ...

class ExamineRequest(_message.Message):
    __slots__ = ("nodes",)
    NODES_FIELD_NUMBER: _ClassVar[int]
    nodes: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, nodes: _Optional[_Iterable[str]] = ...) -> None: ...

class ResumeNodeRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class GetRepositoryRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class SyncRepositoryRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class RepositoryLogRequest(_message.Message):
    __slots__ = ("limit", "service", "after")
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    AFTER_FIELD_NUMBER: _ClassVar[int]
    limit: int
    service: str
    after: str
    def __init__(self, limit: _Optional[int] = ..., service: _Optional[str] = ..., after: _Optional[str] = ...) -> None: ...

class RepositoryLogResponse(_message.Message):
    __slots__ = ("revisions", "next")
    REVISIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_FIELD_NUMBER: _ClassVar[int]
    revisions: _containers.RepeatedCompositeFieldContainer[_repository_pb2.Revision]
    next: str
    def __init__(self, revisions: _Optional[_Iterable[_Union[_repository_pb2.Revision, _Mapping]]] = ..., next: _Optional[str] = ...) -> None: ...

class ListFilesRequest(_message.Message):
    __slots__ = ("service", "revision")
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    service: str
    revision: str
    def __init__(self, service: _Optional[str] = ..., revision: _Optional[str] = ...) -> None: ...

class ListFilesResponse(_message.Message):
    __slots__ = ("revision", "directory", "files")
    REVISION_FIELD_NUMBER: _ClassVar[int]
    DIRECTORY_FIELD_NUMBER: _ClassVar[int]
    FILES_FIELD_NUMBER: _ClassVar[int]
    revision: str
    directory: str
    files: _containers.RepeatedCompositeFieldContainer[_repository_pb2.FileEntry]
    def __init__(self, revision: _Optional[str] = ..., directory: _Optional[str] = ..., files: _Optional[_Iterable[_Union[_repository_pb2.FileEntry, _Mapping]]] = ...) -> None: ...

class ReadFileRequest(_message.Message):
    __slots__ = ("service", "revision", "path")
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    service: str
    revision: str
    path: str
    def __init__(self, service: _Optional[str] = ..., revision: _Optional[str] = ..., path: _Optional[str] = ...) -> None: ...

class FileContent(_message.Message):
    __slots__ = ("revision", "path", "kind", "data", "problems")
    REVISION_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    PROBLEMS_FIELD_NUMBER: _ClassVar[int]
    revision: str
    path: str
    kind: _repository_pb2.FileKind
    data: bytes
    problems: _containers.RepeatedCompositeFieldContainer[_problem_pb2.Problem]
    def __init__(self, revision: _Optional[str] = ..., path: _Optional[str] = ..., kind: _Optional[_Union[_repository_pb2.FileKind, str]] = ..., data: _Optional[bytes] = ..., problems: _Optional[_Iterable[_Union[_problem_pb2.Problem, _Mapping]]] = ...) -> None: ...

class CompareRevisionsRequest(_message.Message):
    __slots__ = ("service", "older", "newer")
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    OLDER_FIELD_NUMBER: _ClassVar[int]
    NEWER_FIELD_NUMBER: _ClassVar[int]
    service: str
    older: str
    newer: str
    def __init__(self, service: _Optional[str] = ..., older: _Optional[str] = ..., newer: _Optional[str] = ...) -> None: ...

class Comparison(_message.Message):
    __slots__ = ("older", "newer", "commits", "more_commits", "files")
    OLDER_FIELD_NUMBER: _ClassVar[int]
    NEWER_FIELD_NUMBER: _ClassVar[int]
    COMMITS_FIELD_NUMBER: _ClassVar[int]
    MORE_COMMITS_FIELD_NUMBER: _ClassVar[int]
    FILES_FIELD_NUMBER: _ClassVar[int]
    older: str
    newer: str
    commits: _containers.RepeatedCompositeFieldContainer[_repository_pb2.Revision]
    more_commits: bool
    files: _containers.RepeatedCompositeFieldContainer[_repository_pb2.FileChange]
    def __init__(self, older: _Optional[str] = ..., newer: _Optional[str] = ..., commits: _Optional[_Iterable[_Union[_repository_pb2.Revision, _Mapping]]] = ..., more_commits: _Optional[bool] = ..., files: _Optional[_Iterable[_Union[_repository_pb2.FileChange, _Mapping]]] = ...) -> None: ...

class ListPluginsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListPluginsResponse(_message.Message):
    __slots__ = ("plugins",)
    PLUGINS_FIELD_NUMBER: _ClassVar[int]
    plugins: _containers.RepeatedCompositeFieldContainer[PluginInfo]
    def __init__(self, plugins: _Optional[_Iterable[_Union[PluginInfo, _Mapping]]] = ...) -> None: ...

class PluginInfo(_message.Message):
    __slots__ = ("name", "origin", "location", "version", "provides", "error")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ORIGIN_FIELD_NUMBER: _ClassVar[int]
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    PROVIDES_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    name: str
    origin: str
    location: str
    version: str
    provides: _containers.RepeatedScalarFieldContainer[str]
    error: str
    def __init__(self, name: _Optional[str] = ..., origin: _Optional[str] = ..., location: _Optional[str] = ..., version: _Optional[str] = ..., provides: _Optional[_Iterable[str]] = ..., error: _Optional[str] = ...) -> None: ...

class CreateTokenRequest(_message.Message):
    __slots__ = ("role", "node")
    ROLE_FIELD_NUMBER: _ClassVar[int]
    NODE_FIELD_NUMBER: _ClassVar[int]
    role: _token_pb2.Role
    node: str
    def __init__(self, role: _Optional[_Union[_token_pb2.Role, str]] = ..., node: _Optional[str] = ...) -> None: ...

class CreateTokenResponse(_message.Message):
    __slots__ = ("token", "secret")
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    SECRET_FIELD_NUMBER: _ClassVar[int]
    token: _token_pb2.TokenInfo
    secret: str
    def __init__(self, token: _Optional[_Union[_token_pb2.TokenInfo, _Mapping]] = ..., secret: _Optional[str] = ...) -> None: ...

class CreateJoinTokenRequest(_message.Message):
    __slots__ = ("node", "ttl_s", "uses")
    NODE_FIELD_NUMBER: _ClassVar[int]
    TTL_S_FIELD_NUMBER: _ClassVar[int]
    USES_FIELD_NUMBER: _ClassVar[int]
    node: str
    ttl_s: float
    uses: int
    def __init__(self, node: _Optional[str] = ..., ttl_s: _Optional[float] = ..., uses: _Optional[int] = ...) -> None: ...

class CreateJoinTokenResponse(_message.Message):
    __slots__ = ("token", "join")
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    JOIN_FIELD_NUMBER: _ClassVar[int]
    token: _token_pb2.TokenInfo
    join: str
    def __init__(self, token: _Optional[_Union[_token_pb2.TokenInfo, _Mapping]] = ..., join: _Optional[str] = ...) -> None: ...

class ListTokensRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListTokensResponse(_message.Message):
    __slots__ = ("tokens",)
    TOKENS_FIELD_NUMBER: _ClassVar[int]
    tokens: _containers.RepeatedCompositeFieldContainer[_token_pb2.TokenInfo]
    def __init__(self, tokens: _Optional[_Iterable[_Union[_token_pb2.TokenInfo, _Mapping]]] = ...) -> None: ...

class RevokeTokenRequest(_message.Message):
    __slots__ = ("token",)
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    token: str
    def __init__(self, token: _Optional[str] = ...) -> None: ...

class ListUsersRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListUsersResponse(_message.Message):
    __slots__ = ("users",)
    USERS_FIELD_NUMBER: _ClassVar[int]
    users: _containers.RepeatedCompositeFieldContainer[_user_pb2.UserInfo]
    def __init__(self, users: _Optional[_Iterable[_Union[_user_pb2.UserInfo, _Mapping]]] = ...) -> None: ...

class CreateUserRequest(_message.Message):
    __slots__ = ("name", "role", "password")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    PASSWORD_FIELD_NUMBER: _ClassVar[int]
    name: str
    role: _token_pb2.Role
    password: str
    def __init__(self, name: _Optional[str] = ..., role: _Optional[_Union[_token_pb2.Role, str]] = ..., password: _Optional[str] = ...) -> None: ...

class SetPasswordRequest(_message.Message):
    __slots__ = ("user", "password", "present")
    USER_FIELD_NUMBER: _ClassVar[int]
    PASSWORD_FIELD_NUMBER: _ClassVar[int]
    PRESENT_FIELD_NUMBER: _ClassVar[int]
    user: str
    password: str
    present: str
    def __init__(self, user: _Optional[str] = ..., password: _Optional[str] = ..., present: _Optional[str] = ...) -> None: ...

class RemoveUserRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListSessionsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListSessionsResponse(_message.Message):
    __slots__ = ("sessions",)
    SESSIONS_FIELD_NUMBER: _ClassVar[int]
    sessions: _containers.RepeatedCompositeFieldContainer[_user_pb2.SessionInfo]
    def __init__(self, sessions: _Optional[_Iterable[_Union[_user_pb2.SessionInfo, _Mapping]]] = ...) -> None: ...

class EndSessionRequest(_message.Message):
    __slots__ = ("session",)
    SESSION_FIELD_NUMBER: _ClassVar[int]
    session: str
    def __init__(self, session: _Optional[str] = ...) -> None: ...

class CreateSignInLinkRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class CreateSignInLinkResponse(_message.Message):
    __slots__ = ("url", "expires_ms")
    URL_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_MS_FIELD_NUMBER: _ClassVar[int]
    url: str
    expires_ms: int
    def __init__(self, url: _Optional[str] = ..., expires_ms: _Optional[int] = ...) -> None: ...

class WatchRequest(_message.Message):
    __slots__ = ("cursor", "deployments", "topics", "services", "nodes", "bare_nodes")
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    DEPLOYMENTS_FIELD_NUMBER: _ClassVar[int]
    TOPICS_FIELD_NUMBER: _ClassVar[int]
    SERVICES_FIELD_NUMBER: _ClassVar[int]
    NODES_FIELD_NUMBER: _ClassVar[int]
    BARE_NODES_FIELD_NUMBER: _ClassVar[int]
    cursor: str
    deployments: _containers.RepeatedScalarFieldContainer[str]
    topics: _containers.RepeatedScalarFieldContainer[WatchTopic]
    services: _containers.RepeatedScalarFieldContainer[str]
    nodes: _containers.RepeatedScalarFieldContainer[str]
    bare_nodes: bool
    def __init__(self, cursor: _Optional[str] = ..., deployments: _Optional[_Iterable[str]] = ..., topics: _Optional[_Iterable[_Union[WatchTopic, str]]] = ..., services: _Optional[_Iterable[str]] = ..., nodes: _Optional[_Iterable[str]] = ..., bare_nodes: _Optional[bool] = ...) -> None: ...

class WatchEvent(_message.Message):
    __slots__ = ("cursor", "snapshot", "deployments", "tasks", "services", "instances", "nodes", "usage", "gone_services", "gone_nodes", "repository", "more", "commits")
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_FIELD_NUMBER: _ClassVar[int]
    DEPLOYMENTS_FIELD_NUMBER: _ClassVar[int]
    TASKS_FIELD_NUMBER: _ClassVar[int]
    SERVICES_FIELD_NUMBER: _ClassVar[int]
    INSTANCES_FIELD_NUMBER: _ClassVar[int]
    NODES_FIELD_NUMBER: _ClassVar[int]
    USAGE_FIELD_NUMBER: _ClassVar[int]
    GONE_SERVICES_FIELD_NUMBER: _ClassVar[int]
    GONE_NODES_FIELD_NUMBER: _ClassVar[int]
    REPOSITORY_FIELD_NUMBER: _ClassVar[int]
    MORE_FIELD_NUMBER: _ClassVar[int]
    COMMITS_FIELD_NUMBER: _ClassVar[int]
    cursor: str
    snapshot: bool
    deployments: _containers.RepeatedCompositeFieldContainer[_deployment_pb2.Deployment]
    tasks: _containers.RepeatedCompositeFieldContainer[_task_pb2.Task]
    services: _containers.RepeatedCompositeFieldContainer[_status_pb2.ServiceStatus]
    instances: _containers.RepeatedCompositeFieldContainer[_status_pb2.InstanceStatus]
    nodes: _containers.RepeatedCompositeFieldContainer[_node_pb2.NodeView]
    usage: _containers.RepeatedCompositeFieldContainer[_usage_pb2.NodeUsage]
    gone_services: _containers.RepeatedScalarFieldContainer[str]
    gone_nodes: _containers.RepeatedScalarFieldContainer[str]
    repository: _repository_pb2.RepositoryState
    more: bool
    commits: _containers.RepeatedCompositeFieldContainer[DeployedCommit]
    def __init__(self, cursor: _Optional[str] = ..., snapshot: _Optional[bool] = ..., deployments: _Optional[_Iterable[_Union[_deployment_pb2.Deployment, _Mapping]]] = ..., tasks: _Optional[_Iterable[_Union[_task_pb2.Task, _Mapping]]] = ..., services: _Optional[_Iterable[_Union[_status_pb2.ServiceStatus, _Mapping]]] = ..., instances: _Optional[_Iterable[_Union[_status_pb2.InstanceStatus, _Mapping]]] = ..., nodes: _Optional[_Iterable[_Union[_node_pb2.NodeView, _Mapping]]] = ..., usage: _Optional[_Iterable[_Union[_usage_pb2.NodeUsage, _Mapping]]] = ..., gone_services: _Optional[_Iterable[str]] = ..., gone_nodes: _Optional[_Iterable[str]] = ..., repository: _Optional[_Union[_repository_pb2.RepositoryState, _Mapping]] = ..., more: _Optional[bool] = ..., commits: _Optional[_Iterable[_Union[DeployedCommit, _Mapping]]] = ...) -> None: ...

class DeployedCommit(_message.Message):
    __slots__ = ("deployment", "commit")
    DEPLOYMENT_FIELD_NUMBER: _ClassVar[int]
    COMMIT_FIELD_NUMBER: _ClassVar[int]
    deployment: str
    commit: _repository_pb2.Revision
    def __init__(self, deployment: _Optional[str] = ..., commit: _Optional[_Union[_repository_pb2.Revision, _Mapping]] = ...) -> None: ...
