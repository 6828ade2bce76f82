from . import problem_pb2 as _problem_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class FileKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FILE_KIND_UNSPECIFIED: _ClassVar[FileKind]
    FILE_KIND_FILE: _ClassVar[FileKind]
    FILE_KIND_EXECUTABLE: _ClassVar[FileKind]
    FILE_KIND_LINK: _ClassVar[FileKind]
    FILE_KIND_SUBMODULE: _ClassVar[FileKind]
    FILE_KIND_DIRECTORY: _ClassVar[FileKind]

class ChangeKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CHANGE_KIND_UNSPECIFIED: _ClassVar[ChangeKind]
    CHANGE_KIND_ADDED: _ClassVar[ChangeKind]
    CHANGE_KIND_CHANGED: _ClassVar[ChangeKind]
    CHANGE_KIND_REMOVED: _ClassVar[ChangeKind]

class LineKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LINE_KIND_UNSPECIFIED: _ClassVar[LineKind]
    LINE_KIND_KEPT: _ClassVar[LineKind]
    LINE_KIND_REMOVED: _ClassVar[LineKind]
    LINE_KIND_ADDED: _ClassVar[LineKind]
FILE_KIND_UNSPECIFIED: FileKind
FILE_KIND_FILE: FileKind
FILE_KIND_EXECUTABLE: FileKind
FILE_KIND_LINK: FileKind
FILE_KIND_SUBMODULE: FileKind
FILE_KIND_DIRECTORY: FileKind
CHANGE_KIND_UNSPECIFIED: ChangeKind
CHANGE_KIND_ADDED: ChangeKind
CHANGE_KIND_CHANGED: ChangeKind
CHANGE_KIND_REMOVED: ChangeKind
LINE_KIND_UNSPECIFIED: LineKind
LINE_KIND_KEPT: LineKind
LINE_KIND_REMOVED: LineKind
LINE_KIND_ADDED: LineKind

class Revision(_message.Message):
    __slots__ = ("id", "author", "committed_ms", "message", "services")
    ID_FIELD_NUMBER: _ClassVar[int]
    AUTHOR_FIELD_NUMBER: _ClassVar[int]
    COMMITTED_MS_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    SERVICES_FIELD_NUMBER: _ClassVar[int]
    id: str
    author: str
    committed_ms: int
    message: str
    services: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, id: _Optional[str] = ..., author: _Optional[str] = ..., committed_ms: _Optional[int] = ..., message: _Optional[str] = ..., services: _Optional[_Iterable[str]] = ...) -> None: ...

class FileEntry(_message.Message):
    __slots__ = ("path", "kind")
    PATH_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    path: str
    kind: FileKind
    def __init__(self, path: _Optional[str] = ..., kind: _Optional[_Union[FileKind, str]] = ...) -> None: ...

class Hunk(_message.Message):
    __slots__ = ("old_line", "new_line", "kinds", "lines")
    OLD_LINE_FIELD_NUMBER: _ClassVar[int]
    NEW_LINE_FIELD_NUMBER: _ClassVar[int]
    KINDS_FIELD_NUMBER: _ClassVar[int]
    LINES_FIELD_NUMBER: _ClassVar[int]
    old_line: int
    new_line: int
    kinds: _containers.RepeatedScalarFieldContainer[LineKind]
    lines: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, old_line: _Optional[int] = ..., new_line: _Optional[int] = ..., kinds: _Optional[_Iterable[_Union[LineKind, str]]] = ..., lines: _Optional[_Iterable[str]] = ...) -> None: ...

class FileChange(_message.Message):
    __slots__ = ("path", "kind", "hunks", "added", "removed", "note")
    PATH_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    HUNKS_FIELD_NUMBER: _ClassVar[int]
    ADDED_FIELD_NUMBER: _ClassVar[int]
    REMOVED_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    path: str
    kind: ChangeKind
    hunks: _containers.RepeatedCompositeFieldContainer[Hunk]
    added: int
    removed: int
    note: str
    def __init__(self, path: _Optional[str] = ..., kind: _Optional[_Union[ChangeKind, str]] = ..., hunks: _Optional[_Iterable[_Union[Hunk, _Mapping]]] = ..., added: _Optional[int] = ..., removed: _Optional[int] = ..., note: _Optional[str] = ...) -> None: ...

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
