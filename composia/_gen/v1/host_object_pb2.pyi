from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor

class Image(_message.Message):
    __slots__ = ("id", "tags", "size_bytes", "created_ms", "containers")
    ID_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    CREATED_MS_FIELD_NUMBER: _ClassVar[int]
    CONTAINERS_FIELD_NUMBER: _ClassVar[int]
    id: str
    tags: _containers.RepeatedScalarFieldContainer[str]
    size_bytes: int
    created_ms: int
    containers: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, id: _Optional[str] = ..., tags: _Optional[_Iterable[str]] = ..., size_bytes: _Optional[int] = ..., created_ms: _Optional[int] = ..., containers: _Optional[_Iterable[str]] = ...) -> None: ...

class Volume(_message.Message):
    __slots__ = ("name", "driver", "project", "size_bytes", "created_ms", "containers")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DRIVER_FIELD_NUMBER: _ClassVar[int]
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    CREATED_MS_FIELD_NUMBER: _ClassVar[int]
    CONTAINERS_FIELD_NUMBER: _ClassVar[int]
    name: str
    driver: str
    project: str
    size_bytes: int
    created_ms: int
    containers: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., driver: _Optional[str] = ..., project: _Optional[str] = ..., size_bytes: _Optional[int] = ..., created_ms: _Optional[int] = ..., containers: _Optional[_Iterable[str]] = ...) -> None: ...

class ContainerSize(_message.Message):
    __slots__ = ("id", "size_bytes")
    ID_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    id: str
    size_bytes: int
    def __init__(self, id: _Optional[str] = ..., size_bytes: _Optional[int] = ...) -> None: ...

class Network(_message.Message):
    __slots__ = ("id", "name", "driver", "project", "internal", "builtin", "subnets", "created_ms", "containers")
    ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    DRIVER_FIELD_NUMBER: _ClassVar[int]
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    INTERNAL_FIELD_NUMBER: _ClassVar[int]
    BUILTIN_FIELD_NUMBER: _ClassVar[int]
    SUBNETS_FIELD_NUMBER: _ClassVar[int]
    CREATED_MS_FIELD_NUMBER: _ClassVar[int]
    CONTAINERS_FIELD_NUMBER: _ClassVar[int]
    id: str
    name: str
    driver: str
    project: str
    internal: bool
    builtin: bool
    subnets: _containers.RepeatedScalarFieldContainer[str]
    created_ms: int
    containers: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, id: _Optional[str] = ..., name: _Optional[str] = ..., driver: _Optional[str] = ..., project: _Optional[str] = ..., internal: _Optional[bool] = ..., builtin: _Optional[bool] = ..., subnets: _Optional[_Iterable[str]] = ..., created_ms: _Optional[int] = ..., containers: _Optional[_Iterable[str]] = ...) -> None: ...
