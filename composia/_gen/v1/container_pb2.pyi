from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ContainerState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CONTAINER_STATE_UNSPECIFIED: _ClassVar[ContainerState]
    CONTAINER_STATE_CREATED: _ClassVar[ContainerState]
    CONTAINER_STATE_RUNNING: _ClassVar[ContainerState]
    CONTAINER_STATE_PAUSED: _ClassVar[ContainerState]
    CONTAINER_STATE_RESTARTING: _ClassVar[ContainerState]
    CONTAINER_STATE_REMOVING: _ClassVar[ContainerState]
    CONTAINER_STATE_EXITED: _ClassVar[ContainerState]
    CONTAINER_STATE_DEAD: _ClassVar[ContainerState]

class ContainerHealth(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CONTAINER_HEALTH_UNSPECIFIED: _ClassVar[ContainerHealth]
    CONTAINER_HEALTH_NONE: _ClassVar[ContainerHealth]
    CONTAINER_HEALTH_STARTING: _ClassVar[ContainerHealth]
    CONTAINER_HEALTH_HEALTHY: _ClassVar[ContainerHealth]
    CONTAINER_HEALTH_UNHEALTHY: _ClassVar[ContainerHealth]
CONTAINER_STATE_UNSPECIFIED: ContainerState
CONTAINER_STATE_CREATED: ContainerState
CONTAINER_STATE_RUNNING: ContainerState
CONTAINER_STATE_PAUSED: ContainerState
CONTAINER_STATE_RESTARTING: ContainerState
CONTAINER_STATE_REMOVING: ContainerState
CONTAINER_STATE_EXITED: ContainerState
CONTAINER_STATE_DEAD: ContainerState
CONTAINER_HEALTH_UNSPECIFIED: ContainerHealth
CONTAINER_HEALTH_NONE: ContainerHealth
CONTAINER_HEALTH_STARTING: ContainerHealth
CONTAINER_HEALTH_HEALTHY: ContainerHealth
CONTAINER_HEALTH_UNHEALTHY: ContainerHealth

class Port(_message.Message):
    __slots__ = ("number", "protocol", "address")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    PROTOCOL_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    number: int
    protocol: str
    address: str
    def __init__(self, number: _Optional[int] = ..., protocol: _Optional[str] = ..., address: _Optional[str] = ...) -> None: ...

class Container(_message.Message):
    __slots__ = ("id", "name", "project", "service", "image", "image_id", "state", "health", "exit_code", "restarts", "started_ms", "config_hash", "ports", "created_ms", "ended_ms", "oom_killed", "error", "check", "recent_restarts", "recent_ms")
    ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    IMAGE_ID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    HEALTH_FIELD_NUMBER: _ClassVar[int]
    EXIT_CODE_FIELD_NUMBER: _ClassVar[int]
    RESTARTS_FIELD_NUMBER: _ClassVar[int]
    STARTED_MS_FIELD_NUMBER: _ClassVar[int]
    CONFIG_HASH_FIELD_NUMBER: _ClassVar[int]
    PORTS_FIELD_NUMBER: _ClassVar[int]
    CREATED_MS_FIELD_NUMBER: _ClassVar[int]
    ENDED_MS_FIELD_NUMBER: _ClassVar[int]
    OOM_KILLED_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    CHECK_FIELD_NUMBER: _ClassVar[int]
    RECENT_RESTARTS_FIELD_NUMBER: _ClassVar[int]
    RECENT_MS_FIELD_NUMBER: _ClassVar[int]
    id: str
    name: str
    project: str
    service: str
    image: str
    image_id: str
    state: ContainerState
    health: ContainerHealth
    exit_code: int
    restarts: int
    started_ms: int
    config_hash: str
    ports: _containers.RepeatedCompositeFieldContainer[Port]
    created_ms: int
    ended_ms: int
    oom_killed: bool
    error: str
    check: str
    recent_restarts: int
    recent_ms: int
    def __init__(self, id: _Optional[str] = ..., name: _Optional[str] = ..., project: _Optional[str] = ..., service: _Optional[str] = ..., image: _Optional[str] = ..., image_id: _Optional[str] = ..., state: _Optional[_Union[ContainerState, str]] = ..., health: _Optional[_Union[ContainerHealth, str]] = ..., exit_code: _Optional[int] = ..., restarts: _Optional[int] = ..., started_ms: _Optional[int] = ..., config_hash: _Optional[str] = ..., ports: _Optional[_Iterable[_Union[Port, _Mapping]]] = ..., created_ms: _Optional[int] = ..., ended_ms: _Optional[int] = ..., oom_killed: _Optional[bool] = ..., error: _Optional[str] = ..., check: _Optional[str] = ..., recent_restarts: _Optional[int] = ..., recent_ms: _Optional[int] = ...) -> None: ...
