"""Repairs of hypercorn 0.18.0's HTTP/2 side, without which long streams are not safe on it.

    1  data for a stream that is already answered ends the whole connection
    2  a connection that is lost leaves its requests waiting for ever for their buffers to drain
    3  a peer that does not read makes the send buffer grow without limit
    4  a request that is not read stops all other streams of its connection
    5  sending to a peer that is gone succeeds silently, so a handler that only sends never ends
    6  trailers are followed by a second end of the stream, which resets it
    7  stopping never ends while streams are open
    8  the thousandth request of a connection ends its open streams
    9  uploads wait for a round trip every 64 KiB

`install` puts subclasses in the places where hypercorn looks them up. They lean on its inside, so they belong to
exactly one version; each test in `test_http2_repairs.py` fails without its repair.
"""

import asyncio
import contextlib
from collections import deque
from importlib.metadata import version
from typing import Any, cast

import h2.errors
import h2.events
import h2.exceptions
import hypercorn.asyncio.tcp_server
import hypercorn.protocol
import hypercorn.protocol.h2
from h2.settings import SettingCodes, Settings
from hypercorn.asyncio.tcp_server import TCPServer
from hypercorn.events import Closed, Updated
from hypercorn.events import Event as ConnectionEvent
from hypercorn.protocol.events import Body, Event, Request, StreamClosed, Trailers
from hypercorn.protocol.h2 import BUFFER_LOW_WATER, H2Protocol, StreamBuffer
from hypercorn.protocol.http_stream import ASGIHTTPState, HTTPStream
from hypercorn.typing import ASGIReceiveEvent, ASGISendEvent
from priority.priority import MissingStreamError

from composia.errors import NotPossible

REPAIRED_VERSION = "0.18.0"

STREAM_WINDOW = 1 << 20
CONNECTION_WINDOW = 4 << 20
DEFAULT_WINDOW = (1 << 16) - 1

MAX_RESETS = 1000
RESETS_WITHIN_S = 10.0


def install() -> None:
    """Make every hypercorn server of this process use the repairs; doing it again changes nothing.

    `NotPossible` on any other version of hypercorn than the one they were made for.
    """
    installed = version("hypercorn")
    if installed != REPAIRED_VERSION:
        raise NotPossible(
            f"the HTTP/2 repairs are for hypercorn {REPAIRED_VERSION}, not {installed}",
            where="hypercorn",
            hint=f"install hypercorn=={REPAIRED_VERSION}",
        )
    for module, name, repaired in (
        (hypercorn.protocol.h2, "StreamBuffer", Outbox),
        (hypercorn.protocol.h2, "HTTPStream", Stream),
        (hypercorn.protocol, "H2Protocol", Connection),
    ):
        setattr(module, name, repaired)


class PeerGone(ConnectionResetError):
    """Raised by an application's `send` once nobody can hear it."""


class Outbox(StreamBuffer):
    """What a stream has yet to send."""

    async def pop(self, max_length: int) -> bytes:
        """Up to `max_length` bytes; the writer goes on once little is left, not once little was taken (3)."""
        data = bytes(self.buffer[:max_length])
        del self.buffer[:max_length]
        if len(self.buffer) < BUFFER_LOW_WATER:
            await self._paused.set()
        if not self.buffer:
            await self._is_empty.set()
        return data


class Inbox:
    """What a request has received and its application has not yet taken (4).

    It never makes the connection wait. Its bound is the stream's flow-control window, because the peer may go on only
    with the credit for what was taken.
    """

    def __init__(self) -> None:
        self.credit = 0
        self._data = bytearray()
        self._ended = False
        self._end_told = False
        self._gone = False
        self._news = asyncio.Event()

    def feed(self, data: bytes, credit: int) -> None:
        """Add received bytes, for which `credit` is due."""
        self._data += data
        self.credit += credit
        self._news.set()

    async def put(self, message: ASGIReceiveEvent) -> None:
        """Note the end of the request, or of its peer."""
        if message["type"] == "http.disconnect":
            self._gone = True
        else:
            self._ended = True
        self._news.set()

    async def take(self) -> tuple[ASGIReceiveEvent, int]:
        """All there is as one message, and the credit that is now due."""
        await self._news.wait()
        if not self._data and (self._end_told or not self._ended):
            return {"type": "http.disconnect"}, self.take_credit()
        body = bytes(self._data)
        self._data.clear()
        self._end_told = self._ended
        if not self._gone:
            self._news.clear()
        return {"type": "http.request", "body": body, "more_body": not self._ended}, self.take_credit()

    def take_credit(self) -> int:
        """The credit that is due; nothing is due afterwards."""
        credit, self.credit = self.credit, 0
        return credit


class Stream(HTTPStream):
    """A request whose application reads from an inbox, and hears it when its peer is gone (5)."""

    connection: "Connection"

    def __init__(self, app: Any, *arguments: Any) -> None:
        super().__init__(cast("Any", self._run), *arguments)
        self._app = app
        self.inbox = Inbox()

    async def handle(self, event: Event) -> None:
        """Take an event of the connection."""
        await super().handle(event)
        if isinstance(event, Request):
            self.app_put = self.inbox.put

    async def _run(self, scope: Any, _receive: Any, send: Any, sync_spawn: Any, call_soon: Any) -> None:
        async def receive() -> ASGIReceiveEvent:
            message, credit = await self.inbox.take()
            await self.connection.give_credit(self.stream_id, credit)
            return message

        async def send_if_heard(message: ASGISendEvent) -> None:
            if self.closed and self.state is not ASGIHTTPState.CLOSED:
                raise PeerGone
            await send(message)

        with contextlib.suppress(PeerGone):
            await self._app(scope, receive, send_if_heard, sync_spawn, call_soon)


class Connection(H2Protocol):
    """One HTTP/2 connection."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._resets: deque[float] = deque(maxlen=MAX_RESETS)
        values = dict(cast("dict[SettingCodes, int]", self.connection.local_settings))
        values[SettingCodes.INITIAL_WINDOW_SIZE] = STREAM_WINDOW
        self.connection.local_settings = Settings(client=False, initial_values=values)

    async def initiate(self, headers: list[tuple[bytes, bytes]] | None = None, settings: bytes | None = None) -> None:
        """Begin, with windows that suit more than a local network (9)."""
        await super().initiate(headers, settings)
        self.connection.increment_flow_control_window(CONNECTION_WINDOW - DEFAULT_WINDOW)
        await self._flush()

    async def handle(self, event: ConnectionEvent) -> None:
        """Take what came from the socket; once it is closed, nobody waits for its buffers any more (2, 7)."""
        if self.closed:
            return
        await super().handle(event)
        if self.closed:
            for stream_id in tuple(self.stream_buffers):
                await self._forget(stream_id)

    async def give_credit(self, stream_id: int, credit: int) -> None:
        """Let the peer send `credit` bytes more."""
        if not credit or self.closed:
            return
        with contextlib.suppress(h2.exceptions.ProtocolError):  # the connection has ended meanwhile
            self.connection.acknowledge_received_data(credit, stream_id)
            await self._flush()

    async def stream_send(self, event: Event) -> None:
        """Send what a stream has to say."""
        if self.closed and isinstance(event, StreamClosed):
            await self._close_stream(event.stream_id)
            return
        await super().stream_send(event)
        if isinstance(event, Trailers):  # they were the end (6)
            await self._forget(event.stream_id)

    async def _handle_events(self, events: list[h2.events.Event]) -> None:
        for event in events:
            if isinstance(event, h2.events.DataReceived):
                await self._receive(event)
                continue
            await super()._handle_events([event])
            if isinstance(event, h2.events.StreamReset):
                await self._forget(event.stream_id)
                if self._resets_too_often():
                    self.connection.close_connection(h2.errors.ErrorCodes.ENHANCE_YOUR_CALM)
                    await self._flush()
                    await self.send(Closed())
                    return
        await self._flush()

    async def _receive(self, event: h2.events.DataReceived) -> None:
        stream_id = event.stream_id
        data, credit = event.data or b"", event.flow_controlled_length or 0
        stream = self.streams.get(stream_id)
        if isinstance(stream, Stream) and not stream.closed and data:
            stream.inbox.feed(data, credit)
            return
        if stream is not None and not isinstance(stream, Stream):
            await stream.handle(Body(stream_id=stream_id, data=data))
        await self.give_credit(stream_id, credit)  # for an answered stream too: its bytes are dropped (1)

    def _resets_too_often(self) -> bool:
        """Whether the peer makes and resets streams only to cost us work."""
        now = asyncio.get_running_loop().time()
        self._resets.append(now)
        return len(self._resets) == MAX_RESETS and now - self._resets[0] < RESETS_WITHIN_S

    async def _create_stream(self, request: h2.events.RequestReceived) -> None:
        await super()._create_stream(request)
        self.keep_alive_requests = 0  # resets are counted instead (8)
        stream = self.streams.get(request.stream_id)
        if isinstance(stream, Stream):
            stream.connection = self

    async def _close_stream(self, stream_id: int) -> None:
        stream = self.streams.get(stream_id)
        await super()._close_stream(stream_id)
        if isinstance(stream, Stream):
            await self.give_credit(stream_id, stream.inbox.take_credit())

    async def _send_data(self, stream_id: int) -> None:
        outbox = self.stream_buffers.get(stream_id)
        if outbox is None:
            await self._forget(stream_id)
            return
        try:
            window = self.connection.local_flow_control_window(stream_id)
            data = await outbox.pop(max(0, min(window, self.connection.max_outbound_frame_size)))
            if data:
                self.connection.send_data(stream_id, data)
                await self._flush()
            else:
                self.priority.block(stream_id)
            if outbox.complete:
                self.connection.end_stream(stream_id)
                await self._flush()
                await self._forget(stream_id)
        except (h2.exceptions.ProtocolError, MissingStreamError):
            await self._forget(stream_id)  # closed meanwhile

    async def _forget(self, stream_id: int) -> None:
        """Drop what a stream has yet to send, and wake whoever waits for it."""
        outbox = self.stream_buffers.pop(stream_id, None)
        if outbox is not None:
            await outbox.close()
        with contextlib.suppress(MissingStreamError):
            self.priority.remove_stream(stream_id)


class Server(TCPServer):
    """One socket. What serves has to use this class; hypercorn's own does not end its streams when it is cancelled."""

    _ending = False

    async def protocol_send(self, event: ConnectionEvent) -> None:
        """Send to the socket."""
        if self._ending and isinstance(event, Updated):
            return  # no idle time is measured any more
        await super().protocol_send(event)

    async def _read_data(self) -> None:
        try:
            await super()._read_data()
        finally:
            self._ending = True
            if isinstance(self.protocol.protocol, Connection):
                await self.protocol.handle(Closed())

    async def _close(self) -> None:
        try:
            await super()._close()
        except OSError:  # TLS peers that hang up without a word: "SSL shutdown timed out" and the like
            self.writer.transport.abort()
