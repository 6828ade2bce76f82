"""A transport between processes: a Unix socket a call, with pickled values, because both ends are ours."""

import asyncio
import contextlib
import pickle
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

from composia.core.container_log import ForwardedLogs, LogsKept
from composia.core.join import Joined, JoinRequest
from composia.core.session import AgentMessage, LogAck, LogBatch, ServerMessage
from composia.core.token import NewCredential
from composia.core.tunnel import TunnelDown, TunnelUp
from composia.errors import ComposiaError, Unavailable
from composia.plugins.transport import AgentConnection, Binding, ServerConnection, Serving, Target
from tests.agent.fake_server import FakeServer


async def _send(writer: asyncio.StreamWriter, value: Any) -> None:
    data = pickle.dumps(value)
    writer.write(len(data).to_bytes(4, "big") + data)
    await writer.drain()


async def _receive(reader: asyncio.StreamReader) -> Any:
    try:
        return pickle.loads(await reader.readexactly(int.from_bytes(await reader.readexactly(4), "big")))
    except (asyncio.IncompleteReadError, ConnectionResetError) as error:
        raise Unavailable("the line is dead") from error


async def _items(reader: asyncio.StreamReader) -> AsyncIterator[Any]:
    """What the other end sends, until it says that this was all; its error is raised."""
    while True:
        kind, value = await _receive(reader)
        if kind == "end":
            return
        if kind == "error":
            raise value
        yield value


async def _send_all(writer: asyncio.StreamWriter, values: AsyncIterator[Any]) -> None:
    async for value in values:
        await _send(writer, ("item", value))
    await _send(writer, ("end", None))


async def _once(answer: Awaitable[Any]) -> AsyncGenerator[Any, None]:
    yield await answer


@asynccontextmanager
async def served(server: FakeServer, socket: Path) -> AsyncIterator[None]:
    """Let agents of other processes call the server."""
    calls: set[asyncio.Task[None]] = set()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        calls.add(task)
        try:
            method, argument, token = await _receive(reader)
            server.shown.append((method, token))
            call = getattr(server, method)(_items(reader) if argument is None else argument)
            if not isinstance(call, AsyncGenerator):
                call = _once(call)
            try:
                await _send_all(writer, call)
            except ComposiaError as error:
                await _send(writer, ("error", error))
            finally:
                await call.aclose()
        except (ConnectionError, Unavailable, asyncio.CancelledError):
            pass
        finally:
            calls.discard(task)
            writer.close()

    async with await asyncio.start_unix_server(answer, socket):
        yield
        for task in tuple(calls):
            task.cancel()
        await asyncio.gather(*calls, return_exceptions=True)


class PipeTransport:
    """The agent's end; the target's URL is the path of the socket."""

    async def connect_agent(self, target: Target) -> AgentConnection:
        return _Connection(target.url, target.token)

    async def connect_server(self, target: Target) -> ServerConnection:
        raise NotImplementedError

    async def serve(self, binding: Binding) -> Serving:
        raise NotImplementedError


class _Connection:
    def __init__(self, socket: str, token: str) -> None:
        self._socket = socket
        self._token = token

    async def join(self, request: JoinRequest) -> Joined:
        (joined,) = [item async for item in self._call("join", request, None)]
        return cast("Joined", joined)

    async def renew_credential(self, credential: NewCredential) -> Joined:
        (joined,) = [item async for item in self._call("renew_credential", credential, None)]
        return cast("Joined", joined)

    async def session(self, messages: AsyncIterator[AgentMessage]) -> AsyncIterator[ServerMessage]:
        async for item in self._call("session", None, messages):
            yield item

    async def fetch_bundle(self, digest: str) -> AsyncIterator[bytes]:
        async for item in self._call("fetch_bundle", digest, None):
            yield item

    async def push_logs(self, batches: AsyncIterator[LogBatch]) -> AsyncIterator[LogAck]:
        async for item in self._call("push_logs", None, batches):
            yield item

    async def forward_logs(self, batches: AsyncIterator[ForwardedLogs]) -> AsyncIterator[LogsKept]:
        async for item in self._call("forward_logs", None, batches):
            yield item

    async def tunnel(self, messages: AsyncIterator[TunnelUp]) -> AsyncIterator[TunnelDown]:
        async for item in self._call("tunnel", None, messages):
            yield item

    async def close(self) -> None:
        pass

    async def _call(self, method: str, argument: object, values: AsyncIterator[Any] | None) -> AsyncIterator[Any]:
        try:
            reader, writer = await asyncio.open_unix_connection(self._socket)
        except OSError as error:
            raise Unavailable("nobody answers") from error
        sending = None
        try:
            await _send(writer, (method, argument, self._token))
            if values is not None:
                sending = asyncio.create_task(_send_all(writer, values))
            async for item in _items(reader):
                yield item
        except ConnectionError as error:
            raise Unavailable("the line is dead") from error
        finally:
            if sending is not None:
                sending.cancel()
                with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                    await sending
            writer.close()
