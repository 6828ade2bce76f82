from . import container_pb2 as _container_pb2
from . import deployment_pb2 as _deployment_pb2
from . import node_pb2 as _node_pb2
from . import problem_pb2 as _problem_pb2
from . import service_pb2 as _service_pb2
from . import task_pb2 as _task_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class InstanceState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    INSTANCE_STATE_UNSPECIFIED: _ClassVar[InstanceState]
    INSTANCE_STATE_RUNNING: _ClassVar[InstanceState]
    INSTANCE_STATE_STARTING: _ClassVar[InstanceState]
    INSTANCE_STATE_DEGRADED: _ClassVar[InstanceState]
    INSTANCE_STATE_STOPPED: _ClassVar[InstanceState]
    INSTANCE_STATE_FAILED: _ClassVar[InstanceState]
    INSTANCE_STATE_MISSING: _ClassVar[InstanceState]
    INSTANCE_STATE_UNKNOWN: _ClassVar[InstanceState]
INSTANCE_STATE_UNSPECIFIED: InstanceState
INSTANCE_STATE_RUNNING: InstanceState
INSTANCE_STATE_STARTING: InstanceState
INSTANCE_STATE_DEGRADED: InstanceState
INSTANCE_STATE_STOPPED: InstanceState
INSTANCE_STATE_FAILED: InstanceState
INSTANCE_STATE_MISSING: InstanceState
INSTANCE_STATE_UNKNOWN: InstanceState

class InstanceStatus(_message.Message):
    __slots__ = ("service", "node", "state", "reason", "revision", "seen_age_s", "edited", "orphaned", "stopped", "changed", "containers", "behind", "missing")
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    NODE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    SEEN_AGE_S_FIELD_NUMBER: _ClassVar[int]
    EDITED_FIELD_NUMBER: _ClassVar[int]
    ORPHANED_FIELD_NUMBER: _ClassVar[int]
    STOPPED_FIELD_NUMBER: _ClassVar[int]
    CHANGED_FIELD_NUMBER: _ClassVar[int]
    CONTAINERS_FIELD_NUMBER: _ClassVar[int]
    BEHIND_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    service: str
    node: str
    state: InstanceState
    reason: str
    revision: str
    seen_age_s: float
    edited: _containers.RepeatedScalarFieldContainer[str]
    orphaned: bool
    stopped: bool
    changed: bool
    containers: _containers.RepeatedCompositeFieldContainer[_container_pb2.Container]
    behind: int
    missing: int
    def __init__(self, service: _Optional[str] = ..., node: _Optional[str] = ..., state: _Optional[_Union[InstanceState, str]] = ..., reason: _Optional[str] = ..., revision: _Optional[str] = ..., seen_age_s: _Optional[float] = ..., edited: _Optional[_Iterable[str]] = ..., orphaned: _Optional[bool] = ..., stopped: _Optional[bool] = ..., changed: _Optional[bool] = ..., containers: _Optional[_Iterable[_Union[_container_pb2.Container, _Mapping]]] = ..., behind: _Optional[int] = ..., missing: _Optional[int] = ...) -> None: ...

class LastDeployment(_message.Message):
    __slots__ = ("id", "kind", "state", "created_ms", "ended_ms", "created_by")
    ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    CREATED_MS_FIELD_NUMBER: _ClassVar[int]
    ENDED_MS_FIELD_NUMBER: _ClassVar[int]
    CREATED_BY_FIELD_NUMBER: _ClassVar[int]
    id: str
    kind: _task_pb2.TaskKind
    state: _deployment_pb2.DeploymentState
    created_ms: int
    ended_ms: int
    created_by: str
    def __init__(self, id: _Optional[str] = ..., kind: _Optional[_Union[_task_pb2.TaskKind, str]] = ..., state: _Optional[_Union[_deployment_pb2.DeploymentState, str]] = ..., created_ms: _Optional[int] = ..., ended_ms: _Optional[int] = ..., created_by: _Optional[str] = ...) -> None: ...

class ServiceStatus(_message.Message):
    __slots__ = ("name", "wanted", "revision", "instances", "problems", "last")
    NAME_FIELD_NUMBER: _ClassVar[int]
    WANTED_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    INSTANCES_FIELD_NUMBER: _ClassVar[int]
    PROBLEMS_FIELD_NUMBER: _ClassVar[int]
    LAST_FIELD_NUMBER: _ClassVar[int]
    name: str
    wanted: _service_pb2.Wanted
    revision: str
    instances: _containers.RepeatedCompositeFieldContainer[InstanceStatus]
    problems: _containers.RepeatedCompositeFieldContainer[_problem_pb2.Problem]
    last: LastDeployment
    def __init__(self, name: _Optional[str] = ..., wanted: _Optional[_Union[_service_pb2.Wanted, str]] = ..., revision: _Optional[str] = ..., instances: _Optional[_Iterable[_Union[InstanceStatus, _Mapping]]] = ..., problems: _Optional[_Iterable[_Union[_problem_pb2.Problem, _Mapping]]] = ..., last: _Optional[_Union[LastDeployment, _Mapping]] = ...) -> None: ...

class StatusReport(_message.Message):
    __slots__ = ("services", "nodes")
    SERVICES_FIELD_NUMBER: _ClassVar[int]
    NODES_FIELD_NUMBER: _ClassVar[int]
    services: _containers.RepeatedCompositeFieldContainer[ServiceStatus]
    nodes: _containers.RepeatedCompositeFieldContainer[_node_pb2.NodeView]
    def __init__(self, services: _Optional[_Iterable[_Union[ServiceStatus, _Mapping]]] = ..., nodes: _Optional[_Iterable[_Union[_node_pb2.NodeView, _Mapping]]] = ...) -> None: ...
