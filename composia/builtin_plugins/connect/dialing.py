"""A client's connections to one server, and what its failures mean."""

import asyncio
import ipaddress
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from connectrpc.code import Code
from connectrpc.errors import ConnectError
from connectrpc.request import RequestContext
from pyqwest import Client, ConnectTimeout, HTTPTransport, HTTPVersion, Proxy

from composia.builtin_plugins.connect.closing import closing
from composia.builtin_plugins.connect.error import from_connect
from composia.builtin_plugins.connect.no_answer import no_answer
from composia.core.suggest import shown
from composia.errors import Invalid, NotPossible, TimedOut
from composia.plugins.transport import Target

CONNECT_S = 5.0
KEEPALIVE_S = 10.0

ANSWER_S = 120.0
"""How long one answer may take; a sync of a large repository is the longest."""

ANSWER_MAX_BYTES = 64 << 20
"""No single message of a server is longer."""

_HOST = re.compile(r"[^\s/?#@\\%\x00-\x1f]+")

Context = RequestContext[Any, Any]
Request = TypeVar("Request")
Answer = TypeVar("Answer")


class Line:
    """The connections, and an interceptor of the calls on them: it shows the token and tells errors in our words.

    Calls go straight to the server: by no proxy and no redirect.
    """

    def __init__(self, target: Target, *, connect_s: float | None = None) -> None:
        self.url = target.url.rstrip("/")
        plaintext = _is_plaintext(target.url)
        if not (target.token.isascii() and target.token.isprintable() and target.token == target.token.strip()):
            hint = "it is one line that begins with cps_"
            raise Invalid("what was given as a token cannot be one", where=self.url, hint=hint)
        try:
            self._transport = HTTPTransport(
                tls_ca_cert=target.ca,
                tls_include_system_certs=target.ca is None,
                http_version=HTTPVersion.HTTP2 if plaintext else None,
                # One that leads nowhere and is for no host: with none at all, those of the environment would be used.
                proxy=Proxy("http://127.0.0.1:9", no_proxy="*,0.0.0.0/0,::/0"),
                follow_redirects=False,
                connect_timeout=connect_s or CONNECT_S,
                tcp_keepalive_interval=KEEPALIVE_S,
                enable_otel=False,
            )
        except (ValueError, RuntimeError) as error:
            hint = "give the file ca.pem of the server's data directory"
            raise Invalid("the CA to trust is not a PEM certificate", where=self.url, hint=hint) from error
        self.http = Client(self._transport)
        self._token = target.token

    async def close(self) -> None:
        """Let go of the connections."""
        await self._transport.aclose()

    async def intercept_unary(
        self, call_next: Callable[[Request, Context], Awaitable[Answer]], request: Request, ctx: Context, /
    ) -> Answer:
        """A call with one answer, for which it waits `ANSWER_S`."""
        self._show_token(ctx)
        try:
            async with asyncio.timeout(ANSWER_S):
                try:
                    return await call_next(request, ctx)
                except ConnectError as error:
                    raise self._meaning(error) from error
        except TimeoutError as error:
            raise TimedOut(f"no answer in {ANSWER_S:g} s", where=self.url) from error

    def intercept_server_stream(
        self, call_next: Callable[[Request, Context], AsyncIterator[Answer]], request: Request, ctx: Context, /
    ) -> AsyncIterator[Answer]:
        """A call with many answers."""
        self._show_token(ctx)
        return self._answers(call_next(request, ctx), [])

    def intercept_bidi_stream(
        self,
        call_next: Callable[[AsyncIterator[Request], Context], AsyncIterator[Answer]],
        request: AsyncIterator[Request],
        ctx: Context,
        /,
    ) -> AsyncIterator[Answer]:
        """A stream both ways. An error of what goes up ends it with that very error, which the wire would forget."""
        self._show_token(ctx)
        failures: list[Exception] = []

        async def sent() -> AsyncIterator[Request]:
            try:
                async for message in request:
                    yield message
            except Exception as error:
                failures.append(error)
                raise

        return self._answers(call_next(sent(), ctx), failures)

    async def _answers(self, answers: AsyncIterator[Answer], failures: list[Exception]) -> AsyncIterator[Answer]:
        async with closing(answers):
            try:
                async for answer in answers:
                    yield answer
            except ConnectError as error:
                if failures:
                    raise failures[0] from None
                raise self._meaning(error) from error

    def _show_token(self, ctx: Context) -> None:
        if self._token:
            ctx.request_headers["authorization"] = f"Bearer {self._token}"

    def _meaning(self, error: ConnectError) -> BaseException:
        cause = error.__cause__
        task = asyncio.current_task()
        if isinstance(cause, asyncio.CancelledError) and task is not None and task.cancelling():
            return cause  # it is our own task that is cancelled, and it has to hear so
        if isinstance(cause, ConnectTimeout) or (isinstance(cause, OSError) and not isinstance(cause, TimeoutError)):
            return no_answer(str(cause), self.url)
        if isinstance(cause, asyncio.CancelledError):
            return no_answer("the connection was closed", self.url)
        if not error.details and error.code in (Code.UNKNOWN, Code.UNIMPLEMENTED):
            return NotPossible(
                f"what answers there is no Composia server, or one of another version: {error.message}", where=self.url
            )
        if not error.details and "client error (SendRequest)" in error.message:
            return no_answer(error.message, self.url)
        return from_connect(error)


def _is_plaintext(url: str) -> bool:
    try:
        parts = urlsplit(url)
        whole = url.isprintable() and parts.port != 0 and bool(_HOST.fullmatch(parts.hostname or ""))
    except ValueError:  # a port or an IPv6 address that is none
        whole = False
    if not whole or parts.scheme not in ("http", "https") or parts.query or parts.fragment or parts.username:
        raise Invalid("not the address of a server", where=shown(url), hint="https://HOST:PORT")
    if parts.scheme == "http" and not _is_loopback(parts.hostname or ""):
        raise Invalid("without TLS only a server on this machine is called", where=url, hint="https://")
    return parts.scheme == "http"


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
