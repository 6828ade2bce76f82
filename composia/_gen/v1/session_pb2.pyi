from . import check_pb2 as _check_pb2
from . import container_pb2 as _container_pb2
from . import host_object_pb2 as _host_object_pb2
from . import label_pb2 as _label_pb2
from . import node_pb2 as _node_pb2
from . import release_pb2 as _release_pb2
from . import step_pb2 as _step_pb2
from . import task_pb2 as _task_pb2
from . import tunnel_pb2 as _tunnel_pb2
from . import usage_pb2 as _usage_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Subject(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SUBJECT_UNSPECIFIED: _ClassVar[Subject]
    SUBJECT_IMAGES: _ClassVar[Subject]
    SUBJECT_VOLUMES: _ClassVar[Subject]
    SUBJECT_NETWORKS: _ClassVar[Subject]
    SUBJECT_CHECKS: _ClassVar[Subject]
    SUBJECT_CONTAINER_SIZES: _ClassVar[Subject]
SUBJECT_UNSPECIFIED: Subject
SUBJECT_IMAGES: Subject
SUBJECT_VOLUMES: Subject
SUBJECT_NETWORKS: Subject
SUBJECT_CHECKS: Subject
SUBJECT_CONTAINER_SIZES: Subject

class Attempt(_message.Message):
    __slots__ = ("task", "number")
    TASK_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    task: str
    number: int
    def __init__(self, task: _Optional[str] = ..., number: _Optional[int] = ...) -> None: ...

class AgentMessage(_message.Message):
    __slots__ = ("hello", "heartbeat", "reports", "changes", "answer")
    HELLO_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_FIELD_NUMBER: _ClassVar[int]
    REPORTS_FIELD_NUMBER: _ClassVar[int]
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    hello: Hello
    heartbeat: Heartbeat
    reports: Reports
    changes: Changes
    answer: Answer
    def __init__(self, hello: _Optional[_Union[Hello, _Mapping]] = ..., heartbeat: _Optional[_Union[Heartbeat, _Mapping]] = ..., reports: _Optional[_Union[Reports, _Mapping]] = ..., changes: _Optional[_Union[Changes, _Mapping]] = ..., answer: _Optional[_Union[Answer, _Mapping]] = ...) -> None: ...

class Hello(_message.Message):
    __slots__ = ("node", "agent_id", "protocol_min", "protocol_max", "labels", "project_prefix", "facts", "attempts", "capacity")
    NODE_FIELD_NUMBER: _ClassVar[int]
    AGENT_ID_FIELD_NUMBER: _ClassVar[int]
    PROTOCOL_MIN_FIELD_NUMBER: _ClassVar[int]
    PROTOCOL_MAX_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    PROJECT_PREFIX_FIELD_NUMBER: _ClassVar[int]
    FACTS_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    CAPACITY_FIELD_NUMBER: _ClassVar[int]
    node: str
    agent_id: str
    protocol_min: int
    protocol_max: int
    labels: _containers.RepeatedCompositeFieldContainer[_label_pb2.Label]
    project_prefix: str
    facts: _node_pb2.NodeFacts
    attempts: _containers.RepeatedCompositeFieldContainer[Attempt]
    capacity: int
    def __init__(self, node: _Optional[str] = ..., agent_id: _Optional[str] = ..., protocol_min: _Optional[int] = ..., protocol_max: _Optional[int] = ..., labels: _Optional[_Iterable[_Union[_label_pb2.Label, _Mapping]]] = ..., project_prefix: _Optional[str] = ..., facts: _Optional[_Union[_node_pb2.NodeFacts, _Mapping]] = ..., attempts: _Optional[_Iterable[_Union[Attempt, _Mapping]]] = ..., capacity: _Optional[int] = ...) -> None: ...

class Heartbeat(_message.Message):
    __slots__ = ("number", "status", "inventory", "containers", "workspaces", "attempts", "usage")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    INVENTORY_FIELD_NUMBER: _ClassVar[int]
    CONTAINERS_FIELD_NUMBER: _ClassVar[int]
    WORKSPACES_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    USAGE_FIELD_NUMBER: _ClassVar[int]
    number: int
    status: _node_pb2.NodeStatus
    inventory: str
    containers: ContainerList
    workspaces: WorkspaceList
    attempts: _containers.RepeatedCompositeFieldContainer[Attempt]
    usage: _usage_pb2.ContainerUsages
    def __init__(self, number: _Optional[int] = ..., status: _Optional[_Union[_node_pb2.NodeStatus, _Mapping]] = ..., inventory: _Optional[str] = ..., containers: _Optional[_Union[ContainerList, _Mapping]] = ..., workspaces: _Optional[_Union[WorkspaceList, _Mapping]] = ..., attempts: _Optional[_Iterable[_Union[Attempt, _Mapping]]] = ..., usage: _Optional[_Union[_usage_pb2.ContainerUsages, _Mapping]] = ...) -> None: ...

class Changes(_message.Message):
    __slots__ = ("before", "inventory", "containers", "gone", "workspaces")
    BEFORE_FIELD_NUMBER: _ClassVar[int]
    INVENTORY_FIELD_NUMBER: _ClassVar[int]
    CONTAINERS_FIELD_NUMBER: _ClassVar[int]
    GONE_FIELD_NUMBER: _ClassVar[int]
    WORKSPACES_FIELD_NUMBER: _ClassVar[int]
    before: str
    inventory: str
    containers: _containers.RepeatedCompositeFieldContainer[_container_pb2.Container]
    gone: _containers.RepeatedScalarFieldContainer[str]
    workspaces: _containers.RepeatedCompositeFieldContainer[_node_pb2.Workspace]
    def __init__(self, before: _Optional[str] = ..., inventory: _Optional[str] = ..., containers: _Optional[_Iterable[_Union[_container_pb2.Container, _Mapping]]] = ..., gone: _Optional[_Iterable[str]] = ..., workspaces: _Optional[_Iterable[_Union[_node_pb2.Workspace, _Mapping]]] = ...) -> None: ...

class Answer(_message.Message):
    __slots__ = ("query", "error", "images", "volumes", "networks", "checks", "now_ms", "container_sizes")
    QUERY_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    IMAGES_FIELD_NUMBER: _ClassVar[int]
    VOLUMES_FIELD_NUMBER: _ClassVar[int]
    NETWORKS_FIELD_NUMBER: _ClassVar[int]
    CHECKS_FIELD_NUMBER: _ClassVar[int]
    NOW_MS_FIELD_NUMBER: _ClassVar[int]
    CONTAINER_SIZES_FIELD_NUMBER: _ClassVar[int]
    query: int
    error: _task_pb2.TaskError
    images: _containers.RepeatedCompositeFieldContainer[_host_object_pb2.Image]
    volumes: _containers.RepeatedCompositeFieldContainer[_host_object_pb2.Volume]
    networks: _containers.RepeatedCompositeFieldContainer[_host_object_pb2.Network]
    checks: _containers.RepeatedCompositeFieldContainer[_check_pb2.Check]
    now_ms: int
    container_sizes: _containers.RepeatedCompositeFieldContainer[_host_object_pb2.ContainerSize]
    def __init__(self, query: _Optional[int] = ..., error: _Optional[_Union[_task_pb2.TaskError, _Mapping]] = ..., images: _Optional[_Iterable[_Union[_host_object_pb2.Image, _Mapping]]] = ..., volumes: _Optional[_Iterable[_Union[_host_object_pb2.Volume, _Mapping]]] = ..., networks: _Optional[_Iterable[_Union[_host_object_pb2.Network, _Mapping]]] = ..., checks: _Optional[_Iterable[_Union[_check_pb2.Check, _Mapping]]] = ..., now_ms: _Optional[int] = ..., container_sizes: _Optional[_Iterable[_Union[_host_object_pb2.ContainerSize, _Mapping]]] = ...) -> None: ...

class ContainerList(_message.Message):
    __slots__ = ("items",)
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[_container_pb2.Container]
    def __init__(self, items: _Optional[_Iterable[_Union[_container_pb2.Container, _Mapping]]] = ...) -> None: ...

class WorkspaceList(_message.Message):
    __slots__ = ("items",)
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[_node_pb2.Workspace]
    def __init__(self, items: _Optional[_Iterable[_Union[_node_pb2.Workspace, _Mapping]]] = ...) -> None: ...

class Reports(_message.Message):
    __slots__ = ("reports",)
    REPORTS_FIELD_NUMBER: _ClassVar[int]
    reports: _containers.RepeatedCompositeFieldContainer[Report]
    def __init__(self, reports: _Optional[_Iterable[_Union[Report, _Mapping]]] = ...) -> None: ...

class Report(_message.Message):
    __slots__ = ("attempt", "number", "accepted", "step_report", "finished", "ago_ms")
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    STEP_REPORT_FIELD_NUMBER: _ClassVar[int]
    FINISHED_FIELD_NUMBER: _ClassVar[int]
    AGO_MS_FIELD_NUMBER: _ClassVar[int]
    attempt: Attempt
    number: int
    accepted: Accepted
    step_report: StepReport
    finished: Finished
    ago_ms: int
    def __init__(self, attempt: _Optional[_Union[Attempt, _Mapping]] = ..., number: _Optional[int] = ..., accepted: _Optional[_Union[Accepted, _Mapping]] = ..., step_report: _Optional[_Union[StepReport, _Mapping]] = ..., finished: _Optional[_Union[Finished, _Mapping]] = ..., ago_ms: _Optional[int] = ...) -> None: ...

class Accepted(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class StepReport(_message.Message):
    __slots__ = ("name", "state", "elapsed_ms", "note")
    NAME_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    ELAPSED_MS_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    name: _step_pb2.StepName
    state: _step_pb2.StepState
    elapsed_ms: int
    note: str
    def __init__(self, name: _Optional[_Union[_step_pb2.StepName, str]] = ..., state: _Optional[_Union[_step_pb2.StepState, str]] = ..., elapsed_ms: _Optional[int] = ..., note: _Optional[str] = ...) -> None: ...

class Finished(_message.Message):
    __slots__ = ("state", "output_bytes", "error", "release")
    STATE_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_BYTES_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    RELEASE_FIELD_NUMBER: _ClassVar[int]
    state: _task_pb2.TaskState
    output_bytes: int
    error: _task_pb2.TaskError
    release: _release_pb2.Release
    def __init__(self, state: _Optional[_Union[_task_pb2.TaskState, str]] = ..., output_bytes: _Optional[int] = ..., error: _Optional[_Union[_task_pb2.TaskError, _Mapping]] = ..., release: _Optional[_Union[_release_pb2.Release, _Mapping]] = ...) -> None: ...

class ServerMessage(_message.Message):
    __slots__ = ("welcome", "run", "cancel", "fenced", "acknowledged", "heartbeat_reply", "goodbye", "query", "open_tunnel", "pace", "close_tunnel")
    WELCOME_FIELD_NUMBER: _ClassVar[int]
    RUN_FIELD_NUMBER: _ClassVar[int]
    CANCEL_FIELD_NUMBER: _ClassVar[int]
    FENCED_FIELD_NUMBER: _ClassVar[int]
    ACKNOWLEDGED_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_REPLY_FIELD_NUMBER: _ClassVar[int]
    GOODBYE_FIELD_NUMBER: _ClassVar[int]
    QUERY_FIELD_NUMBER: _ClassVar[int]
    OPEN_TUNNEL_FIELD_NUMBER: _ClassVar[int]
    PACE_FIELD_NUMBER: _ClassVar[int]
    CLOSE_TUNNEL_FIELD_NUMBER: _ClassVar[int]
    welcome: Welcome
    run: Run
    cancel: Cancel
    fenced: Fenced
    acknowledged: Acknowledged
    heartbeat_reply: HeartbeatReply
    goodbye: Goodbye
    query: Query
    open_tunnel: OpenTunnel
    pace: Pace
    close_tunnel: CloseTunnel
    def __init__(self, welcome: _Optional[_Union[Welcome, _Mapping]] = ..., run: _Optional[_Union[Run, _Mapping]] = ..., cancel: _Optional[_Union[Cancel, _Mapping]] = ..., fenced: _Optional[_Union[Fenced, _Mapping]] = ..., acknowledged: _Optional[_Union[Acknowledged, _Mapping]] = ..., heartbeat_reply: _Optional[_Union[HeartbeatReply, _Mapping]] = ..., goodbye: _Optional[_Union[Goodbye, _Mapping]] = ..., query: _Optional[_Union[Query, _Mapping]] = ..., open_tunnel: _Optional[_Union[OpenTunnel, _Mapping]] = ..., pace: _Optional[_Union[Pace, _Mapping]] = ..., close_tunnel: _Optional[_Union[CloseTunnel, _Mapping]] = ...) -> None: ...

class Welcome(_message.Message):
    __slots__ = ("version", "database", "protocol", "heartbeat_s", "lease_s", "renew_s")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    DATABASE_FIELD_NUMBER: _ClassVar[int]
    PROTOCOL_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_S_FIELD_NUMBER: _ClassVar[int]
    LEASE_S_FIELD_NUMBER: _ClassVar[int]
    RENEW_S_FIELD_NUMBER: _ClassVar[int]
    version: str
    database: str
    protocol: int
    heartbeat_s: float
    lease_s: float
    renew_s: float
    def __init__(self, version: _Optional[str] = ..., database: _Optional[str] = ..., protocol: _Optional[int] = ..., heartbeat_s: _Optional[float] = ..., lease_s: _Optional[float] = ..., renew_s: _Optional[float] = ...) -> None: ...

class Run(_message.Message):
    __slots__ = ("attempt", "order", "lease_s")
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    LEASE_S_FIELD_NUMBER: _ClassVar[int]
    attempt: Attempt
    order: _task_pb2.Order
    lease_s: float
    def __init__(self, attempt: _Optional[_Union[Attempt, _Mapping]] = ..., order: _Optional[_Union[_task_pb2.Order, _Mapping]] = ..., lease_s: _Optional[float] = ...) -> None: ...

class Cancel(_message.Message):
    __slots__ = ("attempt",)
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    attempt: Attempt
    def __init__(self, attempt: _Optional[_Union[Attempt, _Mapping]] = ...) -> None: ...

class Fenced(_message.Message):
    __slots__ = ("attempt",)
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    attempt: Attempt
    def __init__(self, attempt: _Optional[_Union[Attempt, _Mapping]] = ...) -> None: ...

class Acknowledged(_message.Message):
    __slots__ = ("attempt", "number")
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    attempt: Attempt
    number: int
    def __init__(self, attempt: _Optional[_Union[Attempt, _Mapping]] = ..., number: _Optional[int] = ...) -> None: ...

class HeartbeatReply(_message.Message):
    __slots__ = ("number", "want_inventory")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    WANT_INVENTORY_FIELD_NUMBER: _ClassVar[int]
    number: int
    want_inventory: bool
    def __init__(self, number: _Optional[int] = ..., want_inventory: _Optional[bool] = ...) -> None: ...

class Query(_message.Message):
    __slots__ = ("query", "subject", "deadline_s")
    QUERY_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    DEADLINE_S_FIELD_NUMBER: _ClassVar[int]
    query: int
    subject: Subject
    deadline_s: float
    def __init__(self, query: _Optional[int] = ..., subject: _Optional[_Union[Subject, str]] = ..., deadline_s: _Optional[float] = ...) -> None: ...

class OpenTunnel(_message.Message):
    __slots__ = ("tunnel", "exec", "logs")
    TUNNEL_FIELD_NUMBER: _ClassVar[int]
    EXEC_FIELD_NUMBER: _ClassVar[int]
    LOGS_FIELD_NUMBER: _ClassVar[int]
    tunnel: str
    exec: _tunnel_pb2.ExecTarget
    logs: _tunnel_pb2.LogsTarget
    def __init__(self, tunnel: _Optional[str] = ..., exec: _Optional[_Union[_tunnel_pb2.ExecTarget, _Mapping]] = ..., logs: _Optional[_Union[_tunnel_pb2.LogsTarget, _Mapping]] = ...) -> None: ...

class CloseTunnel(_message.Message):
    __slots__ = ("tunnel",)
    TUNNEL_FIELD_NUMBER: _ClassVar[int]
    tunnel: str
    def __init__(self, tunnel: _Optional[str] = ...) -> None: ...

class Pace(_message.Message):
    __slots__ = ("usage_s",)
    USAGE_S_FIELD_NUMBER: _ClassVar[int]
    usage_s: float
    def __init__(self, usage_s: _Optional[float] = ...) -> None: ...

class Goodbye(_message.Message):
    __slots__ = ("reason",)
    REASON_FIELD_NUMBER: _ClassVar[int]
    reason: str
    def __init__(self, reason: _Optional[str] = ...) -> None: ...
