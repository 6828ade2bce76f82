"""Repairs of hypercorn's HTTP/2 side for streams that stay open. They look inside it, so they are for one version.

Subclasses put together here and handed to our own accept loop; nothing of hypercorn is replaced. What they repair:

 1. data for a stream that was already answered ended the whole connection
 2. a lost connection left its handlers waiting for ever
 3. a peer that does not read did not hold up its writer: memory without bound
 4. one stream's full queue held up every stream of the connection
 5. a handler could not tell that its peer was gone
 6. trailers were followed by a second end of the stream, which resets it
 7. handlers that were cancelled waited for a sender that was gone too: no shutdown
 8. after 1000 requests a connection was closed with the streams on it
 9. 64 KiB of upload in flight at most
10. a rude end of TLS was logged as an error, and a closed connection was kept until its idle time was over
"""

import asyncio
import copy
import sys
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import version
from typing import Any

from h2.errors import ErrorCodes
from h2.events import DataReceived, RequestReceived, StreamReset
from h2.events import Event as H2Event
from h2.exceptions import ProtocolError
from h2.settings import SettingCodes, Settings
from hypercorn.asyncio.task_group import TaskGroup
from hypercorn.asyncio.tcp_server import TCPServer
from hypercorn.config import Config
from hypercorn.events import Closed, Event, RawData, Updated
from hypercorn.protocol import ProtocolWrapper
from hypercorn.protocol.events import Body, Request, StreamClosed, Trailers
from hypercorn.protocol.events import Event as StreamEvent
from hypercorn.protocol.h2 import BUFFER_HIGH_WATER, BUFFER_LOW_WATER, BufferCompleteError, H2Protocol, StreamBuffer
from hypercorn.protocol.h11 import H2CProtocolRequiredError, H2ProtocolAssumedError
from hypercorn.protocol.http_stream import ASGIHTTPState, HTTPStream
from hypercorn.protocol.ws_stream import WSStream
from hypercorn.typing import ConnectionState
from hypercorn.utils import filter_pseudo_headers, parse_socket_addr
from priority.priority import DuplicateStreamError, MissingStreamError

from composia.errors import NotPossible

REPAIRED = "0.18.0"

STREAM_WINDOW = 1 << 20
CONNECTION_WINDOW = 4 << 20
"""Bytes that a peer may have sent and no handler has taken yet."""

RESETS = 1000
RESETS_S = 10.0
"""A peer that resets more streams in that time only makes work."""

FAREWELL_S = 0.5
"""How long a peer may take to hang up once it was told that the connection ends."""

WHEN_PEER_GONE = "composia.when_peer_gone"
"""ASGI extension of HTTP/2 requests: call it with a callback for the moment when nobody waits for the answer any more."""


Address = tuple[str, int] | None


class PeerGoneError(ConnectionError):
    """Raised where a handler sends what nobody will read."""


def check_version(installed: str | None = None) -> None:
    """`NotPossible` unless the installed hypercorn is the one that these repairs are for."""
    found = version("hypercorn") if installed is None else installed
    if found != REPAIRED:
        raise NotPossible(
            f"hypercorn {found} is installed, and Composia's repairs of HTTP/2 are for {REPAIRED}",
            hint=f"install hypercorn=={REPAIRED}",
        )


class Connection(TCPServer):
    """A client's connection, from its first byte to its last."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._over = asyncio.Event()

    async def run(self) -> None:
        """Serve it until one of both sides ends it."""
        try:
            peers = self._peers()
            async with TaskGroup(self.loop) as tasks:
                self._task_group = tasks
                self.protocol = self._protocol(tasks, *peers)
                await self.protocol.initiate()
                await self.idle_task.restart(tasks, self._idle_timeout)
                try:
                    await self._read_data()
                finally:
                    self._over.set()
                    await self.idle_task.stop()
        except OSError:
            pass  # the peer is gone: there is nobody to tell
        finally:
            await self._close()

    async def protocol_send(self, event: Event) -> None:
        """Send; whether it is idle does not matter any more once it is over."""
        if self._over.is_set() and isinstance(event, Updated):
            return
        try:
            await super().protocol_send(event)
        except OSError:  # hypercorn itself knows some of them only
            await self.protocol.handle(Closed())

    def _peers(self) -> tuple[Address, Address]:
        socket = self.writer.get_extra_info("socket")
        client, server = socket.getpeername(), socket.getsockname()
        return parse_socket_addr(socket.family, client), parse_socket_addr(socket.family, server)

    def _protocol(self, tasks: TaskGroup, client: Address, server: Address) -> ProtocolWrapper:
        tls = self.writer.get_extra_info("ssl_object")
        return _Protocol(
            self.app,
            self.config,
            self.context,
            tasks,
            ConnectionState(self.state),
            tls is not None,
            client,
            server,
            self.protocol_send,
            tls.selected_alpn_protocol() if tls else "http/1.1",
        )

    async def _initiate_server_close(self) -> None:
        """Say so first, and let the peer hang up: to close on data that is still coming would take ours from it."""
        if isinstance(self.protocol.protocol, _Http2):
            await self.protocol.protocol.say_goodbye()
            with suppress(TimeoutError):
                async with asyncio.timeout(FAREWELL_S):
                    await self._over.wait()
        await super()._initiate_server_close()

    async def _close(self) -> None:
        self._over.set()
        try:
            await super()._close()
        except OSError:  # of TLS: the peer hung up without a word, or says none
            self.writer.transport.abort()


class _Protocol(ProtocolWrapper):
    """Chooses HTTP/1.1 or our HTTP/2: by ALPN, by its preface, or by an upgrade."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._arguments = arguments[:-1]  # all but what ALPN said
        if isinstance(self.protocol, H2Protocol):
            self.protocol = _Http2(*self._arguments)

    async def handle(self, event: Event) -> None:
        try:
            await self.protocol.handle(event)
        except H2ProtocolAssumedError as error:
            await self._switch(error.data)
        except H2CProtocolRequiredError as error:
            await self._switch(error.data, error.headers, error.settings)

    async def _switch(self, data: bytes, *initiation: Any) -> None:
        self.protocol = _Http2(*self._arguments)
        await self.protocol.initiate(*initiation)
        if data:
            await self.protocol.handle(RawData(data=data))
        await self.send(Updated(idle=self.protocol.idle))


class _Http2(H2Protocol):
    def __init__(self, app: Any, config: Config, *arguments: Any) -> None:
        config.log  # noqa: B018 - made at first use; the copy has to share it
        config = copy.copy(config)
        config.max_app_queue_size = 0  # 4: what bounds a stream is its window, never the read loop
        config.keep_alive_max_requests = sys.maxsize  # 8
        super().__init__(app, config, *arguments)
        self.connection.local_settings = Settings(
            client=False,
            initial_values={
                SettingCodes.MAX_CONCURRENT_STREAMS: config.h2_max_concurrent_streams,
                SettingCodes.MAX_HEADER_LIST_SIZE: config.h2_max_header_list_size,
                SettingCodes.ENABLE_CONNECT_PROTOCOL: 1,
                SettingCodes.INITIAL_WINDOW_SIZE: STREAM_WINDOW,  # 9
            },
        )
        self._resets: deque[float] = deque(maxlen=RESETS)

    async def initiate(self, headers: list[tuple[bytes, bytes]] | None = None, settings: bytes | None = None) -> None:
        await super().initiate(headers, settings)
        self.connection.increment_flow_control_window(CONNECTION_WINDOW - self.connection.inbound_flow_control_window)
        await self._flush()

    async def give_credit(self, stream_id: int, received: int) -> None:
        """The peer may send that many bytes more."""
        if self.closed:
            return
        with suppress(ProtocolError):  # the stream is gone
            self.connection.acknowledge_received_data(received, stream_id)
            await self._flush()

    async def say_goodbye(self) -> None:
        """Open no new stream here."""
        with suppress(ProtocolError):  # it is closed already
            self.connection.close_connection()
            await self._flush()

    # --- from the peer

    async def handle(self, event: Event) -> None:
        if self.closed:
            return
        await super().handle(event)
        if isinstance(event, Closed):
            await self._release_all()  # 2

    async def _handle_events(self, events: list[H2Event]) -> None:
        for event in events:
            if isinstance(event, DataReceived):
                await self._take_data(event)
                continue
            await super()._handle_events([event])
            if isinstance(event, StreamReset):
                await self._take_reset(event)
        await self._flush()

    async def _take_data(self, event: DataReceived) -> None:
        stream = self.streams.get(event.stream_id)
        if isinstance(stream, _Stream) and not stream.closed and event.data:
            stream.owed.append(event.flow_controlled_length)
            await stream.handle(Body(stream_id=event.stream_id, data=event.data))
            return
        if isinstance(stream, WSStream):
            await stream.handle(Body(stream_id=event.stream_id, data=event.data))
        await self.give_credit(event.stream_id, event.flow_controlled_length)  # 1: else nobody wants it

    async def _take_reset(self, event: StreamReset) -> None:
        await self._release(event.stream_id)
        now = self.context.time()
        self._resets.append(now)
        if len(self._resets) == RESETS and now - self._resets[0] < RESETS_S:
            self.connection.close_connection(ErrorCodes.ENHANCE_YOUR_CALM)
            await self._flush()
            await self.send(Closed())
        else:
            await self.send(Updated(idle=self.idle))

    async def _create_stream(self, request: RequestReceived) -> None:
        pseudo = {name: value for name, value in request.headers or [] if name.startswith(b":")}
        method = pseudo[b":method"].decode("ascii").upper()
        kind = WSStream if method == "CONNECT" else _Stream
        stream_id = request.stream_id
        stream = kind(
            self.app,
            self.config,
            self.context,
            self.task_group,
            self.ssl,
            self.client,
            self.server,
            self.stream_send,
            stream_id,
        )
        if isinstance(stream, _Stream):
            stream.give_credit = self.give_credit
        self.streams[stream_id] = stream
        self.stream_buffers[stream_id] = _SendBuffer(self.context.event_class)
        with suppress(DuplicateStreamError):  # its PRIORITY came first
            self.priority.insert_stream(stream_id)
            self.priority.block(stream_id)
        await stream.handle(
            Request(
                stream_id=stream_id,
                headers=filter_pseudo_headers(request.headers),
                http_version="2",
                method=method,
                raw_path=pseudo[b":path"],
                state=self.connection_state,
            )
        )
        await self.context.mark_request()

    async def _close_stream(self, stream_id: int) -> None:
        stream = self.streams.get(stream_id)
        await super()._close_stream(stream_id)
        if isinstance(stream, _Stream) and stream.owed:
            owed = sum(stream.owed)
            stream.owed.clear()
            await self.give_credit(stream_id, owed)

    # --- to the peer

    async def send_task(self) -> None:
        try:
            await super().send_task()
        finally:
            self.closed = True
            await self._release_all()  # 7

    async def _send_data(self, stream_id: int) -> None:
        buffer = self.stream_buffers.get(stream_id)
        try:
            if buffer is None:
                self.priority.remove_stream(stream_id)
                return
            window = self.connection.local_flow_control_window(stream_id)
            data = await buffer.pop(max(0, min(window, self.connection.max_outbound_frame_size)))
            if data:
                self.connection.send_data(stream_id, data)
                await self._flush()
            else:
                self.priority.block(stream_id)
            if buffer.complete:
                self.connection.end_stream(stream_id)
                await self._flush()
                await self._release(stream_id)
        except (ProtocolError, MissingStreamError):  # it was closed meanwhile
            await self._release(stream_id)

    async def stream_send(self, event: StreamEvent) -> None:
        await super().stream_send(event)
        if isinstance(event, Trailers):
            await self._release(event.stream_id)  # 6

    async def _release(self, stream_id: int) -> None:
        """Drop what was to be sent, and let go of whoever waits for it to be sent."""
        buffer = self.stream_buffers.pop(stream_id, None)
        if buffer is not None:
            await buffer.close()
        with suppress(MissingStreamError):
            self.priority.remove_stream(stream_id)

    async def _release_all(self) -> None:
        for stream_id in list(self.stream_buffers):
            await self._release(stream_id)


class _SendBuffer(StreamBuffer):
    """What a handler sent and the peer's window did not take yet."""

    async def push(self, data: bytes) -> None:
        if self._complete:
            raise BufferCompleteError
        self.buffer.extend(data)
        await self._is_empty.clear()
        if len(self.buffer) >= BUFFER_HIGH_WATER:
            await self._paused.clear()
            await self._paused.wait()

    async def pop(self, max_length: int) -> bytes:
        data = bytes(self.buffer[:max_length])
        del self.buffer[:max_length]
        if len(self.buffer) < BUFFER_LOW_WATER:  # 3: what is left counts, not what was taken
            await self._paused.set()
        if not self.buffer:
            await self._is_empty.set()
        return data


class _Stream(HTTPStream):
    """A request and its answer. `owed` are the sizes of the data that the handler has not taken yet."""

    give_credit: Callable[[int, int], Any]

    def __init__(self, app: Any, *arguments: Any) -> None:
        super().__init__(self._run, *arguments)
        self._app = app
        self._when_gone: list[Callable[[], None]] = []
        self.owed: deque[int] = deque()

    async def handle(self, event: StreamEvent) -> None:
        await super().handle(event)
        if isinstance(event, StreamClosed) and self.state is not ASGIHTTPState.CLOSED:
            while self._when_gone:
                self._when_gone.pop()()

    async def _run(self, scope: Any, receive: Any, send: Any, sync_spawn: Any, call_soon: Any) -> None:
        async def receive_and_credit() -> Any:
            message = await receive()
            if message["type"] == "http.request" and message["more_body"] and self.owed:
                await self.give_credit(self.stream_id, self.owed.popleft())  # 4
            return message

        async def send_if_wanted(message: Any) -> None:
            if self.closed and self.state is not ASGIHTTPState.CLOSED:
                raise PeerGoneError  # 5
            await send(message)

        scope["extensions"][WHEN_PEER_GONE] = self._when_gone.append
        with suppress(PeerGoneError):
            await self._app(scope, receive_and_credit, send_if_wanted, sync_spawn, call_soon)
