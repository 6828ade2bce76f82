from . import service_pb2 as _service_pb2
from . import step_pb2 as _step_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class TaskKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TASK_KIND_UNSPECIFIED: _ClassVar[TaskKind]
    TASK_KIND_DEPLOY: _ClassVar[TaskKind]
    TASK_KIND_STOP: _ClassVar[TaskKind]
    TASK_KIND_START: _ClassVar[TaskKind]
    TASK_KIND_RESTART: _ClassVar[TaskKind]
    TASK_KIND_DOWN: _ClassVar[TaskKind]
    TASK_KIND_PRUNE: _ClassVar[TaskKind]

class TaskState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TASK_STATE_UNSPECIFIED: _ClassVar[TaskState]
    TASK_STATE_PENDING: _ClassVar[TaskState]
    TASK_STATE_ASSIGNED: _ClassVar[TaskState]
    TASK_STATE_RUNNING: _ClassVar[TaskState]
    TASK_STATE_SUCCEEDED: _ClassVar[TaskState]
    TASK_STATE_FAILED: _ClassVar[TaskState]
    TASK_STATE_CANCELLED: _ClassVar[TaskState]
    TASK_STATE_LOST: _ClassVar[TaskState]
    TASK_STATE_SUPERSEDED: _ClassVar[TaskState]

class PruneTarget(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PRUNE_TARGET_UNSPECIFIED: _ClassVar[PruneTarget]
    PRUNE_TARGET_DANGLING_IMAGES: _ClassVar[PruneTarget]
    PRUNE_TARGET_UNUSED_IMAGES: _ClassVar[PruneTarget]
    PRUNE_TARGET_BUILD_CACHE: _ClassVar[PruneTarget]
TASK_KIND_UNSPECIFIED: TaskKind
TASK_KIND_DEPLOY: TaskKind
TASK_KIND_STOP: TaskKind
TASK_KIND_START: TaskKind
TASK_KIND_RESTART: TaskKind
TASK_KIND_DOWN: TaskKind
TASK_KIND_PRUNE: TaskKind
TASK_STATE_UNSPECIFIED: TaskState
TASK_STATE_PENDING: TaskState
TASK_STATE_ASSIGNED: TaskState
TASK_STATE_RUNNING: TaskState
TASK_STATE_SUCCEEDED: TaskState
TASK_STATE_FAILED: TaskState
TASK_STATE_CANCELLED: TaskState
TASK_STATE_LOST: TaskState
TASK_STATE_SUPERSEDED: TaskState
PRUNE_TARGET_UNSPECIFIED: PruneTarget
PRUNE_TARGET_DANGLING_IMAGES: PruneTarget
PRUNE_TARGET_UNUSED_IMAGES: PruneTarget
PRUNE_TARGET_BUILD_CACHE: PruneTarget

class TaskError(_message.Message):
    __slots__ = ("code", "message", "where", "hint")
    CODE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    WHERE_FIELD_NUMBER: _ClassVar[int]
    HINT_FIELD_NUMBER: _ClassVar[int]
    code: str
    message: str
    where: str
    hint: str
    def __init__(self, code: _Optional[str] = ..., message: _Optional[str] = ..., where: _Optional[str] = ..., hint: _Optional[str] = ...) -> None: ...

class Order(_message.Message):
    __slots__ = ("kind", "service", "project", "revision", "bundle", "compose_files", "health", "timeouts", "pull", "overwrite_edits", "remove_volumes", "prune", "logs")
    KIND_FIELD_NUMBER: _ClassVar[int]
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    BUNDLE_FIELD_NUMBER: _ClassVar[int]
    COMPOSE_FILES_FIELD_NUMBER: _ClassVar[int]
    HEALTH_FIELD_NUMBER: _ClassVar[int]
    TIMEOUTS_FIELD_NUMBER: _ClassVar[int]
    PULL_FIELD_NUMBER: _ClassVar[int]
    OVERWRITE_EDITS_FIELD_NUMBER: _ClassVar[int]
    REMOVE_VOLUMES_FIELD_NUMBER: _ClassVar[int]
    PRUNE_FIELD_NUMBER: _ClassVar[int]
    LOGS_FIELD_NUMBER: _ClassVar[int]
    kind: TaskKind
    service: str
    project: str
    revision: str
    bundle: str
    compose_files: _containers.RepeatedScalarFieldContainer[str]
    health: _service_pb2.HealthPolicy
    timeouts: _step_pb2.Timeouts
    pull: bool
    overwrite_edits: bool
    remove_volumes: bool
    prune: _containers.RepeatedScalarFieldContainer[PruneTarget]
    logs: _service_pb2.LogsRule
    def __init__(self, kind: _Optional[_Union[TaskKind, str]] = ..., service: _Optional[str] = ..., project: _Optional[str] = ..., revision: _Optional[str] = ..., bundle: _Optional[str] = ..., compose_files: _Optional[_Iterable[str]] = ..., health: _Optional[_Union[_service_pb2.HealthPolicy, _Mapping]] = ..., timeouts: _Optional[_Union[_step_pb2.Timeouts, _Mapping]] = ..., pull: _Optional[bool] = ..., overwrite_edits: _Optional[bool] = ..., remove_volumes: _Optional[bool] = ..., prune: _Optional[_Iterable[_Union[PruneTarget, str]]] = ..., logs: _Optional[_Union[_service_pb2.LogsRule, _Mapping]] = ...) -> None: ...

class Task(_message.Message):
    __slots__ = ("id", "sequence", "deployment", "service", "node", "order", "state", "attempt", "priority", "batch", "created_ms", "started_ms", "ended_ms", "deadline_ms", "not_before_ms", "lease_until_ms", "server", "reported", "outputs", "cancel_requested", "waiting", "error", "steps")
    ID_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    DEPLOYMENT_FIELD_NUMBER: _ClassVar[int]
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    NODE_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    BATCH_FIELD_NUMBER: _ClassVar[int]
    CREATED_MS_FIELD_NUMBER: _ClassVar[int]
    STARTED_MS_FIELD_NUMBER: _ClassVar[int]
    ENDED_MS_FIELD_NUMBER: _ClassVar[int]
    DEADLINE_MS_FIELD_NUMBER: _ClassVar[int]
    NOT_BEFORE_MS_FIELD_NUMBER: _ClassVar[int]
    LEASE_UNTIL_MS_FIELD_NUMBER: _ClassVar[int]
    SERVER_FIELD_NUMBER: _ClassVar[int]
    REPORTED_FIELD_NUMBER: _ClassVar[int]
    OUTPUTS_FIELD_NUMBER: _ClassVar[int]
    CANCEL_REQUESTED_FIELD_NUMBER: _ClassVar[int]
    WAITING_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    STEPS_FIELD_NUMBER: _ClassVar[int]
    id: str
    sequence: int
    deployment: str
    service: str
    node: str
    order: Order
    state: TaskState
    attempt: int
    priority: int
    batch: int
    created_ms: int
    started_ms: int
    ended_ms: int
    deadline_ms: int
    not_before_ms: int
    lease_until_ms: int
    server: str
    reported: int
    outputs: _containers.RepeatedScalarFieldContainer[int]
    cancel_requested: bool
    waiting: str
    error: TaskError
    steps: _containers.RepeatedCompositeFieldContainer[_step_pb2.Step]
    def __init__(self, id: _Optional[str] = ..., sequence: _Optional[int] = ..., deployment: _Optional[str] = ..., service: _Optional[str] = ..., node: _Optional[str] = ..., order: _Optional[_Union[Order, _Mapping]] = ..., state: _Optional[_Union[TaskState, str]] = ..., attempt: _Optional[int] = ..., priority: _Optional[int] = ..., batch: _Optional[int] = ..., created_ms: _Optional[int] = ..., started_ms: _Optional[int] = ..., ended_ms: _Optional[int] = ..., deadline_ms: _Optional[int] = ..., not_before_ms: _Optional[int] = ..., lease_until_ms: _Optional[int] = ..., server: _Optional[str] = ..., reported: _Optional[int] = ..., outputs: _Optional[_Iterable[int]] = ..., cancel_requested: _Optional[bool] = ..., waiting: _Optional[str] = ..., error: _Optional[_Union[TaskError, _Mapping]] = ..., steps: _Optional[_Iterable[_Union[_step_pb2.Step, _Mapping]]] = ...) -> None: ...

class TaskFilter(_message.Message):
    __slots__ = ("services", "nodes", "states", "kinds", "deployment", "since_ms", "until_ms")
    SERVICES_FIELD_NUMBER: _ClassVar[int]
    NODES_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    KINDS_FIELD_NUMBER: _ClassVar[int]
    DEPLOYMENT_FIELD_NUMBER: _ClassVar[int]
    SINCE_MS_FIELD_NUMBER: _ClassVar[int]
    UNTIL_MS_FIELD_NUMBER: _ClassVar[int]
    services: _containers.RepeatedScalarFieldContainer[str]
    nodes: _containers.RepeatedScalarFieldContainer[str]
    states: _containers.RepeatedScalarFieldContainer[TaskState]
    kinds: _containers.RepeatedScalarFieldContainer[TaskKind]
    deployment: str
    since_ms: int
    until_ms: int
    def __init__(self, services: _Optional[_Iterable[str]] = ..., nodes: _Optional[_Iterable[str]] = ..., states: _Optional[_Iterable[_Union[TaskState, str]]] = ..., kinds: _Optional[_Iterable[_Union[TaskKind, str]]] = ..., deployment: _Optional[str] = ..., since_ms: _Optional[int] = ..., until_ms: _Optional[int] = ...) -> None: ...
