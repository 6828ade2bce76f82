"""The engine's API without the SDK: answers that go on and on, and bytes both ways, without a thread for each of them."""

import json
import ssl
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from types import TracebackType
from typing import Any
from urllib.parse import urlencode, urlsplit

import anyio
import h11
from anyio.abc import ByteStream

from composia.builtin_plugins.compose.engine_errors import absent, gone, silent, words
from composia.errors import NotFound, NotPossible

_PIECE = 65_536


class EngineStream:
    """The answer to one request, on a connection of its own: its body piece by piece, or, where the connection was
    upgraded, bytes both ways. It is read only as fast as it is asked for. Close it."""

    def __init__(self, connection: ByteStream, http: h11.Connection, docker_host: str) -> None:
        self._connection = connection
        self._http = http
        self._docker_host = docker_host
        self._early = b""
        self.is_upgraded = False
        self.is_chunked = False
        self._is_raw = False

    async def __aenter__(self) -> "EngineStream":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._pieces()

    async def receive(self) -> bytes:
        """The next bytes; empty at the true end. `Unavailable` when the engine breaks off."""
        if self.is_upgraded:
            return await self._raw()
        event = await self._event()
        return bytes(event.data) if isinstance(event, h11.Data) else b""

    async def receive_raw(self) -> bytes:
        """The next bytes of the connection, with what HTTP puts between those of the body where it `is_chunked`; empty once
        the engine has closed it. Not to be mixed with `receive`, which is slower for many small pieces."""
        if not self._is_raw:
            self._is_raw = True
            if not self.is_upgraded:
                self._early = self._http.trailing_data[0]
        return await self._raw()

    async def send(self, data: bytes) -> None:
        """Send bytes on an upgraded connection; returns when there is room for more. `Unavailable` when the engine, or what
        it passes them on to, is gone."""
        try:
            await self._connection.send(data)
        except (OSError, anyio.BrokenResourceError, anyio.ClosedResourceError):
            raise gone(self._docker_host) from None

    async def send_eof(self) -> None:
        """Nothing more is sent; what comes is still read. Over TLS, where that cannot be said, nothing happens."""
        try:
            await self._connection.send_eof()
        except (NotImplementedError, OSError, anyio.BrokenResourceError, anyio.ClosedResourceError):
            return

    async def aclose(self) -> None:
        """Let go of the connection at once; what is under way is given up."""
        await anyio.aclose_forcefully(self._connection)

    async def begin(self, request: h11.Request, body: bytes) -> None:
        """Send the request and hear the head of its answer; a refusal is raised in the engine's words."""
        for event in (request, h11.Data(data=body), h11.EndOfMessage()):
            if data := self._http.send(event):
                await self._connection.send(data)
        while True:
            head = await self._event()
            if isinstance(head, h11.InformationalResponse) and head.status_code == HTTPStatus.SWITCHING_PROTOCOLS:
                self.is_upgraded = True
                self._early = self._http.trailing_data[0]
                break
            if isinstance(head, h11.Response):
                break
            if not isinstance(head, h11.InformationalResponse):
                raise gone(self._docker_host)
        headers = dict(head.headers)
        self.is_chunked = headers.get(b"transfer-encoding", b"").lower() == b"chunked"
        if head.status_code >= HTTPStatus.BAD_REQUEST:
            said = _message(b"".join([piece async for piece in self]))
            raise (NotFound if head.status_code == HTTPStatus.NOT_FOUND else NotPossible)(said)

    async def _pieces(self) -> AsyncIterator[bytes]:
        while piece := await self.receive():
            yield piece

    async def _raw(self) -> bytes:
        if self._early:
            early, self._early = self._early, b""
            return early
        try:
            return await self._connection.receive(_PIECE)
        except anyio.EndOfStream:
            return b""
        except (OSError, anyio.BrokenResourceError):
            raise gone(self._docker_host) from None

    async def _event(self) -> Any:  # h11 has no common type for what it says
        try:
            while (event := self._http.next_event()) is h11.NEED_DATA:
                try:
                    self._http.receive_data(await self._connection.receive(_PIECE))
                except anyio.EndOfStream:
                    self._http.receive_data(b"")
        except (OSError, anyio.BrokenResourceError, h11.RemoteProtocolError):
            raise gone(self._docker_host) from None
        return event


@dataclass(frozen=True, kw_only=True)
class EngineStreams:
    """Opens them. Errors: `Unavailable` when the engine is not there, breaks off, or does not begin to answer within the
    deadline, `NotFound` and `NotPossible` with its words when it refuses."""

    docker_host: str
    deadline_s: float

    async def open(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        *,
        body: object = None,
        upgrade: bool = False,
    ) -> EngineStream:
        """Send a request, with `body` as JSON, and return its answer as soon as that begins."""
        content = b"" if body is None else json.dumps(body).encode()
        headers = [("Host", "docker"), ("Content-Length", str(len(content)))]
        headers += [("Content-Type", "application/json")] if content else []
        headers += [("Connection", "Upgrade"), ("Upgrade", "tcp")] if upgrade else [("Connection", "close")]
        target = f"{path}?{urlencode(query)}" if query else path
        try:
            with anyio.fail_after(self.deadline_s):
                stream = EngineStream(await self._connect(), h11.Connection(h11.CLIENT), self.docker_host)
                try:
                    await stream.begin(h11.Request(method=method, target=target, headers=headers), content)
                except BaseException:
                    await stream.aclose()
                    raise
        except TimeoutError:
            raise silent(self.docker_host, self.deadline_s) from None
        except (OSError, anyio.BrokenResourceError) as error:
            raise absent(self.docker_host, error) from error
        return stream

    async def ask(
        self, method: str, path: str, query: Mapping[str, str] | None = None, *, body: object = None
    ) -> bytes:
        """The whole answer to a request; all of it has the deadline."""
        try:
            with anyio.fail_after(self.deadline_s):
                async with await self.open(method, path, query, body=body) as stream:
                    return b"".join([piece async for piece in stream])
        except TimeoutError:
            raise silent(self.docker_host, self.deadline_s) from None

    async def _connect(self) -> ByteStream:
        address = urlsplit(self.docker_host)
        if address.scheme == "unix":
            return await anyio.connect_unix(self.docker_host.removeprefix("unix://"))
        host, port = address.hostname or "", address.port or 0
        if address.scheme == "https":
            # an engine may end its answer by closing; that it was whole is for HTTP to say
            return await anyio.connect_tcp(
                host, port, ssl_context=ssl.create_default_context(), tls_standard_compatible=False
            )
        return await anyio.connect_tcp(host, port)


def _message(body: bytes) -> str:
    try:
        return words(json.loads(body)["message"])
    except (ValueError, KeyError, TypeError):
        return words(body.decode(errors="replace"))
