"""Logs straight from the containers: through a tunnel to each, by time, or as they come."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import replace

import anyio
import anyio.lowlevel
import pytest

from composia.core.container import Container
from composia.core.container_log import ForwardedLogs, LogEntry, LogPage, LogSource, LogsQuery
from composia.core.task import TaskError
from composia.core.tunnel import Exited, LogsTarget, Output
from composia.errors import Invalid, NotPossible
from composia.server import live_logs
from composia.server.logs import Logs
from tests.server.playing import End, answered, hear_open
from tests.server.world import PlayedAgent, World, container

pytestmark = pytest.mark.anyio

PATIENCE_S = 60
LIVE = LogsQuery(services=("web",), live=True)
NOON_NS = 1_793_707_200_000_000_000


@asynccontextmanager
async def printing(world: World, *nodes: str) -> AsyncIterator[list[PlayedAgent]]:
    """A service that runs on these nodes."""
    await world.commit("web", *nodes, meta=f"deploy: {{max_parallel: {len(nodes)}}}\n")
    async with AsyncExitStack() as stack:
        agents = [await stack.enter_async_context(world.agent(node)) for node in nodes]
        await world.people.deploy(world.request("web"))
        for agent in agents:
            await agent.finish(await agent.hear_run())
            await agent.see(of_node(agent.node))
        yield agents


def of_node(node: str) -> Container:
    return replace(container(), id=f"web-on-{node}", name=f"web-main-{node}")


def said(at_s: int, text: bytes, *, stderr: bool = False) -> Output:
    return Output(data=b"2026-11-03T12:00:%02d.000000007Z %b\n" % (at_s, text), stderr=stderr)


def entry(node: str, at_s: int, text: bytes, *, stderr: bool = False) -> LogEntry:
    return LogEntry(
        node=node,
        source=LogSource(service="web", container="main", name=f"web-main-{node}", id=f"web-on-{node}"),
        at_ns=NOON_NS + at_s * 1_000_000_000 + 7,
        stderr=stderr,
        data=text,
    )


async def play(
    agents: list[PlayedAgent], *says: list[Output | Exited], targets: list[LogsTarget] | None = None
) -> None:
    """Answer the one tunnel that each agent is asked for, and wait until the server wants it no more."""

    async def one(agent: PlayedAgent, messages: list[Output | Exited]) -> None:
        asked = await hear_open(agent)
        assert isinstance(asked.target, LogsTarget)
        if targets is not None:
            targets.append(asked.target)
        async with answered(agent, asked.tunnel) as end:
            end.say(*messages)
            await end.over.wait()

    with anyio.fail_after(PATIENCE_S):
        async with anyio.create_task_group() as tasks:
            for agent, messages in zip(agents, says, strict=True):
                tasks.start_soon(one, agent, messages)


async def read(world: World, query: LogsQuery) -> list[LogPage]:
    with anyio.fail_after(PATIENCE_S):
        return [page async for page in world.people.read_logs(query)]


async def answers(
    world: World, query: LogsQuery, agents: list[PlayedAgent], *says: list[Output | Exited]
) -> tuple[list[LogEntry], list[str], list[LogsTarget]]:
    """The lines, the notes, and what the agents were asked for."""
    pages: list[LogPage] = []
    targets: list[LogsTarget] = []

    async def ask() -> None:
        pages.extend(await read(world, query))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(ask)
        await play(agents, *says, targets=targets)
    return (
        [line for page in pages for line in page.entries],
        [page.note for page in pages if page.note],
        sorted(targets, key=lambda target: target.container_id),
    )


async def test_lines_of_all_containers_come_by_time_whole_however_they_were_cut(world: World) -> None:
    async with printing(world, "a", "b") as agents:
        lines, notes, targets = await answers(
            world,
            LIVE,
            agents,
            [said(1, b"one"), Output(data=said(3, b"\xff thr").data[:-1]), Output(data=b"ee\n"), Exited()],
            [said(2, b"two", stderr=True), Output(data=said(4, b"four").data[:-1]), Exited()],
        )
    assert lines == [
        entry("a", 1, b"one"),
        entry("b", 2, b"two", stderr=True),
        entry("a", 3, b"\xff three"),
        entry("b", 4, b"four"),
    ]
    assert notes == []
    assert targets == [LogsTarget(container_id="web-on-a"), LogsTarget(container_id="web-on-b")]


async def test_the_last_lines_are_asked_of_each_and_chosen_of_all(world: World) -> None:
    async with printing(world, "a", "b") as agents:
        says: tuple[list[Output | Exited], ...] = (
            [said(1, b"1 x"), said(3, b"3"), Exited()],
            [said(2, b"2 x"), said(4, b"4 x"), Exited()],
        )
        lines, _, targets = await answers(world, replace(LIVE, tail=2), agents, *says)
        assert [line.data for line in lines] == [b"3", b"4 x"]
        assert {target.tail for target in targets} == {2}
        lines, _, targets = await answers(world, replace(LIVE, tail=2, grep="x"), agents, *says)
        assert [line.data for line in lines] == [b"2 x", b"4 x"]
        assert {target.tail for target in targets} == {0}


async def test_who_follows_gets_lines_as_they_come_and_the_tunnels_end_with_him(world: World) -> None:
    async with printing(world, "a") as [agent], aclosing(world.people.read_logs(replace(LIVE, follow=True))) as pages:  # type: ignore[type-var]
        got: list[LogEntry] = []
        news = anyio.Event()

        async def follow() -> None:
            nonlocal news
            async for page in pages:
                got.extend(page.entries)
                news.set()

        with anyio.fail_after(PATIENCE_S):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(follow)
                asked = await hear_open(agent)
                async with answered(agent, asked.tunnel) as end:
                    for at in (1, 2, 3):
                        end.say(said(at, b"%d" % at))
                        while len(got) < at:
                            await news.wait()
                            news = anyio.Event()
                    tasks.cancel_scope.cancel()
                    await wait_over(end)
        assert got == [entry("a", at, b"%d" % at) for at in (1, 2, 3)]


async def test_who_follows_what_he_searches_for_gets_the_last_of_what_was_and_all_that_comes(world: World) -> None:
    """Of all containers, by time; one has printed nothing yet, and one cannot be asked."""
    came: asyncio.Queue[LogEntry] = asyncio.Queue()
    notes: list[str] = []
    query = replace(LIVE, follow=True, grep="x", tail=3)
    targets: list[LogsTarget] = []

    async def follow() -> None:
        async for page in world.people.read_logs(query):
            for line in page.entries:
                came.put_nowait(line)
            notes.extend([page.note] if page.note else [])

    async def tunnel(agent: PlayedAgent, stack: AsyncExitStack, error: TaskError | None = None) -> End:
        asked = await hear_open(agent)
        assert isinstance(asked.target, LogsTarget)
        targets.append(asked.target)
        return await stack.enter_async_context(answered(agent, asked.tunnel, error))

    async with printing(world, "a", "b", "c", "d") as [one, two, silent, broken], AsyncExitStack() as stack:
        with anyio.fail_after(PATIENCE_S):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(follow)
                await tunnel(broken, stack, TaskError(code=NotPossible.code, message="the driver keeps none"))
                (await tunnel(one, stack)).say(said(9, b"9"), Exited())
                (await tunnel(two, stack)).say(said(8, b"8 x"), Exited())
                (await tunnel(silent, stack)).say(Exited())
                first, second = await tunnel(one, stack), await tunnel(two, stack)
                second.say(said(2, b"2 x"), said(4, b"4 x"), said(6, b"6"), said(8, b"8 x"), said(10, b"10 x"))
                first.say(said(1, b"1 x"), said(3, b"3 x"), said(5, b"5 x"))
                first.say(said(9, b"9"), said(11, b"11 x"), said(12, b"12"))
                third = await tunnel(silent, stack)
                assert [(await came.get()).data for _ in range(3)] == [b"4 x", b"5 x", b"8 x"]
                assert {(await came.get()).data for _ in range(2)} == {b"10 x", b"11 x"}
                third.say(said(7, b"7 x"))
                assert await came.get() == entry("c", 7, b"7 x")
                tasks.cancel_scope.cancel()
    assert notes == ["web-main-d on d: the driver keeps none"]
    last = [target for target in targets if not target.follow]
    assert {target.tail for target in last} == {1}
    assert {target.tail for target in targets if target.follow} == {0}


async def test_a_container_that_has_not_ended_its_line_keeps_nobody_from_what_was_and_what_comes(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its last line was seen when it was asked, and comes only with what it prints next."""
    monkeypatch.setattr(live_logs, "QUIET_S", 0.3)
    query = replace(LIVE, follow=True, grep="x", tail=1)
    came: asyncio.Queue[bytes] = asyncio.Queue()

    async def follow() -> None:
        async for page in world.people.read_logs(query):
            for line in page.entries:
                came.put_nowait(line.data)

    async with printing(world, "a", "b") as [open_, other], AsyncExitStack() as stack:

        async def tunnel(agent: PlayedAgent) -> End:
            return await stack.enter_async_context(answered(agent, (await hear_open(agent)).tunnel))

        with anyio.fail_after(PATIENCE_S):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(follow)
                begun = said(5, b"begun x")
                unended = replace(begun, data=begun.data.removesuffix(b"\n"))
                (await tunnel(open_)).say(unended, Exited())
                (await tunnel(other)).say(said(2, b"2 x"), Exited())
                silent, talks = await tunnel(open_), await tunnel(other)
                silent.say(said(3, b"3 x"), unended)
                talks.say(said(1, b"1 x"), said(2, b"2 x"), said(4, b"4 x"))
                seen: set[bytes] = set()
                while not seen >= {b"3 x", b"4 x"}:  # and earlier ones, if that took longer than the silence
                    seen.add(await came.get())
                silent.say(replace(begun, data=b"\n"))
                assert await came.get() == b"begun x"
                tasks.cancel_scope.cancel()


async def test_who_follows_what_he_searches_for_hears_of_the_past_of_what_ends_meanwhile(world: World) -> None:
    async with printing(world, "a") as [agent]:
        query = replace(LIVE, follow=True, grep="x", tail=1)
        pages: list[LogPage] = []

        async def ask() -> None:
            pages.extend(await read(world, query))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ask)
            await play([agent], [said(3, b"3"), Exited()])
            await play([agent], [said(1, b"1 x"), said(2, b"2 x"), Exited()])
    assert [line.data for page in pages for line in page.entries] == [b"2 x"]


async def test_who_follows_what_says_nothing_hears_soon_that_he_does_and_then_now_and_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_logs, "FIRST_S", 0.1)
    monkeypatch.setattr(live_logs, "KEEPALIVE_S", 1000.0)
    async with printing(world, "a"), aclosing(world.people.read_logs(replace(LIVE, follow=True))) as pages:  # type: ignore[type-var]
        with anyio.fail_after(PATIENCE_S):
            assert await anext(pages) == LogPage()
        monkeypatch.setattr(live_logs, "KEEPALIVE_S", 0.1)
        with anyio.fail_after(PATIENCE_S):
            assert await anext(pages) == LogPage()


async def test_a_line_that_comes_as_a_wait_ends_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_logs, "FIRST_S", 0.1)
    send, receive = anyio.create_memory_object_stream[LogEntry | str](1)
    line, loop = entry("a", 1, b"one"), asyncio.get_running_loop()
    loop.call_later(0.05, send.send_nowait, line)
    loop.call_later(0.01, time.sleep, 0.3)  # so that both are due in one turn, the line first
    with send:
        async with aclosing(live_logs._as_they_come(receive)) as said:
            with anyio.fail_after(PATIENCE_S):
                assert await anext(said) == [line]


async def wait_over(end: End) -> None:
    """Even though whoever followed has gone."""
    with anyio.CancelScope(shield=True), anyio.fail_after(PATIENCE_S):
        await end.over.wait()


async def test_a_container_that_cannot_be_asked_is_a_note_and_hides_no_other(world: World) -> None:
    async with printing(world, "a", "b") as [one, two]:

        async def refuse() -> None:
            asked = await hear_open(two)
            async with answered(two, asked.tunnel, TaskError(code=NotPossible.code, message="the driver keeps none")):
                await anyio.lowlevel.checkpoint()

        pages: list[LogPage] = []

        async def ask() -> None:
            pages.extend(await read(world, LIVE))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ask)
            tasks.start_soon(refuse)
            await play([one], [said(1, b"one"), Exited()])
    assert [page.note for page in pages if page.note] == ["web-main-b on b: the driver keeps none"]
    assert [line for page in pages for line in page.entries] == [entry("a", 1, b"one")]


async def test_a_line_that_never_ends_comes_in_pieces(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_logs, "LONGEST", 100)
    whole = said(1, b"x" * 250).data
    async with printing(world, "a") as agents:
        lines, _, _ = await answers(world, LIVE, agents, [Output(data=whole[:150]), Output(data=whole[150:]), Exited()])
    assert b"".join(line.data for line in lines) == b"x" * 250
    assert [line.partial for line in lines] == [True, False]
    assert {line.at_ns for line in lines} == {entry("a", 1, b"").at_ns}


@pytest.mark.parametrize("sinks", [[], ["plain"]])
async def test_where_nothing_can_be_asked_the_containers_are_and_it_is_said(world: World, sinks: list[str]) -> None:
    logs = Logs([(name, Plain()) for name in sinks], world.clock)
    world = replace(world, plane=replace(world.plane, logs=logs))
    async with printing(world, "a") as agents:
        lines, notes, _ = await answers(world, replace(LIVE, live=False), agents, [said(1, b"one"), Exited()])
    assert lines == [entry("a", 1, b"one")]
    assert notes == ["nothing keeps logs here, so the containers are asked"]


class Plain:
    """A sink that cannot be asked."""

    async def append(self, node: str, logs: ForwardedLogs) -> int:
        """Forget it."""
        return logs.number

    async def close(self) -> None:
        """Nothing."""


async def test_what_is_not_there_cannot_be_asked(world: World) -> None:
    await world.commit("web", "a")
    with pytest.raises(NotPossible, match="no container"):
        await read(world, LIVE)
    with pytest.raises(Invalid):
        await read(world, replace(LIVE, cursor="1.2"))
