"""Connections on real sockets: how they end, and that nothing of them is left."""

import asyncio
import errno
import logging
import socket
import ssl
from collections.abc import AsyncIterator, Callable

import h2.connection
import h2.events
import pytest

from composia.builtin_plugins.connect import http2_repairs, serving
from composia.builtin_plugins.connect.transport import ConnectTransport
from composia.core.session import LogAck, LogBatch
from composia.errors import ComposiaError
from composia.plugins.testing.transport_bench import Bench, Idle, answer, soon
from composia.plugins.transport import Serving, Tls
from composia.plugins.watching import WatchEvent, WatchRequest

pytestmark = pytest.mark.anyio

EVENT = WatchEvent(cursor="1")

WATCH = [
    (":method", "POST"),
    (":scheme", "http"),
    (":authority", "a"),
    (":path", "/composia.v1.ServerService/Watch"),
    ("authorization", "Bearer admin"),
    ("content-type", "application/connect+proto"),
]


@pytest.fixture
def bench() -> Bench:
    return Bench(ConnectTransport())


@pytest.fixture
def readers(monkeypatch: pytest.MonkeyPatch) -> list[asyncio.StreamReader]:
    """What the server reads from, a connection each."""
    found: list[asyncio.StreamReader] = []
    take = serving.Port.take

    async def take_and_tell(port: serving.Port, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        found.append(reader)
        await take(port, reader, writer)

    monkeypatch.setattr(serving.Port, "take", take_and_tell)
    return found


class Raw:
    """An HTTP/2 client that says only what it is told."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.http = h2.connection.H2Connection()
        self._reader = reader
        self.writer = writer

    @classmethod
    async def connect(cls, served: Serving) -> "Raw":
        raw = cls(*await asyncio.open_connection("127.0.0.1", port_of(served)))
        raw.http.initiate_connection()
        await raw.flush()
        await raw.hear(h2.events.SettingsAcknowledged)
        return raw

    async def flush(self) -> None:
        self.writer.write(self.http.data_to_send())
        await self.writer.drain()

    async def hear(self, kind: type[h2.events.Event]) -> None:
        """Read until that was heard."""
        heard: list[h2.events.Event] = []
        while not any(isinstance(event, kind) for event in heard):
            data = await soon(self._reader.read(1 << 16))
            assert data, f"the server hung up before {kind.__name__}"
            heard = self.http.receive_data(data)
            await self.flush()

    async def end(self) -> None:
        """Read until the server hangs up."""
        while await soon(self._reader.read(1 << 16)):
            pass
        self.writer.close()


def port_of(served: Serving) -> int:
    return int(served.address.rpartition(":")[2])


async def until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110 - what is waited for tells nobody
        await asyncio.sleep(0.01)


async def test_a_peer_hears_that_the_connection_ends_before_it_does(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http2_repairs, "FAREWELL_S", 60.0)
    async with bench.serving() as served:
        raw = await Raw.connect(served)
        stopped = asyncio.ensure_future(served.stop())
        await raw.hear(h2.events.ConnectionTerminated)
        raw.writer.write_eof()
        await raw.end()
        await soon(stopped)


async def test_a_connection_whose_stream_was_reset_is_idle_again(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "DRAIN_S", 60.0)
    bench.puppet.acts["watch"] = Idle(EVENT)
    async with bench.serving() as served:
        raw = await Raw.connect(served)
        raw.http.send_headers(1, WATCH)
        raw.http.send_data(1, bytes(5), end_stream=True)
        await raw.flush()
        await raw.hear(h2.events.DataReceived)
        raw.http.reset_stream(1)
        await raw.flush()
        stopped = asyncio.ensure_future(served.stop())
        await raw.hear(h2.events.ConnectionTerminated)
        await raw.end()
        await soon(stopped)


@pytest.mark.parametrize("turns", range(8))
async def test_a_peer_that_says_goodbye_at_the_same_moment_is_not_waited_for(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, readers: list[asyncio.StreamReader], turns: int
) -> None:
    monkeypatch.setattr(http2_repairs, "FAREWELL_S", 60.0)
    monkeypatch.setattr(serving, "DRAIN_S", 60.0)
    async with bench.serving() as served:
        raw = await Raw.connect(served)
        raw.http.close_connection()
        readers[0].feed_data(raw.http.data_to_send())
        for _ in range(turns):
            await asyncio.sleep(0)
        await soon(served.stop())
        await raw.end()


@pytest.mark.parametrize("way", ["abrupt", "polite"])
async def test_nothing_is_left_of_connections_that_went_away(bench: Bench, way: str) -> None:
    bench.puppet.acts["session"] = bench.puppet.acts["watch"] = Idle(EVENT)
    async with bench.serving() as served:
        before = len(asyncio.all_tasks())
        for _ in range(20):
            raw = await Raw.connect(served)
            raw.http.send_headers(1, WATCH)
            raw.http.send_data(1, bytes(5), end_stream=True)
            await raw.flush()
            await raw.hear(h2.events.DataReceived)
            if way == "abrupt":
                raw.writer.transport.abort()
            else:
                raw.writer.close()
        await soon(until(lambda: len(asyncio.all_tasks()) <= before))


async def test_nothing_is_left_of_an_idle_connection_that_its_peer_closed(bench: Bench) -> None:
    async with bench.serving() as served:
        before = len(asyncio.all_tasks())
        for request in (b"", b"GET / HTTP/1.1\r\nhost: a\r\n\r\n"):
            reader, writer = await asyncio.open_connection("127.0.0.1", port_of(served))
            writer.write(request)
            if request:
                await soon(reader.readuntil(b"nothing is here"))
            writer.close()
        await soon(until(lambda: len(asyncio.all_tasks()) <= before))


async def test_a_network_error_that_hypercorn_does_not_know_ends_the_handler_quietly(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    idle = Idle(EVENT)
    bench.puppet.acts["watch"] = idle
    broken = False

    class Writer(asyncio.StreamWriter):
        async def drain(self) -> None:
            if broken:
                raise OSError(errno.EHOSTUNREACH, "no route to host")
            await super().drain()

    writers: list[asyncio.StreamWriter] = []
    take = serving.Port.take

    async def take_broken(port: serving.Port, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.__class__ = Writer
        writers.append(writer)
        await take(port, reader, writer)

    monkeypatch.setattr(serving.Port, "take", take_broken)
    with caplog.at_level(logging.WARNING):
        async with bench.serving() as served, bench.people(served) as people:
            events = people.watch(WatchRequest())
            await soon(anext(events))
            broken = True
            other = asyncio.ensure_future(anext(people.watch(WatchRequest())))
            await soon(idle.ended.wait())
            writers[0].transport.abort()
            with pytest.raises(ComposiaError):
                await soon(other)
    assert caplog.records == []


async def test_a_tls_peer_that_does_not_answer_the_end_is_cut_off_quietly(
    certified: tuple[Tls, bytes], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(serving, "TLS_SHUTDOWN_S", 0.1)
    bench = Bench(ConnectTransport(), tls=certified[0], ca=certified[1])
    trusting = ssl.create_default_context(cadata=certified[1].decode())
    with caplog.at_level(logging.WARNING):
        async with bench.serving() as served:

            def shake_hands() -> ssl.SSLSocket:
                plain = socket.create_connection(("127.0.0.1", port_of(served)))
                return trusting.wrap_socket(plain, server_hostname="127.0.0.1")

            silent = await asyncio.to_thread(shake_hands)
            await soon(served.stop())
        silent.close()
    assert caplog.records == []


async def test_over_http_1_a_handler_that_reads_hears_that_its_peer_is_gone(bench: Bench) -> None:
    heard: list[str] = []

    async def push_logs(batches: AsyncIterator[LogBatch]) -> AsyncIterator[LogAck]:
        try:
            async for batch in batches:
                yield LogAck(attempt=batch.attempt, offset=0)
        except ComposiaError as error:
            heard.append(f"{error.code}: {error}")
            raise

    bench.puppet.acts["push_logs"] = push_logs
    async with bench.serving() as served:
        _, writer = await asyncio.open_connection("127.0.0.1", port_of(served))
        head = (
            "POST /composia.v1.AgentService/PushLogs HTTP/1.1\r\nhost: a\r\nauthorization: Bearer node\r\n"
            "content-type: application/connect+proto\r\ntransfer-encoding: chunked\r\n\r\n"
        )
        writer.write(head.encode())
        await soon(until(lambda: bool(bench.puppet.calls)))
        writer.transport.abort()
        await soon(until(lambda: bool(heard)))
    assert heard == ["unavailable: the agent is gone"]


async def test_cookies_are_shown_to_who_names_the_caller(bench: Bench) -> None:
    bench.puppet.acts["list_nodes"] = answer(())
    async with bench.serving() as served:
        reader, writer = await asyncio.open_connection("127.0.0.1", port_of(served))
        head = (
            "GET /composia.v1.ServerService/ListNodes?encoding=json&message={} HTTP/1.1\r\nhost: a\r\n"
            'cookie: session=abc; a,b=1\r\ncookie: theme="dark"\r\nconnection: close\r\n\r\n'
        )
        writer.write(head.encode())
        assert (await soon(reader.read())).startswith(b"HTTP/1.1 401 ")
        writer.close()
    (seen,) = bench.seen
    assert seen.cookies == {"session": "abc", "a,b": "1", "theme": "dark"}


@pytest.mark.parametrize(("ended", "status"), [("viewer:1", b"401"), ("viewer:2", b"200")])
async def test_a_call_whose_body_is_held_back_does_not_outlive_its_credential(
    bench: Bench, ended: str, status: bytes
) -> None:
    bench.puppet.acts["list_nodes"] = answer(())
    async with bench.serving() as served:
        reader, writer = await asyncio.open_connection("127.0.0.1", port_of(served))
        head = (
            "POST /composia.v1.ServerService/ListNodes HTTP/1.1\r\nhost: a\r\nauthorization: Bearer viewer:1\r\n"
            "content-type: application/json\r\ncontent-length: 2\r\nconnection: close\r\n\r\n"
        )
        writer.write(head.encode())
        await soon(until(lambda: bool(bench.seen)))
        served.end_streams(ended, "it was revoked")
        writer.write(b"{}")
        told = await soon(reader.read())
        writer.close()
    assert told.split()[1] == status
    assert (b"it was revoked" in told, bool(bench.puppet.calls)) == (status == b"401", status == b"200")
