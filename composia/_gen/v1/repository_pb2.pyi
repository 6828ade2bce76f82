from . import problem_pb2 as _problem_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Revision(_message.Message):
    __slots__ = ("id", "author", "committed_ms", "message")
    ID_FIELD_NUMBER: _ClassVar[int]
    AUTHOR_FIELD_NUMBER: _ClassVar[int]
    COMMITTED_MS_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    id: str
    author: str
    committed_ms: int
    message: str
    def __init__(self, id: _Optional[str] = ..., author: _Optional[str] = ..., committed_ms: _Optional[int] = ..., message: _Optional[str] = ...) -> None: ...

class RepositoryState(_message.Message):
    __slots__ = ("location", "branch", "head", "synced_ms", "tried_ms", "error", "rewritten", "problems")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    BRANCH_FIELD_NUMBER: _ClassVar[int]
    HEAD_FIELD_NUMBER: _ClassVar[int]
    SYNCED_MS_FIELD_NUMBER: _ClassVar[int]
    TRIED_MS_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    REWRITTEN_FIELD_NUMBER: _ClassVar[int]
    PROBLEMS_FIELD_NUMBER: _ClassVar[int]
    location: str
    branch: str
    head: str
    synced_ms: int
    tried_ms: int
    error: str
    rewritten: bool
    problems: _containers.RepeatedCompositeFieldContainer[_problem_pb2.Problem]
    def __init__(self, location: _Optional[str] = ..., branch: _Optional[str] = ..., head: _Optional[str] = ..., synced_ms: _Optional[int] = ..., tried_ms: _Optional[int] = ..., error: _Optional[str] = ..., rewritten: _Optional[bool] = ..., problems: _Optional[_Iterable[_Union[_problem_pb2.Problem, _Mapping]]] = ...) -> None: ...
