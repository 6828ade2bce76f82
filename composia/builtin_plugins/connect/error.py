"""Errors on the wire: a Connect code, and the detail `ErrorInfo`, which says what our own command line says."""

from dataclasses import asdict
from typing import Any

import protobuf
import protobuf.wkt
from connectrpc.code import Code
from connectrpc.errors import ConnectError, ErrorDetail
from google.protobuf.message import DecodeError

from composia._gen.v1 import error_pb2
from composia.builtin_plugins.connect.twins import ERROR_INFO, ErrorInfo
from composia.errors import (
    ERRORS,
    Cancelled,
    ComposiaError,
    Conflict,
    Forbidden,
    Internal,
    Invalid,
    NotFound,
    NotPossible,
    TimedOut,
    TooLarge,
    TooOften,
    Unauthenticated,
    Unavailable,
)

_CODES: dict[type[ComposiaError], Code] = {
    Invalid: Code.INVALID_ARGUMENT,
    Unauthenticated: Code.UNAUTHENTICATED,
    Forbidden: Code.PERMISSION_DENIED,
    NotFound: Code.NOT_FOUND,
    Conflict: Code.ABORTED,
    NotPossible: Code.FAILED_PRECONDITION,
    TooLarge: Code.RESOURCE_EXHAUSTED,
    TooOften: Code.RESOURCE_EXHAUSTED,
    Unavailable: Code.UNAVAILABLE,
    TimedOut: Code.DEADLINE_EXCEEDED,
    Cancelled: Code.CANCELED,
    Internal: Code.INTERNAL,
}

_CLASSES = {code: error for error, code in _CODES.items()} | {
    Code.ALREADY_EXISTS: Conflict,
    Code.OUT_OF_RANGE: Invalid,
    Code.RESOURCE_EXHAUSTED: TooLarge,
    Code.UNIMPLEMENTED: NotPossible,
    Code.UNKNOWN: Internal,
    Code.DATA_LOSS: Internal,
}

REQUEST_MAX_BYTES = 4 << 20
"""No single message of a client may be longer."""

_TYPE = error_pb2.ErrorInfo.DESCRIPTOR.full_name


class _Detail(ErrorDetail):
    """`ErrorInfo` in its binary form, and as plain JSON in `debug` where a client reads JSON."""

    def __init__(self, info: ErrorInfo) -> None:
        packed = ERROR_INFO.pack(info).SerializeToString()
        super().__init__(protobuf.wkt.Any(type_url=f"type.googleapis.com/{_TYPE}", value=packed))
        self._info = info

    def value(self, *_: Any) -> Any:
        """What the wire library shows as `debug`."""
        said = {key: text for key, text in asdict(self._info).items() if text}
        return protobuf.message_from_json_value(protobuf.wkt.Struct, said)


def to_connect(error: ComposiaError) -> ConnectError:
    """The error as it is sent."""
    return _detailed(_CODES[ERRORS[error.code]], error)


def explained(error: ConnectError) -> ConnectError:
    """An error of the wire library's own, with our detail."""
    if error.code is Code.RESOURCE_EXHAUSTED:
        limit = f"the request is larger than {REQUEST_MAX_BYTES >> 20} MiB, the most that is read"
        return to_connect(TooLarge(limit, hint="ask for less at once"))
    return _detailed(error.code, from_connect(error))


def _detailed(code: Code, error: ComposiaError) -> ConnectError:
    info = ErrorInfo(code=error.code, where=error.where, hint=error.hint, id=error.id)
    return ConnectError(code, error.message, [_Detail(info)])


def from_connect(error: ConnectError) -> ComposiaError:
    """The error as it was raised; without our detail (it comes from the wire itself) by its Connect code."""
    for detail in error.details:
        if detail.type_name == _TYPE:
            try:
                info = ERROR_INFO.unpack(error_pb2.ErrorInfo.FromString(detail.message_bytes))
            except DecodeError:
                continue
            kind = ERRORS.get(info.code, _CLASSES[error.code])
            return kind(error.message, where=info.where, hint=info.hint, id=info.id)
    return _CLASSES[error.code](error.message)
