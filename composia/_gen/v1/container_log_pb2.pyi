from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class LogSource(_message.Message):
    __slots__ = ("service", "container", "name", "id")
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    CONTAINER_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    service: str
    container: str
    name: str
    id: str
    def __init__(self, service: _Optional[str] = ..., container: _Optional[str] = ..., name: _Optional[str] = ..., id: _Optional[str] = ...) -> None: ...

class ForwardedLogs(_message.Message):
    __slots__ = ("spool", "number", "source", "at_ns", "stderr", "partial", "ends", "data")
    SPOOL_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    AT_NS_FIELD_NUMBER: _ClassVar[int]
    STDERR_FIELD_NUMBER: _ClassVar[int]
    PARTIAL_FIELD_NUMBER: _ClassVar[int]
    ENDS_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    spool: str
    number: int
    source: LogSource
    at_ns: _containers.RepeatedScalarFieldContainer[int]
    stderr: _containers.RepeatedScalarFieldContainer[bool]
    partial: _containers.RepeatedScalarFieldContainer[bool]
    ends: _containers.RepeatedScalarFieldContainer[int]
    data: bytes
    def __init__(self, spool: _Optional[str] = ..., number: _Optional[int] = ..., source: _Optional[_Union[LogSource, _Mapping]] = ..., at_ns: _Optional[_Iterable[int]] = ..., stderr: _Optional[_Iterable[bool]] = ..., partial: _Optional[_Iterable[bool]] = ..., ends: _Optional[_Iterable[int]] = ..., data: _Optional[bytes] = ...) -> None: ...

class LogsKept(_message.Message):
    __slots__ = ("spool", "number")
    SPOOL_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    spool: str
    number: int
    def __init__(self, spool: _Optional[str] = ..., number: _Optional[int] = ...) -> None: ...

class LogsQuery(_message.Message):
    __slots__ = ("services", "containers", "nodes", "since_ms", "until_ms", "tail", "grep", "regex", "ignore_case", "follow", "live", "cursor")
    SERVICES_FIELD_NUMBER: _ClassVar[int]
    CONTAINERS_FIELD_NUMBER: _ClassVar[int]
    NODES_FIELD_NUMBER: _ClassVar[int]
    SINCE_MS_FIELD_NUMBER: _ClassVar[int]
    UNTIL_MS_FIELD_NUMBER: _ClassVar[int]
    TAIL_FIELD_NUMBER: _ClassVar[int]
    GREP_FIELD_NUMBER: _ClassVar[int]
    REGEX_FIELD_NUMBER: _ClassVar[int]
    IGNORE_CASE_FIELD_NUMBER: _ClassVar[int]
    FOLLOW_FIELD_NUMBER: _ClassVar[int]
    LIVE_FIELD_NUMBER: _ClassVar[int]
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    services: _containers.RepeatedScalarFieldContainer[str]
    containers: _containers.RepeatedScalarFieldContainer[str]
    nodes: _containers.RepeatedScalarFieldContainer[str]
    since_ms: int
    until_ms: int
    tail: int
    grep: str
    regex: bool
    ignore_case: bool
    follow: bool
    live: bool
    cursor: str
    def __init__(self, services: _Optional[_Iterable[str]] = ..., containers: _Optional[_Iterable[str]] = ..., nodes: _Optional[_Iterable[str]] = ..., since_ms: _Optional[int] = ..., until_ms: _Optional[int] = ..., tail: _Optional[int] = ..., grep: _Optional[str] = ..., regex: _Optional[bool] = ..., ignore_case: _Optional[bool] = ..., follow: _Optional[bool] = ..., live: _Optional[bool] = ..., cursor: _Optional[str] = ...) -> None: ...

class LogEntry(_message.Message):
    __slots__ = ("node", "source", "at_ns", "stderr", "data", "partial")
    NODE_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    AT_NS_FIELD_NUMBER: _ClassVar[int]
    STDERR_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    PARTIAL_FIELD_NUMBER: _ClassVar[int]
    node: str
    source: LogSource
    at_ns: int
    stderr: bool
    data: bytes
    partial: bool
    def __init__(self, node: _Optional[str] = ..., source: _Optional[_Union[LogSource, _Mapping]] = ..., at_ns: _Optional[int] = ..., stderr: _Optional[bool] = ..., data: _Optional[bytes] = ..., partial: _Optional[bool] = ...) -> None: ...

class LogPage(_message.Message):
    __slots__ = ("entries", "note", "cursor")
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    entries: _containers.RepeatedCompositeFieldContainer[LogEntry]
    note: str
    cursor: str
    def __init__(self, entries: _Optional[_Iterable[_Union[LogEntry, _Mapping]]] = ..., note: _Optional[str] = ..., cursor: _Optional[str] = ...) -> None: ...
