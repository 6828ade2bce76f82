from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CheckResult(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CHECK_RESULT_UNSPECIFIED: _ClassVar[CheckResult]
    CHECK_RESULT_OK: _ClassVar[CheckResult]
    CHECK_RESULT_WARNING: _ClassVar[CheckResult]
    CHECK_RESULT_ERROR: _ClassVar[CheckResult]
CHECK_RESULT_UNSPECIFIED: CheckResult
CHECK_RESULT_OK: CheckResult
CHECK_RESULT_WARNING: CheckResult
CHECK_RESULT_ERROR: CheckResult

class Check(_message.Message):
    __slots__ = ("name", "result", "text", "hint")
    NAME_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    HINT_FIELD_NUMBER: _ClassVar[int]
    name: str
    result: CheckResult
    text: str
    hint: str
    def __init__(self, name: _Optional[str] = ..., result: _Optional[_Union[CheckResult, str]] = ..., text: _Optional[str] = ..., hint: _Optional[str] = ...) -> None: ...

class NodeChecks(_message.Message):
    __slots__ = ("node", "checks")
    NODE_FIELD_NUMBER: _ClassVar[int]
    CHECKS_FIELD_NUMBER: _ClassVar[int]
    node: str
    checks: _containers.RepeatedCompositeFieldContainer[Check]
    def __init__(self, node: _Optional[str] = ..., checks: _Optional[_Iterable[_Union[Check, _Mapping]]] = ...) -> None: ...

class Examination(_message.Message):
    __slots__ = ("server", "nodes")
    SERVER_FIELD_NUMBER: _ClassVar[int]
    NODES_FIELD_NUMBER: _ClassVar[int]
    server: _containers.RepeatedCompositeFieldContainer[Check]
    nodes: _containers.RepeatedCompositeFieldContainer[NodeChecks]
    def __init__(self, server: _Optional[_Iterable[_Union[Check, _Mapping]]] = ..., nodes: _Optional[_Iterable[_Union[NodeChecks, _Mapping]]] = ...) -> None: ...
