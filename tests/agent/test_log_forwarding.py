"""Batches on their way to the server: in order, within a window that fits the line, and again when they were not kept."""

from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import pytest

from composia.agent.backoff import Backoff
from composia.agent.link import Link
from composia.agent.log_forwarding import FIRST_WINDOW, SMALLEST_WINDOW, WINDOW, Flow, LogForwarding
from composia.agent.log_position import LogPosition
from composia.agent.log_spool import LogSpool
from composia.agent.log_store import LogStore
from composia.core.container_log import ForwardedLogs, LogsKept
from composia.errors import Invalid, NotPossible
from tests.agent.fake_server import FakeConnection, FakeServer
from tests.agent.spooled import make_lines, make_source, put
from tests.agent.waiting import eventually

pytestmark = pytest.mark.anyio


def make_batch(number: int, size: int) -> ForwardedLogs:
    return ForwardedLogs(
        spool="s",
        number=number,
        source=make_source(),
        at_ns=(1,),
        stderr=(False,),
        partial=(False,),
        ends=(size,),
        data=b"x" * size,
    )


async def test_more_is_under_way_while_answers_come_at_once() -> None:
    flow, number = Flow(kept=0, sent=0), 0
    while flow.window < WINDOW:
        before = flow.window
        while flow.room:
            number += 1
            flow.add(make_batch(number, 100_000))
        assert flow.sent == number
        flow.take(number)
        assert flow.window > before
    assert flow.kept == number


async def test_less_is_under_way_when_answers_take_long_but_always_a_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    now = anyio.current_time()
    monkeypatch.setattr(anyio, "current_time", lambda: now)
    flow = Flow(kept=0, sent=0)
    assert flow.room == FIRST_WINDOW
    for number in range(1, 30):
        flow.add(make_batch(number, 100_000))
        now += 1.0
        flow.take(number)
    assert flow.window == SMALLEST_WINDOW
    flow.add(make_batch(30, 10_000_000))
    assert flow.room == 0
    flow.take(30)
    assert flow.room > 0


class Server(FakeServer):
    """Takes so many batches on a stream, then refuses, or breaks off. `known` is up to where it has spools."""

    limits: list[int]
    refusals: list[Exception]
    known: dict[str, int]

    async def forward_logs(self, batches: AsyncIterator[ForwardedLogs]) -> AsyncIterator[LogsKept]:
        limit = self.limits.pop(0) if self.limits else 1_000_000
        async for batch in batches:
            if not limit:
                if self.refusals:
                    raise self.refusals.pop(0)
                self.cut()
                return
            limit -= 1
            self.forwarded.append(batch)
            self._note()
            yield LogsKept(spool=batch.spool, number=max(batch.number, self.known.get(batch.spool, 0)))


@pytest.fixture
def server() -> Server:
    server = Server()
    server.limits, server.refusals, server.known = [], [], {}
    return server


def opened(tmp_path: Path) -> tuple[LogSpool, LogStore]:
    spool = LogSpool(tmp_path / "logs", 1 << 20, 1)
    return spool, LogStore(spool)


async def test_after_each_break_it_goes_on_with_the_first_that_was_not_kept(tmp_path: Path, server: Server) -> None:
    spool, store = opened(tmp_path)
    server.limits = [3, 0, 5, 1]
    link = Link()
    await store.open()
    for n in range(60):
        put(spool, b"%d" % n)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(LogForwarding(store, link).run)
        while spool.kept < 60:
            link.up(FakeConnection(server))
            with anyio.move_on_after(2):
                while spool.kept < 60:
                    await store.shrunk.next.wait()
            await link.down()
        tasks.cancel_scope.cancel()

    first: dict[int, bytes] = {}
    for batch in server.forwarded:
        assert first.setdefault(batch.number, batch.data) == batch.data
    assert list(first) == list(range(1, 61))
    assert not server.limits


async def test_a_server_that_ends_its_streams_at_once_is_not_asked_without_a_pause(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool, store = opened(tmp_path)
    asked = paused = 0

    async def ended(_: AsyncIterator[ForwardedLogs]) -> AsyncIterator[LogsKept]:
        nonlocal asked
        asked += 1
        return
        yield

    def pause_s(_: Backoff) -> float:
        nonlocal paused
        paused += 1
        return 0.0

    monkeypatch.setattr(server, "forward_logs", ended)
    monkeypatch.setattr(Backoff, "next", pause_s)
    link = Link()
    link.up(FakeConnection(server))
    await store.open()
    put(spool, b"one")
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(LogForwarding(store, link).run)
        await eventually(lambda: asked > 5)
        tasks.cancel_scope.cancel()

    assert paused >= asked - 1


async def test_what_comes_while_it_sends_is_sent_and_what_is_kept_is_removed(tmp_path: Path, server: Server) -> None:
    spool, store = opened(tmp_path)
    link = Link()
    link.up(FakeConnection(server))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(LogForwarding(store, link).run)
        await store.open()
        for n in range(20):
            lines = make_lines(b"x" * 100_000)
            await store.append(make_source(), lines, LogPosition())
            await server.until(lambda n=n: len(server.forwarded) > n)  # type: ignore[misc]
        with anyio.fail_after(20):
            while spool.kept < 20:
                shrunk = store.shrunk.next
                if spool.kept < 20:
                    await shrunk.wait()
        tasks.cancel_scope.cancel()

    assert [batch.number for batch in server.forwarded] == list(range(1, 21))
    assert spool.size < 300_000


async def test_a_refusal_is_told_once_and_does_not_end_it(
    tmp_path: Path, server: Server, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("composia.agent.log_forwarding.REFUSED_S", 0.01)
    spool, store = opened(tmp_path)
    server.limits = [0, 0, 0]
    server.refusals = [NotPossible("this server collects no logs") for _ in range(3)]
    link = Link()
    link.up(FakeConnection(server))
    await store.open()
    put(spool, b"one")
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(LogForwarding(store, link).run)
        await server.until(lambda: server.forwarded)
        tasks.cancel_scope.cancel()

    assert [batch.data for batch in server.forwarded] == [b"one"]
    assert caplog.text.count("the server takes no logs") == 1


class Choosy(FakeServer):
    """Refuses batches of the container `odd` for what they are; `interrupted` are numbers that it refuses once."""

    interrupted: set[int]

    async def forward_logs(self, batches: AsyncIterator[ForwardedLogs]) -> AsyncIterator[LogsKept]:
        async for batch in batches:
            if batch.source.id == "odd" or batch.number in self.interrupted:
                self.interrupted.discard(batch.number)
                raise Invalid("spool and source need names", where="service web")
            self.forwarded.append(batch)
            self._note()
            yield LogsKept(spool=batch.spool, number=batch.number)


async def test_what_the_server_refuses_for_what_it_is_is_dropped_and_the_rest_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    server = Choosy()
    server.interrupted = {1, 17, 40}
    spool, store = opened(tmp_path)
    link = Link()
    link.up(FakeConnection(server))
    await store.open()
    odd = {5, 6, 20, 60}
    for n in range(1, 61):
        put(spool, b"%d" % n, container="odd" if n in odd else "c1")
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(LogForwarding(store, link).run)
        await eventually(lambda: spool.kept == 60)
        tasks.cancel_scope.cancel()

    assert list(dict.fromkeys(batch.number for batch in server.forwarded)) == [n for n in range(1, 61) if n not in odd]
    told = [record for record in caplog.records if record.levelname == "ERROR"]
    assert [(vars(one)["container_id"], vars(one)["lines"], vars(one)["reason"]) for one in told] == [
        ("odd", 1, "service web: spool and source need names")
    ]


async def test_a_server_that_refuses_before_anything_was_sent_costs_nothing(
    tmp_path: Path, server: Server, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("composia.agent.log_forwarding.REFUSED_S", 0.01)
    refusals = [Invalid("this is not called so")] * 3
    forward_logs = server.forward_logs

    async def refusing(batches: AsyncIterator[ForwardedLogs]) -> AsyncIterator[LogsKept]:
        if refusals:
            raise refusals.pop()
        async for kept in forward_logs(batches):
            yield kept

    monkeypatch.setattr(server, "forward_logs", refusing)
    spool, store = opened(tmp_path)
    link = Link()
    link.up(FakeConnection(server))
    await store.open()
    put(spool, b"one")
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(LogForwarding(store, link).run)
        await server.until(lambda: server.forwarded)
        tasks.cancel_scope.cancel()

    assert [batch.data for batch in server.forwarded] == [b"one"]
    assert caplog.text.count("the server takes no logs") == 1


async def test_an_old_copy_of_a_spool_becomes_another_one_and_its_lines_are_not_passed_over(
    tmp_path: Path, server: Server
) -> None:
    """The host was put back from a backup; the server has other lines under the same numbers."""
    spool, store = opened(tmp_path)
    await store.open()
    server.known[spool.id] = 80
    for n in range(3):
        put(spool, b"%d" % n)
    link = Link()
    link.up(FakeConnection(server))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(LogForwarding(store, link).run)
        await server.until(
            lambda: len({batch.number for batch in server.forwarded if batch.spool not in server.known}) == 3
        )
        tasks.cancel_scope.cancel()

    fresh = [batch.data for batch in server.forwarded if batch.spool == spool.id]
    assert fresh == [b"0", b"1", b"2"]
