from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ReleasedContainer(_message.Message):
    __slots__ = ("service", "config_digest", "files_digest", "config_hash", "image", "image_id", "image_digest", "one_shot", "count")
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    CONFIG_DIGEST_FIELD_NUMBER: _ClassVar[int]
    FILES_DIGEST_FIELD_NUMBER: _ClassVar[int]
    CONFIG_HASH_FIELD_NUMBER: _ClassVar[int]
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    IMAGE_ID_FIELD_NUMBER: _ClassVar[int]
    IMAGE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    ONE_SHOT_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    service: str
    config_digest: str
    files_digest: str
    config_hash: str
    image: str
    image_id: str
    image_digest: str
    one_shot: bool
    count: int
    def __init__(self, service: _Optional[str] = ..., config_digest: _Optional[str] = ..., files_digest: _Optional[str] = ..., config_hash: _Optional[str] = ..., image: _Optional[str] = ..., image_id: _Optional[str] = ..., image_digest: _Optional[str] = ..., one_shot: _Optional[bool] = ..., count: _Optional[int] = ...) -> None: ...

class Release(_message.Message):
    __slots__ = ("service", "node", "task", "revision", "bundle", "project", "compose_files", "containers", "project_digest", "good", "health", "recorded_ms")
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    NODE_FIELD_NUMBER: _ClassVar[int]
    TASK_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    BUNDLE_FIELD_NUMBER: _ClassVar[int]
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    COMPOSE_FILES_FIELD_NUMBER: _ClassVar[int]
    CONTAINERS_FIELD_NUMBER: _ClassVar[int]
    PROJECT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    GOOD_FIELD_NUMBER: _ClassVar[int]
    HEALTH_FIELD_NUMBER: _ClassVar[int]
    RECORDED_MS_FIELD_NUMBER: _ClassVar[int]
    service: str
    node: str
    task: str
    revision: str
    bundle: str
    project: str
    compose_files: _containers.RepeatedScalarFieldContainer[str]
    containers: _containers.RepeatedCompositeFieldContainer[ReleasedContainer]
    project_digest: str
    good: bool
    health: str
    recorded_ms: int
    def __init__(self, service: _Optional[str] = ..., node: _Optional[str] = ..., task: _Optional[str] = ..., revision: _Optional[str] = ..., bundle: _Optional[str] = ..., project: _Optional[str] = ..., compose_files: _Optional[_Iterable[str]] = ..., containers: _Optional[_Iterable[_Union[ReleasedContainer, _Mapping]]] = ..., project_digest: _Optional[str] = ..., good: _Optional[bool] = ..., health: _Optional[str] = ..., recorded_ms: _Optional[int] = ...) -> None: ...
