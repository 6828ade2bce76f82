from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class FilesystemUsage(_message.Message):
    __slots__ = ("mount", "device", "size_bytes", "available_bytes")
    MOUNT_FIELD_NUMBER: _ClassVar[int]
    DEVICE_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    AVAILABLE_BYTES_FIELD_NUMBER: _ClassVar[int]
    mount: str
    device: str
    size_bytes: int
    available_bytes: int
    def __init__(self, mount: _Optional[str] = ..., device: _Optional[str] = ..., size_bytes: _Optional[int] = ..., available_bytes: _Optional[int] = ...) -> None: ...

class DockerUsage(_message.Message):
    __slots__ = ("images_bytes", "containers_bytes", "volumes_bytes", "build_cache_bytes", "unused_bytes", "at_ms", "root")
    IMAGES_BYTES_FIELD_NUMBER: _ClassVar[int]
    CONTAINERS_BYTES_FIELD_NUMBER: _ClassVar[int]
    VOLUMES_BYTES_FIELD_NUMBER: _ClassVar[int]
    BUILD_CACHE_BYTES_FIELD_NUMBER: _ClassVar[int]
    UNUSED_BYTES_FIELD_NUMBER: _ClassVar[int]
    AT_MS_FIELD_NUMBER: _ClassVar[int]
    ROOT_FIELD_NUMBER: _ClassVar[int]
    images_bytes: int
    containers_bytes: int
    volumes_bytes: int
    build_cache_bytes: int
    unused_bytes: int
    at_ms: int
    root: str
    def __init__(self, images_bytes: _Optional[int] = ..., containers_bytes: _Optional[int] = ..., volumes_bytes: _Optional[int] = ..., build_cache_bytes: _Optional[int] = ..., unused_bytes: _Optional[int] = ..., at_ms: _Optional[int] = ..., root: _Optional[str] = ...) -> None: ...

class HostUsage(_message.Message):
    __slots__ = ("cpu_percent", "load_1m", "load_5m", "load_15m", "memory_bytes", "memory_available_bytes", "swap_bytes", "swap_free_bytes", "uptime_s", "received_bytes", "sent_bytes", "filesystems", "docker")
    CPU_PERCENT_FIELD_NUMBER: _ClassVar[int]
    LOAD_1M_FIELD_NUMBER: _ClassVar[int]
    LOAD_5M_FIELD_NUMBER: _ClassVar[int]
    LOAD_15M_FIELD_NUMBER: _ClassVar[int]
    MEMORY_BYTES_FIELD_NUMBER: _ClassVar[int]
    MEMORY_AVAILABLE_BYTES_FIELD_NUMBER: _ClassVar[int]
    SWAP_BYTES_FIELD_NUMBER: _ClassVar[int]
    SWAP_FREE_BYTES_FIELD_NUMBER: _ClassVar[int]
    UPTIME_S_FIELD_NUMBER: _ClassVar[int]
    RECEIVED_BYTES_FIELD_NUMBER: _ClassVar[int]
    SENT_BYTES_FIELD_NUMBER: _ClassVar[int]
    FILESYSTEMS_FIELD_NUMBER: _ClassVar[int]
    DOCKER_FIELD_NUMBER: _ClassVar[int]
    cpu_percent: float
    load_1m: float
    load_5m: float
    load_15m: float
    memory_bytes: int
    memory_available_bytes: int
    swap_bytes: int
    swap_free_bytes: int
    uptime_s: float
    received_bytes: int
    sent_bytes: int
    filesystems: _containers.RepeatedCompositeFieldContainer[FilesystemUsage]
    docker: DockerUsage
    def __init__(self, cpu_percent: _Optional[float] = ..., load_1m: _Optional[float] = ..., load_5m: _Optional[float] = ..., load_15m: _Optional[float] = ..., memory_bytes: _Optional[int] = ..., memory_available_bytes: _Optional[int] = ..., swap_bytes: _Optional[int] = ..., swap_free_bytes: _Optional[int] = ..., uptime_s: _Optional[float] = ..., received_bytes: _Optional[int] = ..., sent_bytes: _Optional[int] = ..., filesystems: _Optional[_Iterable[_Union[FilesystemUsage, _Mapping]]] = ..., docker: _Optional[_Union[DockerUsage, _Mapping]] = ...) -> None: ...

class ContainerUsages(_message.Message):
    __slots__ = ("names", "cpu_percent", "memory_bytes", "memory_limit_bytes", "received_bytes", "sent_bytes", "read_bytes", "written_bytes", "pids", "restarts")
    NAMES_FIELD_NUMBER: _ClassVar[int]
    CPU_PERCENT_FIELD_NUMBER: _ClassVar[int]
    MEMORY_BYTES_FIELD_NUMBER: _ClassVar[int]
    MEMORY_LIMIT_BYTES_FIELD_NUMBER: _ClassVar[int]
    RECEIVED_BYTES_FIELD_NUMBER: _ClassVar[int]
    SENT_BYTES_FIELD_NUMBER: _ClassVar[int]
    READ_BYTES_FIELD_NUMBER: _ClassVar[int]
    WRITTEN_BYTES_FIELD_NUMBER: _ClassVar[int]
    PIDS_FIELD_NUMBER: _ClassVar[int]
    RESTARTS_FIELD_NUMBER: _ClassVar[int]
    names: _containers.RepeatedScalarFieldContainer[str]
    cpu_percent: _containers.RepeatedScalarFieldContainer[float]
    memory_bytes: _containers.RepeatedScalarFieldContainer[int]
    memory_limit_bytes: _containers.RepeatedScalarFieldContainer[int]
    received_bytes: _containers.RepeatedScalarFieldContainer[int]
    sent_bytes: _containers.RepeatedScalarFieldContainer[int]
    read_bytes: _containers.RepeatedScalarFieldContainer[int]
    written_bytes: _containers.RepeatedScalarFieldContainer[int]
    pids: _containers.RepeatedScalarFieldContainer[int]
    restarts: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, names: _Optional[_Iterable[str]] = ..., cpu_percent: _Optional[_Iterable[float]] = ..., memory_bytes: _Optional[_Iterable[int]] = ..., memory_limit_bytes: _Optional[_Iterable[int]] = ..., received_bytes: _Optional[_Iterable[int]] = ..., sent_bytes: _Optional[_Iterable[int]] = ..., read_bytes: _Optional[_Iterable[int]] = ..., written_bytes: _Optional[_Iterable[int]] = ..., pids: _Optional[_Iterable[int]] = ..., restarts: _Optional[_Iterable[int]] = ...) -> None: ...

class NodeUsage(_message.Message):
    __slots__ = ("node", "host", "containers", "containers_age_s", "host_age_s")
    NODE_FIELD_NUMBER: _ClassVar[int]
    HOST_FIELD_NUMBER: _ClassVar[int]
    CONTAINERS_FIELD_NUMBER: _ClassVar[int]
    CONTAINERS_AGE_S_FIELD_NUMBER: _ClassVar[int]
    HOST_AGE_S_FIELD_NUMBER: _ClassVar[int]
    node: str
    host: HostUsage
    containers: ContainerUsages
    containers_age_s: float
    host_age_s: float
    def __init__(self, node: _Optional[str] = ..., host: _Optional[_Union[HostUsage, _Mapping]] = ..., containers: _Optional[_Union[ContainerUsages, _Mapping]] = ..., containers_age_s: _Optional[float] = ..., host_age_s: _Optional[float] = ...) -> None: ...

class UsageQuery(_message.Message):
    __slots__ = ("node", "service", "since_s", "until_s", "points", "by_service", "metrics")
    NODE_FIELD_NUMBER: _ClassVar[int]
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    SINCE_S_FIELD_NUMBER: _ClassVar[int]
    UNTIL_S_FIELD_NUMBER: _ClassVar[int]
    POINTS_FIELD_NUMBER: _ClassVar[int]
    BY_SERVICE_FIELD_NUMBER: _ClassVar[int]
    METRICS_FIELD_NUMBER: _ClassVar[int]
    node: str
    service: str
    since_s: float
    until_s: float
    points: int
    by_service: bool
    metrics: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, node: _Optional[str] = ..., service: _Optional[str] = ..., since_s: _Optional[float] = ..., until_s: _Optional[float] = ..., points: _Optional[int] = ..., by_service: _Optional[bool] = ..., metrics: _Optional[_Iterable[str]] = ...) -> None: ...

class Series(_message.Message):
    __slots__ = ("node", "service", "container", "metric", "start_ms", "step_s", "values")
    NODE_FIELD_NUMBER: _ClassVar[int]
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    CONTAINER_FIELD_NUMBER: _ClassVar[int]
    METRIC_FIELD_NUMBER: _ClassVar[int]
    START_MS_FIELD_NUMBER: _ClassVar[int]
    STEP_S_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    node: str
    service: str
    container: str
    metric: str
    start_ms: int
    step_s: float
    values: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, node: _Optional[str] = ..., service: _Optional[str] = ..., container: _Optional[str] = ..., metric: _Optional[str] = ..., start_ms: _Optional[int] = ..., step_s: _Optional[float] = ..., values: _Optional[_Iterable[float]] = ...) -> None: ...
