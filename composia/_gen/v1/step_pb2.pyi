from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class StepName(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STEP_NAME_UNSPECIFIED: _ClassVar[StepName]
    STEP_NAME_FETCH: _ClassVar[StepName]
    STEP_NAME_SYNC: _ClassVar[StepName]
    STEP_NAME_RENDER: _ClassVar[StepName]
    STEP_NAME_PULL: _ClassVar[StepName]
    STEP_NAME_BUILD: _ClassVar[StepName]
    STEP_NAME_UP: _ClassVar[StepName]
    STEP_NAME_HEALTH: _ClassVar[StepName]
    STEP_NAME_RECORD: _ClassVar[StepName]
    STEP_NAME_STOP: _ClassVar[StepName]
    STEP_NAME_START: _ClassVar[StepName]
    STEP_NAME_RESTART: _ClassVar[StepName]
    STEP_NAME_DOWN: _ClassVar[StepName]
    STEP_NAME_PRUNE: _ClassVar[StepName]

class StepState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STEP_STATE_UNSPECIFIED: _ClassVar[StepState]
    STEP_STATE_RUNNING: _ClassVar[StepState]
    STEP_STATE_SUCCEEDED: _ClassVar[StepState]
    STEP_STATE_FAILED: _ClassVar[StepState]
    STEP_STATE_SKIPPED: _ClassVar[StepState]
STEP_NAME_UNSPECIFIED: StepName
STEP_NAME_FETCH: StepName
STEP_NAME_SYNC: StepName
STEP_NAME_RENDER: StepName
STEP_NAME_PULL: StepName
STEP_NAME_BUILD: StepName
STEP_NAME_UP: StepName
STEP_NAME_HEALTH: StepName
STEP_NAME_RECORD: StepName
STEP_NAME_STOP: StepName
STEP_NAME_START: StepName
STEP_NAME_RESTART: StepName
STEP_NAME_DOWN: StepName
STEP_NAME_PRUNE: StepName
STEP_STATE_UNSPECIFIED: StepState
STEP_STATE_RUNNING: StepState
STEP_STATE_SUCCEEDED: StepState
STEP_STATE_FAILED: StepState
STEP_STATE_SKIPPED: StepState

class Step(_message.Message):
    __slots__ = ("name", "state", "started_ms", "duration_ms", "note")
    NAME_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    STARTED_MS_FIELD_NUMBER: _ClassVar[int]
    DURATION_MS_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    name: StepName
    state: StepState
    started_ms: int
    duration_ms: int
    note: str
    def __init__(self, name: _Optional[_Union[StepName, str]] = ..., state: _Optional[_Union[StepState, str]] = ..., started_ms: _Optional[int] = ..., duration_ms: _Optional[int] = ..., note: _Optional[str] = ...) -> None: ...

class StepTimeout(_message.Message):
    __slots__ = ("step", "seconds")
    STEP_FIELD_NUMBER: _ClassVar[int]
    SECONDS_FIELD_NUMBER: _ClassVar[int]
    step: StepName
    seconds: float
    def __init__(self, step: _Optional[_Union[StepName, str]] = ..., seconds: _Optional[float] = ...) -> None: ...

class Timeouts(_message.Message):
    __slots__ = ("task_s", "steps")
    TASK_S_FIELD_NUMBER: _ClassVar[int]
    STEPS_FIELD_NUMBER: _ClassVar[int]
    task_s: float
    steps: _containers.RepeatedCompositeFieldContainer[StepTimeout]
    def __init__(self, task_s: _Optional[float] = ..., steps: _Optional[_Iterable[_Union[StepTimeout, _Mapping]]] = ...) -> None: ...
