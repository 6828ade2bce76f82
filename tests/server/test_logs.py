"""What agents forward and people read: kept before it is acknowledged, and followed without gap or repeat."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import replace

import anyio
import pytest

from composia.core.container_log import ForwardedLogs, LogPage, LogsKept, LogsQuery
from composia.core.service import LogsRule
from composia.errors import Invalid, NotFound, NotPossible, Unavailable
from composia.plugins.log_sink import LogSink
from composia.plugins.testing.log_lines import NOON_NS, SECOND_NS, batch, source
from composia.server import logs
from composia.server.agents import Agents
from composia.server.logs import Logs
from tests.plugins.memory_log_sink import MemoryLogSink
from tests.server.world import PlayedAgent, World

pytestmark = pytest.mark.anyio

PATIENCE_S = 60


def sink_of(world: World) -> MemoryLogSink:
    """The sink that the world keeps logs in."""
    assert isinstance(world.plane.logs.sink, MemoryLogSink)
    return world.plane.logs.sink


def with_sinks(world: World, *sinks: LogSink) -> World:
    """The same world with other sinks."""
    logs = Logs([(f"sink {at}", sink) for at, sink in enumerate(sinks)], world.clock)
    return replace(world, plane=replace(world.plane, logs=logs))


def agent_of(world: World, node: str) -> Agents:
    return PlayedAgent(world=world, node=node, agent_id=node).api


async def forward(world: World, node: str, *batches: ForwardedLogs) -> list[LogsKept]:
    """Forward as the node's agent; what was acknowledged."""

    async def messages() -> AsyncIterator[ForwardedLogs]:
        for one in batches:
            yield one

    return [kept async for kept in agent_of(world, node).forward_logs(messages())]


async def lines(world: World, query: LogsQuery) -> list[bytes]:
    """What a question is answered with, to its end."""
    return [entry.data async for page in world.people.read_logs(query) for entry in page.entries]


async def until(pages: AsyncIterator[LogPage], count: int) -> list[LogPage]:
    """Pages, until that many lines have come."""
    found: list[LogPage] = []
    with anyio.fail_after(PATIENCE_S):
        while sum(len(page.entries) for page in found) < count:
            found.append(await anext(pages))
    return found


def data(pages: Sequence[LogPage]) -> list[bytes]:
    return [entry.data for page in pages for entry in page.entries]


async def test_a_batch_is_acknowledged_once_it_is_kept_and_lies_under_the_node_of_the_credential(world: World) -> None:
    assert await forward(world, "n1", batch(1, [b"one"]), batch(2, [b"two"])) == [
        LogsKept(spool="one", number=1),
        LogsKept(spool="one", number=2),
    ]
    assert await sink_of(world).sources() == {("n1", "web", "app")}


async def test_a_batch_that_cannot_be_kept_is_not_acknowledged_and_comes_again(world: World) -> None:
    sink = sink_of(world)
    sink.broken = "no space left"
    with pytest.raises(Unavailable, match="no space left"):
        await forward(world, "n1", batch(1, [b"one"]))
    sink.broken = ""

    assert await forward(world, "n1", batch(1, [b"one"])) == [LogsKept(spool="one", number=1)]
    assert await lines(world, LogsQuery()) == [b"one"]


@pytest.mark.parametrize(
    "wrong",
    [
        replace(batch(1, [b"x"]), source=source("../etc")),
        replace(batch(1, [b"x"]), source=source("web", "a b")),
        replace(batch(1, [b"x"]), at_ns=()),
        replace(batch(1, [b"x"]), at_ns=(1 << 63,)),
        replace(batch(1, [b"x"]), ends=(2,)),
        replace(batch(1, [b"x", b"y"]), ends=(2, 1)),
        replace(batch(1, [b"x\ny"])),
        replace(batch(1, [b"x"]), number=0),
        replace(batch(1, [b"x"]), spool=""),
    ],
)
async def test_what_is_no_batch_is_refused(world: World, wrong: ForwardedLogs) -> None:
    with pytest.raises(Invalid):
        await forward(world, "n1", wrong)
    assert sink_of(world).batches == []


async def test_without_sinks_nothing_is_collected_and_it_is_said(world: World) -> None:
    with pytest.raises(NotPossible, match="collects no logs"):
        await forward(with_sinks(world), "n1", batch(1, [b"one"]))


async def test_a_sink_that_keeps_is_named_once(world: World) -> None:
    with pytest.raises(Invalid, match="files is there twice"):
        Logs([("files", MemoryLogSink()), ("files", MemoryLogSink())], world.clock)


async def test_the_sinks_that_can_be_asked_are_told_by_name(world: World) -> None:
    class OneWay:
        async def append(self, _node: str, _logs: ForwardedLogs) -> int:
            return 0

        async def close(self) -> None:
            """Nothing is open."""

    beside = with_sinks(world, OneWay(), MemoryLogSink())
    alone = with_sinks(world, OneWay())

    assert (await beside.people.get_server_info()).readable_logs == ("sink 1",)
    assert (await alone.people.get_server_info()).readable_logs == ()


async def test_a_sink_that_fails_holds_up_neither_the_leading_one_nor_the_next(world: World) -> None:
    class Broken:
        asked = 0

        async def append(self, node: str, logs: ForwardedLogs) -> int:
            self.asked += 1
            raise Unavailable("nobody listens")

        async def close(self) -> None: ...

    class Wrong(Broken):
        async def append(self, node: str, logs: ForwardedLogs) -> int:
            self.asked += 1
            raise ValueError("a fault of its own")

    class Plain:
        def __init__(self) -> None:
            self.got = asyncio.Queue[bytes]()

        async def append(self, node: str, logs: ForwardedLogs) -> int:
            self.got.put_nowait(logs.data)
            return logs.number

        async def close(self) -> None: ...

    broken, wrong, plain = Broken(), Wrong(), Plain()
    world = with_sinks(world, broken, MemoryLogSink(), wrong, plain)
    world.tasks.start_soon(world.plane.logs.run)
    assert len(await forward(world, "n1", batch(1, [b"one"]), batch(2, [b"two"]))) == 2
    with anyio.fail_after(PATIENCE_S):
        assert [await plain.got.get(), await plain.got.get()] == [b"one", b"two"]
    assert await lines(world, LogsQuery()) == [b"one", b"two"]
    assert broken.asked
    assert wrong.asked == 2


@pytest.mark.parametrize("error", [ValueError("a fault of its own"), NotPossible("not today")])
async def test_a_sink_that_cannot_trim_is_asked_again(
    world: World, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    asked = asyncio.Queue[None]()

    class Untrimmed(MemoryLogSink):
        async def trim(self, now_ms: int) -> int:
            asked.put_nowait(None)
            raise error

    monkeypatch.setattr(logs, "TRIM_S", 0)
    world.tasks.start_soon(with_sinks(world, Untrimmed()).plane.logs.run)
    with anyio.fail_after(PATIENCE_S):
        await asked.get()
        await asked.get()


async def test_who_follows_gets_what_was_and_what_comes_once_each(world: World) -> None:
    """Batches flow while it is read, from two nodes and for two services."""
    going = asyncio.Event()

    async def flow(node: str) -> None:
        for number in range(1, 101):
            of = source("web" if number % 2 else "db")
            await forward(world, node, batch(number, [f"{node} {number}".encode()], of=of, at_ns=NOON_NS + number))
            if number == 30:
                going.set()

    async with anyio.create_task_group() as tasks, aclosing(world.people.read_logs(LogsQuery(follow=True))) as pages:  # type: ignore[type-var]
        for node in ("n1", "n2"):
            tasks.start_soon(flow, node)
        await going.wait()
        got = data(await until(pages, 200))
    assert sorted(got) == sorted(f"{node} {number}".encode() for node in ("n1", "n2") for number in range(1, 101))


async def test_who_follows_goes_on_at_any_page_without_gap_or_repeat(world: World) -> None:
    for number in range(1, 11):
        await forward(world, "n1", batch(number, [f"{number}.{at}".encode() for at in range(5)], at_ns=NOON_NS))
    query = LogsQuery(follow=True, tail=40)
    async with aclosing(world.people.read_logs(query)) as pages:  # type: ignore[type-var]
        first = await until(pages, 40)
        await forward(world, "n1", batch(11, [b"new", b"newer"], at_ns=NOON_NS - 1))
        first += await until(pages, 2)
    whole = data(first)
    assert whole[-2:] == [b"new", b"newer"]
    for at, page in enumerate(first):
        if not page.cursor:
            continue
        rest = whole[len(data(first[: at + 1])) :]
        async with aclosing(world.people.read_logs(replace(query, cursor=page.cursor))) as pages:  # type: ignore[type-var]
            assert data(await until(pages, len(rest))) == rest
            later_ns = NOON_NS + (100 + at) * SECOND_NS
            await forward(world, "n1", batch(12 + at, [f"mark {at}".encode()], at_ns=later_ns))
            assert data(await until(pages, 1)) == [f"mark {at}".encode()]
        whole.append(f"mark {at}".encode())


async def test_an_empty_beginning_is_said_and_followed_too(world: World) -> None:
    await world.commit("web", "n1")
    async with aclosing(world.people.read_logs(LogsQuery(services=("web",), follow=True))) as pages:  # type: ignore[type-var]
        assert "no logs of web" in (await anext(pages)).note
        await forward(world, "n1", batch(1, [b"one", b"two"]))
        assert data(await until(pages, 2)) == [b"one", b"two"]


async def test_who_follows_is_told_once_what_is_kept_has_been_looked_through(world: World) -> None:
    """At once, and by a page that can be gone on from."""
    await forward(world, "n1", batch(1, [b"one", b"two"]))
    query = LogsQuery(grep="three", follow=True)
    with anyio.fail_after(PATIENCE_S):
        async with aclosing(world.people.read_logs(query)) as pages:  # type: ignore[type-var]
            said = await anext(pages)
        assert said.entries == ()
        assert said.cursor
        await forward(world, "n1", batch(2, [b"three"]))
        async with aclosing(world.people.read_logs(replace(query, cursor=said.cursor))) as pages:  # type: ignore[type-var]
            assert data(await until(pages, 1)) == [b"three"]


async def test_a_sign_of_life_is_not_taken_for_the_end_of_what_is_kept(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "KEEPALIVE_S", 0.0)  # the sink says at first that it is looking
    await forward(world, "n1", batch(1, [b"one"]))
    async with aclosing(world.people.read_logs(LogsQuery(grep="none", follow=True))) as pages:  # type: ignore[type-var]
        assert [(page.entries, bool(page.cursor)) for page in (await anext(pages), await anext(pages))] == [
            ((), False),
            ((), True),
        ]
    alone = [page async for page in world.people.read_logs(LogsQuery(grep="none"))]
    assert [(page.entries, bool(page.cursor)) for page in alone] == [((), True)]


async def test_the_tail_is_of_what_was_and_all_of_what_comes_is_told(world: World) -> None:
    await forward(world, "n1", batch(1, [b"one", b"two"]))
    async with aclosing(world.people.read_logs(LogsQuery(tail=1, follow=True))) as pages:  # type: ignore[type-var]
        assert data(await until(pages, 1)) == [b"two"]
        await forward(world, "n1", batch(2, [b"three", b"four"]))
        assert data(await until(pages, 2)) == [b"three", b"four"]


async def test_who_follows_one_service_is_not_told_of_another(world: World) -> None:
    await forward(world, "n1", batch(1, [b"a"]), batch(2, [b"other"], of=source("db")))
    async with aclosing(world.people.read_logs(LogsQuery(services=("web",), follow=True))) as pages:  # type: ignore[type-var]
        assert data(await until(pages, 1)) == [b"a"]
        await forward(world, "n1", batch(3, [b"more"], of=source("db")), batch(4, [b"b"]))
        assert data(await until(pages, 1)) == [b"b"]


@pytest.mark.parametrize(
    ("query", "hint"),
    [
        (LogsQuery(services=("wep",)), "did you mean web?"),
        (LogsQuery(nodes=("n2",)), "known: n1"),
        (LogsQuery(services=("web",), containers=("ap",)), "did you mean app?"),
    ],
)
async def test_a_name_that_nobody_has_is_refused_with_what_may_be_meant(
    world: World, query: LogsQuery, hint: str
) -> None:
    await forward(world, "n1", batch(1, [b"one"]))
    with pytest.raises(NotFound) as refused:
        await lines(world, query)
    assert refused.value.hint == hint


@pytest.mark.parametrize(
    "query",
    [
        LogsQuery(grep="(", regex=True),
        LogsQuery(tail=-1),
        LogsQuery(tail=100_001),
        LogsQuery(follow=True, until_ms=1),
        LogsQuery(since_ms=-1),
        LogsQuery(cursor="here"),
        LogsQuery(cursor="1"),
        LogsQuery(cursor="1.2.3"),
        LogsQuery(services=("",)),
    ],
)
async def test_what_cannot_be_asked_is_refused(world: World, query: LogsQuery) -> None:
    with pytest.raises(Invalid):
        await lines(world, query)


async def test_an_order_says_whose_logs_are_collected_and_a_question_that_they_are_not(world: World) -> None:
    async with world.agent("a") as agent:
        await world.commit("web", "a", meta="logs: {collect: false, without: [main]}\n")
        await world.people.deploy(world.request("web"))
        assert (await agent.hear_run()).order.logs == LogsRule(collect=False, without=("main",))
    pages = [page async for page in world.people.read_logs(LogsQuery(services=("web",)))]
    assert [page.note for page in pages] == [
        "the logs of web are not collected, as its composia-meta.yaml says; --live asks the containers"
    ]


async def test_a_question_about_a_container_says_that_its_logs_are_not_collected(world: World) -> None:
    await world.commit("web", "a", meta="logs: {without: [main]}\n")
    notes = {
        containers: [
            page.note async for page in world.people.read_logs(LogsQuery(services=("web",), containers=containers))
        ]
        for containers in (("main",), ())
    }
    assert notes == {
        ("main",): ["the logs of main are not collected, as its composia-meta.yaml says; --live asks the containers"],
        (): ["no logs of web are kept yet; --live asks the containers"],
    }


async def test_logs_of_what_is_gone_can_still_be_read(world: World) -> None:
    """A service that Git and the nodes have forgotten, of a container that is no more."""
    await forward(world, "gone", batch(1, [b"last words"], of=source("old", "app")))
    query = LogsQuery(services=("old",), nodes=("gone",), containers=("app",))
    assert await lines(world, query) == [b"last words"]
