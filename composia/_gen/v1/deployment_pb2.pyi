from . import repository_pb2 as _repository_pb2
from . import service_pb2 as _service_pb2
from . import task_pb2 as _task_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class DeploymentState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DEPLOYMENT_STATE_UNSPECIFIED: _ClassVar[DeploymentState]
    DEPLOYMENT_STATE_PENDING: _ClassVar[DeploymentState]
    DEPLOYMENT_STATE_RUNNING: _ClassVar[DeploymentState]
    DEPLOYMENT_STATE_PAUSED: _ClassVar[DeploymentState]
    DEPLOYMENT_STATE_SUCCEEDED: _ClassVar[DeploymentState]
    DEPLOYMENT_STATE_FAILED: _ClassVar[DeploymentState]
    DEPLOYMENT_STATE_CANCELLED: _ClassVar[DeploymentState]
    DEPLOYMENT_STATE_ROLLED_BACK: _ClassVar[DeploymentState]
    DEPLOYMENT_STATE_SUPERSEDED: _ClassVar[DeploymentState]
DEPLOYMENT_STATE_UNSPECIFIED: DeploymentState
DEPLOYMENT_STATE_PENDING: DeploymentState
DEPLOYMENT_STATE_RUNNING: DeploymentState
DEPLOYMENT_STATE_PAUSED: DeploymentState
DEPLOYMENT_STATE_SUCCEEDED: DeploymentState
DEPLOYMENT_STATE_FAILED: DeploymentState
DEPLOYMENT_STATE_CANCELLED: DeploymentState
DEPLOYMENT_STATE_ROLLED_BACK: DeploymentState
DEPLOYMENT_STATE_SUPERSEDED: DeploymentState

class Deployment(_message.Message):
    __slots__ = ("id", "sequence", "request_id", "kind", "service", "revision", "state", "rollout", "batch", "batches", "resume_ms", "created_ms", "created_by", "retry_of", "ended_ms", "reason", "cancelled_by", "notes")
    ID_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    ROLLOUT_FIELD_NUMBER: _ClassVar[int]
    BATCH_FIELD_NUMBER: _ClassVar[int]
    BATCHES_FIELD_NUMBER: _ClassVar[int]
    RESUME_MS_FIELD_NUMBER: _ClassVar[int]
    CREATED_MS_FIELD_NUMBER: _ClassVar[int]
    CREATED_BY_FIELD_NUMBER: _ClassVar[int]
    RETRY_OF_FIELD_NUMBER: _ClassVar[int]
    ENDED_MS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    CANCELLED_BY_FIELD_NUMBER: _ClassVar[int]
    NOTES_FIELD_NUMBER: _ClassVar[int]
    id: str
    sequence: int
    request_id: str
    kind: _task_pb2.TaskKind
    service: str
    revision: str
    state: DeploymentState
    rollout: _service_pb2.RolloutPolicy
    batch: int
    batches: int
    resume_ms: int
    created_ms: int
    created_by: str
    retry_of: str
    ended_ms: int
    reason: str
    cancelled_by: str
    notes: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, id: _Optional[str] = ..., sequence: _Optional[int] = ..., request_id: _Optional[str] = ..., kind: _Optional[_Union[_task_pb2.TaskKind, str]] = ..., service: _Optional[str] = ..., revision: _Optional[str] = ..., state: _Optional[_Union[DeploymentState, str]] = ..., rollout: _Optional[_Union[_service_pb2.RolloutPolicy, _Mapping]] = ..., batch: _Optional[int] = ..., batches: _Optional[int] = ..., resume_ms: _Optional[int] = ..., created_ms: _Optional[int] = ..., created_by: _Optional[str] = ..., retry_of: _Optional[str] = ..., ended_ms: _Optional[int] = ..., reason: _Optional[str] = ..., cancelled_by: _Optional[str] = ..., notes: _Optional[_Iterable[str]] = ...) -> None: ...

class DeploymentView(_message.Message):
    __slots__ = ("deployment", "tasks", "refusals", "commit")
    DEPLOYMENT_FIELD_NUMBER: _ClassVar[int]
    TASKS_FIELD_NUMBER: _ClassVar[int]
    REFUSALS_FIELD_NUMBER: _ClassVar[int]
    COMMIT_FIELD_NUMBER: _ClassVar[int]
    deployment: Deployment
    tasks: _containers.RepeatedCompositeFieldContainer[_task_pb2.Task]
    refusals: _containers.RepeatedCompositeFieldContainer[_service_pb2.Refusal]
    commit: _repository_pb2.Revision
    def __init__(self, deployment: _Optional[_Union[Deployment, _Mapping]] = ..., tasks: _Optional[_Iterable[_Union[_task_pb2.Task, _Mapping]]] = ..., refusals: _Optional[_Iterable[_Union[_service_pb2.Refusal, _Mapping]]] = ..., commit: _Optional[_Union[_repository_pb2.Revision, _Mapping]] = ...) -> None: ...

class DeploymentFilter(_message.Message):
    __slots__ = ("services", "open_only")
    SERVICES_FIELD_NUMBER: _ClassVar[int]
    OPEN_ONLY_FIELD_NUMBER: _ClassVar[int]
    services: _containers.RepeatedScalarFieldContainer[str]
    open_only: bool
    def __init__(self, services: _Optional[_Iterable[str]] = ..., open_only: _Optional[bool] = ...) -> None: ...

class Skipped(_message.Message):
    __slots__ = ("service", "reason")
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    service: str
    reason: str
    def __init__(self, service: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class Started(_message.Message):
    __slots__ = ("deployments", "skipped")
    DEPLOYMENTS_FIELD_NUMBER: _ClassVar[int]
    SKIPPED_FIELD_NUMBER: _ClassVar[int]
    deployments: _containers.RepeatedCompositeFieldContainer[DeploymentView]
    skipped: _containers.RepeatedCompositeFieldContainer[Skipped]
    def __init__(self, deployments: _Optional[_Iterable[_Union[DeploymentView, _Mapping]]] = ..., skipped: _Optional[_Iterable[_Union[Skipped, _Mapping]]] = ...) -> None: ...
