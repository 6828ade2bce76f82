from . import container_pb2 as _container_pb2
from . import label_pb2 as _label_pb2
from . import usage_pb2 as _usage_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class NodeState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    NODE_STATE_UNSPECIFIED: _ClassVar[NodeState]
    NODE_STATE_ONLINE: _ClassVar[NodeState]
    NODE_STATE_DISCONNECTED: _ClassVar[NodeState]
    NODE_STATE_OFFLINE: _ClassVar[NodeState]
NODE_STATE_UNSPECIFIED: NodeState
NODE_STATE_ONLINE: NodeState
NODE_STATE_DISCONNECTED: NodeState
NODE_STATE_OFFLINE: NodeState

class NodeFacts(_message.Message):
    __slots__ = ("version", "os", "architecture", "kernel", "cpus", "memory_bytes", "docker_version", "compose_version", "engine_id")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    OS_FIELD_NUMBER: _ClassVar[int]
    ARCHITECTURE_FIELD_NUMBER: _ClassVar[int]
    KERNEL_FIELD_NUMBER: _ClassVar[int]
    CPUS_FIELD_NUMBER: _ClassVar[int]
    MEMORY_BYTES_FIELD_NUMBER: _ClassVar[int]
    DOCKER_VERSION_FIELD_NUMBER: _ClassVar[int]
    COMPOSE_VERSION_FIELD_NUMBER: _ClassVar[int]
    ENGINE_ID_FIELD_NUMBER: _ClassVar[int]
    version: str
    os: str
    architecture: str
    kernel: str
    cpus: int
    memory_bytes: int
    docker_version: str
    compose_version: str
    engine_id: str
    def __init__(self, version: _Optional[str] = ..., os: _Optional[str] = ..., architecture: _Optional[str] = ..., kernel: _Optional[str] = ..., cpus: _Optional[int] = ..., memory_bytes: _Optional[int] = ..., docker_version: _Optional[str] = ..., compose_version: _Optional[str] = ..., engine_id: _Optional[str] = ...) -> None: ...

class NodeStatus(_message.Message):
    __slots__ = ("problem", "now_ms", "host", "blind_since_ms")
    PROBLEM_FIELD_NUMBER: _ClassVar[int]
    NOW_MS_FIELD_NUMBER: _ClassVar[int]
    HOST_FIELD_NUMBER: _ClassVar[int]
    BLIND_SINCE_MS_FIELD_NUMBER: _ClassVar[int]
    problem: str
    now_ms: int
    host: _usage_pb2.HostUsage
    blind_since_ms: int
    def __init__(self, problem: _Optional[str] = ..., now_ms: _Optional[int] = ..., host: _Optional[_Union[_usage_pb2.HostUsage, _Mapping]] = ..., blind_since_ms: _Optional[int] = ...) -> None: ...

class Workspace(_message.Message):
    __slots__ = ("service", "project", "revision", "bundle", "edited")
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    BUNDLE_FIELD_NUMBER: _ClassVar[int]
    EDITED_FIELD_NUMBER: _ClassVar[int]
    service: str
    project: str
    revision: str
    bundle: str
    edited: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, service: _Optional[str] = ..., project: _Optional[str] = ..., revision: _Optional[str] = ..., bundle: _Optional[str] = ..., edited: _Optional[_Iterable[str]] = ...) -> None: ...

class Node(_message.Message):
    __slots__ = ("name", "agent_id", "labels", "project_prefix", "facts", "capacity", "joined_ms", "hello_ms")
    NAME_FIELD_NUMBER: _ClassVar[int]
    AGENT_ID_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    PROJECT_PREFIX_FIELD_NUMBER: _ClassVar[int]
    FACTS_FIELD_NUMBER: _ClassVar[int]
    CAPACITY_FIELD_NUMBER: _ClassVar[int]
    JOINED_MS_FIELD_NUMBER: _ClassVar[int]
    HELLO_MS_FIELD_NUMBER: _ClassVar[int]
    name: str
    agent_id: str
    labels: _containers.RepeatedCompositeFieldContainer[_label_pb2.Label]
    project_prefix: str
    facts: NodeFacts
    capacity: int
    joined_ms: int
    hello_ms: int
    def __init__(self, name: _Optional[str] = ..., agent_id: _Optional[str] = ..., labels: _Optional[_Iterable[_Union[_label_pb2.Label, _Mapping]]] = ..., project_prefix: _Optional[str] = ..., facts: _Optional[_Union[NodeFacts, _Mapping]] = ..., capacity: _Optional[int] = ..., joined_ms: _Optional[int] = ..., hello_ms: _Optional[int] = ...) -> None: ...

class Drain(_message.Message):
    __slots__ = ("node", "since_ms", "by")
    NODE_FIELD_NUMBER: _ClassVar[int]
    SINCE_MS_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    node: str
    since_ms: int
    by: str
    def __init__(self, node: _Optional[str] = ..., since_ms: _Optional[int] = ..., by: _Optional[str] = ...) -> None: ...

class Pause(_message.Message):
    __slots__ = ("node", "since_ms", "by")
    NODE_FIELD_NUMBER: _ClassVar[int]
    SINCE_MS_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    node: str
    since_ms: int
    by: str
    def __init__(self, node: _Optional[str] = ..., since_ms: _Optional[int] = ..., by: _Optional[str] = ...) -> None: ...

class NodeView(_message.Message):
    __slots__ = ("node", "state", "status", "seen_age_s", "containers", "running_tasks", "drain", "others", "pause", "address")
    NODE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    SEEN_AGE_S_FIELD_NUMBER: _ClassVar[int]
    CONTAINERS_FIELD_NUMBER: _ClassVar[int]
    RUNNING_TASKS_FIELD_NUMBER: _ClassVar[int]
    DRAIN_FIELD_NUMBER: _ClassVar[int]
    OTHERS_FIELD_NUMBER: _ClassVar[int]
    PAUSE_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    node: Node
    state: NodeState
    status: NodeStatus
    seen_age_s: float
    containers: _containers.RepeatedCompositeFieldContainer[_container_pb2.Container]
    running_tasks: _containers.RepeatedScalarFieldContainer[str]
    drain: Drain
    others: _containers.RepeatedCompositeFieldContainer[_container_pb2.Container]
    pause: Pause
    address: str
    def __init__(self, node: _Optional[_Union[Node, _Mapping]] = ..., state: _Optional[_Union[NodeState, str]] = ..., status: _Optional[_Union[NodeStatus, _Mapping]] = ..., seen_age_s: _Optional[float] = ..., containers: _Optional[_Iterable[_Union[_container_pb2.Container, _Mapping]]] = ..., running_tasks: _Optional[_Iterable[str]] = ..., drain: _Optional[_Union[Drain, _Mapping]] = ..., others: _Optional[_Iterable[_Union[_container_pb2.Container, _Mapping]]] = ..., pause: _Optional[_Union[Pause, _Mapping]] = ..., address: _Optional[str] = ...) -> None: ...
