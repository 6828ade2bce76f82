"""Calls that no RPC takes: a name that none has, a method or a content type that is not its own. The wire library answers
them with a bare status; here they become errors like all others."""

import json
from base64 import b64encode
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from http import HTTPStatus
from typing import Any

from connectrpc.code import Code
from connectrpc.errors import ConnectError
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor

from composia._gen.v1 import agent_pb2, error_pb2, server_pb2
from composia._version import __version__
from composia.builtin_plugins.connect.error import from_connect
from composia.core.suggest import did_you_mean, shown
from composia.errors import ComposiaError, Invalid, NotFound
from composia.plugins.routes import AsgiApp

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]

SERVICES: dict[str, ServiceDescriptor] = {
    service.full_name: service
    for file in (server_pb2.DESCRIPTOR, agent_pb2.DESCRIPTOR)
    for service in file.services_by_name.values()
}

PACKAGE = f"/{server_pb2.DESCRIPTOR.package}."
"""How the path of every RPC begins, and of what looks like one."""

_CODES: dict[int, Code] = {
    HTTPStatus.NOT_FOUND: Code.UNIMPLEMENTED,
    HTTPStatus.METHOD_NOT_ALLOWED: Code.INVALID_ARGUMENT,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: Code.INVALID_ARGUMENT,
}


_BY_VALUE = {code.value: code for code in Code}


def explaining(app: AsgiApp) -> AsgiApp:
    """An application of RPCs, whose answers without a word say what is wrong, and whose errors all have our detail."""

    async def run(scope: MutableMapping[str, Any], receive: Callable[[], Awaitable[Message]], send: Send) -> None:
        if strange := _strange(scope):
            await _answer(send, HTTPStatus.BAD_REQUEST, Code.INVALID_ARGUMENT, strange)
            return
        held: Message | None = None

        async def send_on(message: Message) -> None:
            nonlocal held
            if message["type"] == "http.response.start" and message["status"] >= HTTPStatus.BAD_REQUEST:
                held = message
            elif held is not None and message["type"] == "http.response.body":
                begun, held = held, None
                await _explained(scope, begun, message, send)
            else:
                await send(message)

        await app(scope, receive, send_on)

    return run


def _strange(scope: MutableMapping[str, Any]) -> Invalid | None:
    """What is wrong with a request that holds other bytes than text, which the wire library does not expect."""
    for what, data in (("query", scope["query_string"]), *((name, value) for name, value in scope["headers"])):
        try:
            data.decode()
        except UnicodeDecodeError:
            where = what if isinstance(what, str) else f"header {what.decode('latin-1')}"
            return Invalid(
                "this is no text in UTF-8", where=where, hint="percent encoding in a query, ASCII in a header"
            )
    return None


async def _explained(scope: MutableMapping[str, Any], begun: Message, body: Message, send: Send) -> None:
    """Send an answer that is an error: with more words where it has none, with our detail where that is missing."""
    headers = {name.lower(): value for name, value in begun.get("headers", ())}
    status: int = begun["status"]
    if b"content-type" not in headers and status in _CODES:
        await _answer(send, status, _CODES[status], explain(scope, status))
        return
    said = _plain(body.get("body", b"")) if headers.get(b"content-type") == b"application/json" else {}
    if "details" not in said and said.get("code") in _BY_VALUE:
        code = _BY_VALUE[said["code"]]
        await _answer(send, status, code, from_connect(ConnectError(code, str(said.get("message", "")))))
        return
    await send(begun)
    await send(body)


def _plain(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


async def no_service(scope: MutableMapping[str, Any], _: Any, send: Send) -> None:
    """Answer a call of a service that is none."""
    await _answer(send, HTTPStatus.NOT_FOUND, Code.UNIMPLEMENTED, explain(scope, HTTPStatus.NOT_FOUND))


def explain(scope: MutableMapping[str, Any], status: int) -> ComposiaError:
    """What is wrong with a request that was answered with a bare status."""
    service, _, name = scope["path"].lstrip("/").partition("/")
    if service not in SERVICES:
        return NotFound(f"no service of the API named {shown(service)}", hint=did_you_mean(service, SERVICES))
    method = SERVICES[service].methods_by_name.get(name)
    if method is None:
        known = SERVICES[service].methods_by_name
        hint = did_you_mean(name, known) or f"this server is Composia {__version__}; use that version on both sides"
        return NotFound(f"no RPC named {shown(name)}", where=service, hint=hint)
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        hint = "GET or POST" if _is_read(method) else "POST"
        return Invalid(f"this is not called by {shown(scope['method'])}", where=name, hint=hint)
    if scope["method"] == "GET":
        return Invalid("the request says not in which form it is", where=name, hint="?encoding=json&message={…}")
    given = dict(scope["headers"]).get(b"content-type", b"").decode("latin-1")
    kinds = "application/connect+json" if _is_stream(method) else "application/json"
    return Invalid(f"content type {shown(given) or 'none'} is not read here", where=name, hint=f"content-type: {kinds}")


def _is_read(method: MethodDescriptor) -> bool:
    return bool(method.GetOptions().idempotency_level == method.GetOptions().NO_SIDE_EFFECTS)


def _is_stream(method: MethodDescriptor) -> bool:
    return bool(method.client_streaming or method.server_streaming)


async def _answer(send: Send, status: int, code: Code, error: ComposiaError) -> None:
    info = {"code": error.code, "where": error.where, "hint": error.hint}
    packed = error_pb2.ErrorInfo(**info).SerializeToString()
    detail = {
        "type": error_pb2.ErrorInfo.DESCRIPTOR.full_name,
        "value": b64encode(packed).decode().rstrip("="),
        "debug": {key: text for key, text in info.items() if text},
    }
    body = json.dumps({"code": code.value, "message": error.message, "details": [detail]}).encode()
    headers: Iterable[tuple[bytes, bytes]] = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": int(status), "headers": headers, "trailers": False})
    await send({"type": "http.response.body", "body": body, "more_body": False})
