"""Each repair is needed: the same test fails on hypercorn as it is, and passes with it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import h2.connection
import h2.events
import pytest
from h2.errors import ErrorCodes
from hypercorn.asyncio.tcp_server import TCPServer
from hypercorn.asyncio.worker_context import WorkerContext
from hypercorn.config import Config
from hypercorn.protocol.h2 import BUFFER_HIGH_WATER, H2Protocol
from hypercorn.utils import wrap_app

from composia.builtin_plugins.connect import http2_repairs
from composia.builtin_plugins.connect.http2_repairs import REPAIRED, WHEN_PEER_GONE, Connection, _Http2, check_version
from composia.errors import NotPossible
from tests.builtin_plugins.connect.peer import DATA, App, Peer, settle

pytestmark = pytest.mark.anyio

DEFAULT_WINDOW = 65_535


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(
    params=[
        pytest.param(H2Protocol, id="stock", marks=pytest.mark.xfail(strict=True)),
        pytest.param(_Http2, id="repaired"),
    ]
)
def protocol(request: pytest.FixtureRequest) -> type[H2Protocol]:
    """hypercorn's HTTP/2 as it is, and as it is repaired."""
    found: type[H2Protocol] = request.param
    return found


@asynccontextmanager
async def connected(protocol: type[H2Protocol], app: App, **config: Any) -> AsyncIterator[Peer]:
    settings = Config()
    for name, value in config.items():
        setattr(settings, name, value)
    peer = Peer(protocol, app, settings)
    try:
        await peer.begin()
        yield peer
    finally:
        await peer.tasks.end()


async def start(send: Any, *, trailers: bool = False) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [], "trailers": trailers})


async def body(send: Any, data: bytes = b"", *, more: bool = False) -> None:
    await send({"type": "http.response.body", "body": data, "more_body": more})


async def answer(_scope: Any, _receive: Any, send: Any) -> None:
    await start(send)
    await body(send)


class Deaf:
    """An application whose first request waits, unread, until it is told to go on; it answers all others at once."""

    def __init__(self) -> None:
        self.go_on = asyncio.Event()
        self.heard = b""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] == "/1":
            await self.go_on.wait()
            more = True
            while more:
                message = await receive()
                assert message["type"] == "http.request"
                self.heard += message["body"]
                more = message["more_body"]
        await answer(scope, receive, send)


async def test_data_for_an_answered_stream_leaves_the_connection_whole(protocol: type[H2Protocol]) -> None:
    deaf = Deaf()
    async with connected(protocol, deaf) as peer:
        other = await peer.request(end=False)
        answered = await peer.request(end=False)
        await peer.data(answered)
        deaf.go_on.set()
        await peer.data(other, end=True)
        assert peer.statuses() == {answered: b"200", other: b"200"}


async def test_data_for_answered_streams_does_not_use_up_the_connections_window(protocol: type[H2Protocol]) -> None:
    async with connected(protocol, answer) as peer:
        for _ in range(12):
            stream = await peer.request(end=False)
            for _ in range(30):
                await peer.data(stream)
        assert len(peer.statuses()) == 12


async def test_a_lost_connection_ends_the_request_that_waits_for_its_buffer_to_drain(
    protocol: type[H2Protocol],
) -> None:
    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await start(send)
        await body(send, DATA, more=True)
        await body(send, DATA * 8)

    async with connected(protocol, app) as peer:
        await peer.request()
        assert peer.tasks.running
        await peer.lose()
        await settle()
        assert not peer.tasks.running


async def test_a_peer_that_does_not_read_is_sent_no_more_than_its_window_and_a_little(
    protocol: type[H2Protocol],
) -> None:
    sent = 0

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        nonlocal sent
        await start(send)
        for _ in range(20):
            await body(send, DATA, more=True)
            sent += len(DATA)
        await body(send)

    async with connected(protocol, app) as peer:
        stream = await peer.request()
        assert sent <= DEFAULT_WINDOW + BUFFER_HIGH_WATER
        while not peer.of(h2.events.StreamEnded):
            await peer.read(stream)
        assert sent == 20 * len(DATA)


async def test_a_request_that_is_not_read_does_not_stop_the_others(protocol: type[H2Protocol]) -> None:
    deaf = Deaf()
    async with connected(protocol, deaf) as peer:
        unread = await peer.request(end=False)
        for _ in range(3):
            for part in range(0, len(DATA), 1024):
                await peer.data(unread, DATA[part : part + 1024])
        other = await peer.request()
        assert peer.statuses() == {other: b"200"}
        deaf.go_on.set()
        await peer.data(unread, b"end", end=True)
        assert peer.statuses() == {other: b"200", unread: b"200"}
        assert deaf.heard == DATA * 3 + b"end"


async def test_sending_to_a_peer_that_is_gone_fails(protocol: type[H2Protocol]) -> None:
    failure: list[OSError] = []

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await start(send)
        try:
            while True:
                await body(send, b"tick", more=True)
                await asyncio.sleep(0)
        except OSError as error:
            failure.append(error)
            raise

    async with connected(protocol, app) as peer:
        await peer.reset(await peer.request())
        assert len(failure) == 1


async def test_who_neither_reads_nor_sends_is_told_once_that_the_peer_is_gone(protocol: type[H2Protocol]) -> None:
    told: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        scope["extensions"][WHEN_PEER_GONE](lambda: told.append(scope["path"]))
        if scope["path"] == "/1":
            await answer(scope, receive, send)
        else:
            await asyncio.Event().wait()

    async with connected(protocol, app) as peer:
        await peer.request()
        await peer.reset(await peer.request())
        assert told == ["/3"]
        await peer.request()
        await peer.lose()
        assert told == ["/3", "/5"]


async def test_trailers_end_the_stream_without_resetting_it(protocol: type[H2Protocol]) -> None:
    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await start(send, trailers=True)
        await body(send, b"message")
        await send({"type": "http.response.trailers", "headers": [(b"grpc-status", b"0")], "more_trailers": False})

    async with connected(protocol, app) as peer:
        stream = await peer.request(end=False)
        assert [list(e.headers) for e in peer.of(h2.events.TrailersReceived)] == [[(b"grpc-status", b"0")]]
        assert [e.stream_id for e in peer.of(h2.events.StreamEnded)] == [stream]
        await peer.data(stream, b"a word that crossed the end")
        assert peer.of(h2.events.StreamReset) == []


@pytest.mark.parametrize(
    "connection",
    [
        pytest.param(TCPServer, id="stock", marks=pytest.mark.xfail(strict=True)),
        pytest.param(Connection, id="repaired"),
    ],
)
async def test_a_connection_that_is_cancelled_ends_with_its_streams(connection: type[TCPServer]) -> None:
    begun = asyncio.Event()

    async def app(_scope: Any, _receive: Any, _send: Any) -> None:
        begun.set()
        await asyncio.Event().wait()

    before = asyncio.all_tasks()
    served: list[asyncio.Task[None]] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        wrapped = wrap_app(app, 0, "asgi")
        loop = asyncio.get_running_loop()
        served.append(
            loop.create_task(connection(wrapped, loop, Config(), WorkerContext(None), {}, reader, writer).run())
        )

    async with (
        await asyncio.start_server(serve, "127.0.0.1", 0) as server,
        http2_socket(server.sockets[0].getsockname()[1]) as client,
    ):
        await client.get()
        async with asyncio.timeout(5):
            await begun.wait()
        served[0].cancel()
        _, stuck = await asyncio.wait(served, timeout=2)
        while left := asyncio.all_tasks() - before:  # as it is, cancelling the connection does not do it
            for task in left:
                task.cancel()
            await asyncio.wait(left, timeout=0.1)
        assert not stuck
        await client.end()


async def test_a_connection_outlives_any_number_of_requests(protocol: type[H2Protocol]) -> None:
    deaf = Deaf()
    async with connected(protocol, deaf, keep_alive_max_requests=5) as peer:
        unread = await peer.request(end=False)
        for _ in range(8):
            await peer.request()
        assert peer.of(h2.events.ConnectionTerminated) == []
        deaf.go_on.set()
        await peer.data(unread, end=True)
        assert len(peer.statuses()) == 9


async def test_a_megabyte_can_be_uploaded_without_waiting_for_the_server(protocol: type[H2Protocol]) -> None:
    deaf = Deaf()
    async with connected(protocol, deaf) as peer:
        stream = await peer.request(end=False)
        for _ in range(64):
            await peer.data(stream)
        deaf.go_on.set()
        await peer.data(stream, b"", end=True)
        assert deaf.heard == DATA * 64


async def test_the_window_is_given_back_only_for_what_was_read() -> None:
    deaf = Deaf()
    async with connected(_Http2, deaf) as peer:
        stream = await peer.request(end=False)
        for _ in range(64):
            await peer.data(stream)
        assert peer.client.local_flow_control_window(stream) == 0
        deaf.go_on.set()
        await settle()
        assert peer.client.local_flow_control_window(stream) >= http2_repairs.STREAM_WINDOW // 2


async def test_a_peer_that_makes_and_resets_streams_without_end_is_sent_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http2_repairs, "RESETS", 20)
    deaf = Deaf()
    async with connected(_Http2, deaf) as peer:
        for _ in range(19):
            await peer.reset(await peer.request(end=False))
        assert peer.of(h2.events.ConnectionTerminated) == []
        await peer.reset(await peer.request(end=False))
        assert [e.error_code for e in peer.of(h2.events.ConnectionTerminated)] == [ErrorCodes.ENHANCE_YOUR_CALM]


def test_repairs_for_another_version_are_refused() -> None:
    check_version(REPAIRED)
    with pytest.raises(NotPossible) as refused:
        check_version("0.19.0")
    assert (str(refused.value), refused.value.hint) == (
        "hypercorn 0.19.0 is installed, and Composia's repairs of HTTP/2 are for 0.18.0",
        "install hypercorn==0.18.0",
    )


class Http2Socket:
    """A client on a real socket that reads nothing by itself."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._client = h2.connection.H2Connection()
        self._client.initiate_connection()

    async def get(self) -> None:
        headers = [(":method", "GET"), (":scheme", "http"), (":authority", "test"), (":path", "/")]
        self._client.send_headers(1, headers, end_stream=True)
        self._writer.write(self._client.data_to_send())
        await self._writer.drain()

    async def end(self) -> None:
        """Read until the server has closed it."""
        async with asyncio.timeout(10):
            while await self._reader.read(65_536):
                pass


@asynccontextmanager
async def http2_socket(port: int) -> AsyncIterator[Http2Socket]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Http2Socket(reader, writer)
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
