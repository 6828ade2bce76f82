from . import token_pb2 as _token_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SignInWay(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SIGN_IN_WAY_UNSPECIFIED: _ClassVar[SignInWay]
    SIGN_IN_WAY_PASSWORD: _ClassVar[SignInWay]
    SIGN_IN_WAY_TOKEN: _ClassVar[SignInWay]
    SIGN_IN_WAY_LINK: _ClassVar[SignInWay]
SIGN_IN_WAY_UNSPECIFIED: SignInWay
SIGN_IN_WAY_PASSWORD: SignInWay
SIGN_IN_WAY_TOKEN: SignInWay
SIGN_IN_WAY_LINK: SignInWay

class Caller(_message.Message):
    __slots__ = ("id", "role", "credential", "expires_ms", "may", "user")
    ID_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    CREDENTIAL_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_MS_FIELD_NUMBER: _ClassVar[int]
    MAY_FIELD_NUMBER: _ClassVar[int]
    USER_FIELD_NUMBER: _ClassVar[int]
    id: str
    role: _token_pb2.Role
    credential: str
    expires_ms: int
    may: _containers.RepeatedScalarFieldContainer[str]
    user: bool
    def __init__(self, id: _Optional[str] = ..., role: _Optional[_Union[_token_pb2.Role, str]] = ..., credential: _Optional[str] = ..., expires_ms: _Optional[int] = ..., may: _Optional[_Iterable[str]] = ..., user: _Optional[bool] = ...) -> None: ...

class UserInfo(_message.Message):
    __slots__ = ("name", "role", "created_ms", "created_by", "signed_in_ms")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    CREATED_MS_FIELD_NUMBER: _ClassVar[int]
    CREATED_BY_FIELD_NUMBER: _ClassVar[int]
    SIGNED_IN_MS_FIELD_NUMBER: _ClassVar[int]
    name: str
    role: _token_pb2.Role
    created_ms: int
    created_by: str
    signed_in_ms: int
    def __init__(self, name: _Optional[str] = ..., role: _Optional[_Union[_token_pb2.Role, str]] = ..., created_ms: _Optional[int] = ..., created_by: _Optional[str] = ..., signed_in_ms: _Optional[int] = ...) -> None: ...

class SessionInfo(_message.Message):
    __slots__ = ("id", "by", "role", "way", "created_ms", "used_ms", "expires_ms", "peer", "agent")
    ID_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    WAY_FIELD_NUMBER: _ClassVar[int]
    CREATED_MS_FIELD_NUMBER: _ClassVar[int]
    USED_MS_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_MS_FIELD_NUMBER: _ClassVar[int]
    PEER_FIELD_NUMBER: _ClassVar[int]
    AGENT_FIELD_NUMBER: _ClassVar[int]
    id: str
    by: str
    role: _token_pb2.Role
    way: SignInWay
    created_ms: int
    used_ms: int
    expires_ms: int
    peer: str
    agent: str
    def __init__(self, id: _Optional[str] = ..., by: _Optional[str] = ..., role: _Optional[_Union[_token_pb2.Role, str]] = ..., way: _Optional[_Union[SignInWay, str]] = ..., created_ms: _Optional[int] = ..., used_ms: _Optional[int] = ..., expires_ms: _Optional[int] = ..., peer: _Optional[str] = ..., agent: _Optional[str] = ...) -> None: ...
