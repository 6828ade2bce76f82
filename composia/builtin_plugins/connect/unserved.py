"""Calls that no RPC takes: a name that none has, a method or a content type that is not its own. The wire library answers
them with a bare status; here they become errors like all others."""

import json
from base64 import b64encode
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from http import HTTPStatus
from typing import Any

from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor

from composia._gen.v1 import agent_pb2, error_pb2, server_pb2
from composia._version import __version__
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

_CODES = {
    HTTPStatus.NOT_FOUND: "unimplemented",
    HTTPStatus.METHOD_NOT_ALLOWED: "invalid_argument",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "invalid_argument",
}


def explaining(app: AsgiApp) -> AsgiApp:
    """An application of RPCs, whose answers without a word say what is wrong."""

    async def run(scope: MutableMapping[str, Any], receive: Callable[[], Awaitable[Message]], send: Send) -> None:
        bare: Message | None = None

        async def send_on(message: Message) -> None:
            nonlocal bare
            if message["type"] == "http.response.start" and _is_bare(message):
                bare = message
            elif bare is not None and message["type"] == "http.response.body":
                begun, bare = bare, None
                await _answer(send, HTTPStatus(begun["status"]), explain(scope, begun["status"]))
            else:
                await send(message)

        await app(scope, receive, send_on)

    return run


async def no_service(scope: MutableMapping[str, Any], _: Any, send: Send) -> None:
    """Answer a call of a service that is none."""
    await _answer(send, HTTPStatus.NOT_FOUND, explain(scope, HTTPStatus.NOT_FOUND))


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


def _is_bare(message: Message) -> bool:
    headers = {name.lower() for name, _ in message.get("headers", ())}
    return message["status"] in _CODES and b"content-type" not in headers


def _is_read(method: MethodDescriptor) -> bool:
    return bool(method.GetOptions().idempotency_level == method.GetOptions().NO_SIDE_EFFECTS)


def _is_stream(method: MethodDescriptor) -> bool:
    return bool(method.client_streaming or method.server_streaming)


async def _answer(send: Send, status: HTTPStatus, error: ComposiaError) -> None:
    info = {"code": error.code, "where": error.where, "hint": error.hint}
    packed = error_pb2.ErrorInfo(**info).SerializeToString()
    detail = {
        "type": error_pb2.ErrorInfo.DESCRIPTOR.full_name,
        "value": b64encode(packed).decode().rstrip("="),
        "debug": {key: text for key, text in info.items() if text},
    }
    body = json.dumps({"code": _CODES[status], "message": error.message, "details": [detail]}).encode()
    headers: Iterable[tuple[bytes, bytes]] = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": int(status), "headers": headers, "trailers": False})
    await send({"type": "http.response.body", "body": body, "more_body": False})
