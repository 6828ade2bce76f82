from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class NewCredential(_message.Message):
    __slots__ = ("id", "digest")
    ID_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    id: str
    digest: str
    def __init__(self, id: _Optional[str] = ..., digest: _Optional[str] = ...) -> None: ...

class JoinRequest(_message.Message):
    __slots__ = ("credential", "node", "host")
    CREDENTIAL_FIELD_NUMBER: _ClassVar[int]
    NODE_FIELD_NUMBER: _ClassVar[int]
    HOST_FIELD_NUMBER: _ClassVar[int]
    credential: NewCredential
    node: str
    host: str
    def __init__(self, credential: _Optional[_Union[NewCredential, _Mapping]] = ..., node: _Optional[str] = ..., host: _Optional[str] = ...) -> None: ...

class Joined(_message.Message):
    __slots__ = ("node", "ca", "expires_ms")
    NODE_FIELD_NUMBER: _ClassVar[int]
    CA_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_MS_FIELD_NUMBER: _ClassVar[int]
    node: str
    ca: str
    expires_ms: int
    def __init__(self, node: _Optional[str] = ..., ca: _Optional[str] = ..., expires_ms: _Optional[int] = ...) -> None: ...
