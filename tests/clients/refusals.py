"""What is refused, and what a client of any kind hears of it."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from composia.builtin_plugins.connect.twins import ErrorInfo


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """A call that is refused, the code of the protocols, the message, and the detail."""

    who: str
    method: str
    code: str
    message: str
    info: ErrorInfo
    request: dict[str, Any] = field(default_factory=dict)


def _without_token(method: str) -> Refusal:
    hint = "composia login, or `authorization: Bearer TOKEN`"
    info = ErrorInfo(code="unauthenticated", where="", hint=hint, id="")
    return Refusal(who="nobody", method=method, code="unauthenticated", message="a token is needed", info=info)


def _with_strange_token(method: str) -> Refusal:
    info = ErrorInfo(code="unauthenticated", where="", hint="composia token create", id="")
    message = "this token is not known or was revoked"
    return Refusal(who="stranger", method=method, code="unauthenticated", message=message, info=info)


def _forbidden(role: str, method: str) -> Refusal:
    info = ErrorInfo(code="forbidden", where=method, hint="", id="")
    message = f"the role {role} may not call this"
    return Refusal(who=role, method=method, code="permission_denied", message=message, info=info)


UNARY = {
    "no token": _without_token("GetStatus"),
    "wrong token": _with_strange_token("GetStatus"),
    "a viewer's change": _forbidden("viewer", "Deploy"),
    "a node's read": _forbidden("node", "GetStatus"),
    "unknown name": Refusal(
        who="admin",
        method="GetService",
        request={"name": "wbe"},
        code="not_found",
        message="no service named wbe",
        info=ErrorInfo(code="not_found", where="", hint="did you mean web?", id=""),
    ),
}

STREAMS = {
    "no token": _without_token("Watch"),
    "wrong token": _with_strange_token("Watch"),
    "a node's watch": _forbidden("node", "Watch"),
    "a cursor of nobody's": Refusal(
        who="viewer",
        method="Watch",
        request={"cursor": "x"},
        code="invalid_argument",
        message="a cursor is a text that an event carried",
        info=ErrorInfo(code="invalid", where="cursor x", hint="", id=""),
    ),
}

unary = pytest.mark.parametrize("refusal", UNARY.values(), ids=UNARY.keys())
streams = pytest.mark.parametrize("refusal", STREAMS.values(), ids=STREAMS.keys())
