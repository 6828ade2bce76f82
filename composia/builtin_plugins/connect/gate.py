"""What stands before every RPC: who is calling, may they, and which errors leave the server."""

import logging
import secrets
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any

from connectrpc.code import Code
from connectrpc.errors import ConnectError
from connectrpc.method import StreamType
from connectrpc.request import RequestContext
from starlette.requests import cookie_parser

from composia.builtin_plugins.connect.error import explained, to_connect
from composia.builtin_plugins.connect.streams import Stream, Streams, Unary, current
from composia.core.principal import Principal, allowed
from composia.errors import ComposiaError, Forbidden, Internal, Unavailable, of_the_system
from composia.plugins.auth import Credentials

log = logging.getLogger(__name__)

_caller: ContextVar[Principal] = ContextVar("caller")
_unary: ContextVar[Unary | None] = ContextVar("unary", default=None)

Context = RequestContext[Any, Any]


def caller() -> Principal:
    """Who is calling, for a call that begins now. `Unauthenticated` when what it was let in with has ended since."""
    call = _unary.get()
    if call is not None and call.error is not None:
        raise call.error
    return _caller.get()


class Gate:
    """An interceptor. As the first one it runs before a byte of the request's body is read."""

    def __init__(self, authenticate: Callable[[Credentials], Awaitable[Principal]], streams: Streams) -> None:
        self._authenticate = authenticate
        self._streams = streams
        self.closed = False

    async def on_start(self, ctx: Context) -> Stream | Unary:
        """Let the call in, or refuse it."""
        try:
            principal = await self._admit(ctx)
        except Exception as error:  # noqa: BLE001 - the text of any other stays here
            raise presentable(error, ctx.method.name) from None
        _caller.set(principal)
        if ctx.method.stream_type is StreamType.UNARY:
            call = Unary(principal.credential)
            _unary.set(call)
            self._streams.admit(call)
            return call
        stream = current.get()
        self._streams.add(stream, principal.credential)
        return stream

    async def _admit(self, ctx: Context) -> Principal:
        if self.closed:
            raise Unavailable("the server is stopping")
        principal = await self._authenticate(_credentials(ctx))
        if not allowed(principal.role, ctx.method.name):
            raise Forbidden(f"the role {principal.role} may not call this", where=ctx.method.name)
        return principal

    async def on_end(self, call: Stream | Unary, ctx: Context, error: Exception | None, /) -> None:
        """Replace an error by what its client may hear."""
        if isinstance(call, Unary):
            self._streams.dismiss(call)
        else:
            self._streams.remove(call)
            error = call.error or error
        if error is None or isinstance(error, ConnectionError):  # of a lost connection nobody hears
            return
        if not isinstance(error, ConnectError):
            raise presentable(error, ctx.method.name) from None
        if not error.details and error.code is not Code.CANCELED:
            raise explained(error) from None


def presentable(error: Exception, method: str) -> ConnectError:
    """The error as it may leave the server: what the system refuses is told as that; of any other unexpected one there is
    `internal` with an id, and its text goes to the log."""
    if isinstance(error, ComposiaError):
        return to_connect(error)
    # of those that the system refuses, the ones that people can mend have a hint
    if isinstance(error, OSError) and (refused := of_the_system(error, "the server")).hint:
        log.error("the system refuses", extra={"method": method, "where": refused.where, "error": refused.message})
        return to_connect(refused)
    internal = Internal("internal error", id=secrets.token_hex(4), hint="the server's log has more under this id")
    log.error("call failed", exc_info=error, extra={"method": method, "id": internal.id})
    return to_connect(internal)


def _credentials(ctx: Context) -> Credentials:
    headers: dict[str, str] = {}
    for field, value in ctx.request_headers.allitems():
        name = field.lower()
        separator = "; " if name == "cookie" else ", "
        headers[name] = f"{headers[name]}{separator}{value}" if name in headers else value
    return Credentials(
        method=ctx.method.name,
        headers=headers,
        cookies=cookie_parser(headers.get("cookie", "")),
        peer=ctx.client_address or "",
    )
