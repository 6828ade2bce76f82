from . import node_pb2 as _node_pb2
from . import problem_pb2 as _problem_pb2
from . import step_pb2 as _step_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class OnFailure(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ON_FAILURE_UNSPECIFIED: _ClassVar[OnFailure]
    ON_FAILURE_PAUSE: _ClassVar[OnFailure]
    ON_FAILURE_CONTINUE: _ClassVar[OnFailure]

class Wanted(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    WANTED_UNSPECIFIED: _ClassVar[Wanted]
    WANTED_RUNNING: _ClassVar[Wanted]
    WANTED_STOPPED: _ClassVar[Wanted]
    WANTED_DISABLED: _ClassVar[Wanted]
    WANTED_REMOVED: _ClassVar[Wanted]

class NodeFit(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    NODE_FIT_UNSPECIFIED: _ClassVar[NodeFit]
    NODE_FIT_CHOSEN: _ClassVar[NodeFit]
    NODE_FIT_POSSIBLE: _ClassVar[NodeFit]
    NODE_FIT_IMPOSSIBLE: _ClassVar[NodeFit]
ON_FAILURE_UNSPECIFIED: OnFailure
ON_FAILURE_PAUSE: OnFailure
ON_FAILURE_CONTINUE: OnFailure
WANTED_UNSPECIFIED: Wanted
WANTED_RUNNING: Wanted
WANTED_STOPPED: Wanted
WANTED_DISABLED: Wanted
WANTED_REMOVED: Wanted
NODE_FIT_UNSPECIFIED: NodeFit
NODE_FIT_CHOSEN: NodeFit
NODE_FIT_POSSIBLE: NodeFit
NODE_FIT_IMPOSSIBLE: NodeFit

class HealthPolicy(_message.Message):
    __slots__ = ("deadline_s", "stable_for_s")
    DEADLINE_S_FIELD_NUMBER: _ClassVar[int]
    STABLE_FOR_S_FIELD_NUMBER: _ClassVar[int]
    deadline_s: float
    stable_for_s: float
    def __init__(self, deadline_s: _Optional[float] = ..., stable_for_s: _Optional[float] = ...) -> None: ...

class RolloutPolicy(_message.Message):
    __slots__ = ("max_parallel", "canary", "pause_s", "on_failure", "health", "timeouts")
    MAX_PARALLEL_FIELD_NUMBER: _ClassVar[int]
    CANARY_FIELD_NUMBER: _ClassVar[int]
    PAUSE_S_FIELD_NUMBER: _ClassVar[int]
    ON_FAILURE_FIELD_NUMBER: _ClassVar[int]
    HEALTH_FIELD_NUMBER: _ClassVar[int]
    TIMEOUTS_FIELD_NUMBER: _ClassVar[int]
    max_parallel: int
    canary: int
    pause_s: float
    on_failure: OnFailure
    health: HealthPolicy
    timeouts: _step_pb2.Timeouts
    def __init__(self, max_parallel: _Optional[int] = ..., canary: _Optional[int] = ..., pause_s: _Optional[float] = ..., on_failure: _Optional[_Union[OnFailure, str]] = ..., health: _Optional[_Union[HealthPolicy, _Mapping]] = ..., timeouts: _Optional[_Union[_step_pb2.Timeouts, _Mapping]] = ...) -> None: ...

class LogsRule(_message.Message):
    __slots__ = ("collect", "without")
    COLLECT_FIELD_NUMBER: _ClassVar[int]
    WITHOUT_FIELD_NUMBER: _ClassVar[int]
    collect: bool
    without: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, collect: _Optional[bool] = ..., without: _Optional[_Iterable[str]] = ...) -> None: ...

class Refusal(_message.Message):
    __slots__ = ("node", "reason")
    NODE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    node: str
    reason: str
    def __init__(self, node: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class NodeVerdict(_message.Message):
    __slots__ = ("node", "fit", "state", "reasons", "warnings")
    NODE_FIELD_NUMBER: _ClassVar[int]
    FIT_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    REASONS_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    node: str
    fit: NodeFit
    state: _node_pb2.NodeState
    reasons: _containers.RepeatedScalarFieldContainer[str]
    warnings: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, node: _Optional[str] = ..., fit: _Optional[_Union[NodeFit, str]] = ..., state: _Optional[_Union[_node_pb2.NodeState, str]] = ..., reasons: _Optional[_Iterable[str]] = ..., warnings: _Optional[_Iterable[str]] = ...) -> None: ...

class ServiceView(_message.Message):
    __slots__ = ("name", "directory", "revision", "project", "compose_files", "enabled", "auto_deploy", "bundle", "placed", "nodes", "problems")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DIRECTORY_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    COMPOSE_FILES_FIELD_NUMBER: _ClassVar[int]
    ENABLED_FIELD_NUMBER: _ClassVar[int]
    AUTO_DEPLOY_FIELD_NUMBER: _ClassVar[int]
    BUNDLE_FIELD_NUMBER: _ClassVar[int]
    PLACED_FIELD_NUMBER: _ClassVar[int]
    NODES_FIELD_NUMBER: _ClassVar[int]
    PROBLEMS_FIELD_NUMBER: _ClassVar[int]
    name: str
    directory: str
    revision: str
    project: str
    compose_files: _containers.RepeatedScalarFieldContainer[str]
    enabled: bool
    auto_deploy: bool
    bundle: str
    placed: _containers.RepeatedScalarFieldContainer[str]
    nodes: _containers.RepeatedCompositeFieldContainer[NodeVerdict]
    problems: _containers.RepeatedCompositeFieldContainer[_problem_pb2.Problem]
    def __init__(self, name: _Optional[str] = ..., directory: _Optional[str] = ..., revision: _Optional[str] = ..., project: _Optional[str] = ..., compose_files: _Optional[_Iterable[str]] = ..., enabled: _Optional[bool] = ..., auto_deploy: _Optional[bool] = ..., bundle: _Optional[str] = ..., placed: _Optional[_Iterable[str]] = ..., nodes: _Optional[_Iterable[_Union[NodeVerdict, _Mapping]]] = ..., problems: _Optional[_Iterable[_Union[_problem_pb2.Problem, _Mapping]]] = ...) -> None: ...
