"""The contract of what an executor sees. Subclass it as `composia.plugins.testing.executor` says.

1. EventsContract; and LostEventsContract, for an executor with an engine that may hang or go: it has to give the fixtures
   `hung`, as for HungContract, and `gone`, a context in which the engine is not there
2. EventsContract
"""

import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AbstractContextManager, aclosing, asynccontextmanager

import anyio
import pytest

from composia.core.container import Container, ContainerHealth, ContainerState
from composia.core.task import TaskKind
from composia.errors import Unavailable
from composia.plugins.executor import Executor, Outcome, Work
from composia.plugins.executor_seeing import EngineEvent
from composia.plugins.testing.executor_bench import (
    PATIENCE_S,
    Behaviour,
    Bench,
    Contract,
    Supervisor,
    done,
    own,
    released,
)

NOTICED_WITHIN_S = 30.0
"""With an engine deadline of a few seconds; the rest is for a busy machine."""


class Listening:
    """Remembers events of the containers of a project, with what the inventory showed right after each of them."""

    def __init__(self, executor: Executor, bench: Bench) -> None:
        self.heard: list[tuple[str, Container | None]] = []
        self.at_ns: list[int] = []
        self.listens = anyio.Event()
        self._executor = executor
        self._bench = bench

    @property
    def actions(self) -> list[str]:
        """What happened, in order."""
        return [action for action, _ in self.heard]

    async def run(self) -> None:
        """Listen until cancelled."""
        mine: set[str] = set()
        async with aclosing(self._executor.events()) as events:
            assert await anext(events) == EngineEvent()
            self.listens.set()
            async for event in events:
                seen = {container.id: container for container in await self._executor.inventory()}
                mine |= {id_ for id_, container in seen.items() if container.project == self._bench.project}
                if event.container in mine:
                    self.heard.append((event.action, seen.get(event.container)))
                    self.at_ns.append(event.at_ns)

    async def until(self, action: str) -> None:
        """Wait for a further one."""
        already = self.actions.count(action)
        await self._bench.until(lambda: self.actions.count(action) > already)


@asynccontextmanager
async def listening(executor: Executor, bench: Bench) -> AsyncIterator[Listening]:
    """Listen during a block."""
    ear = Listening(executor, bench)
    async with anyio.create_task_group() as group:
        group.start_soon(ear.run)
        with anyio.fail_after(PATIENCE_S):
            await ear.listens.wait()
        yield ear
        group.cancel_scope.cancel()


async def and_until(action: str, ear: Listening, executor: Executor, work: Work) -> None:
    """Do a work and wait for an event of it."""
    async with anyio.create_task_group() as group:
        group.start_soon(ear.until, action)
        assert (await done(executor, work)).error is None


class EventsContract(Contract):
    """Promises 1 and 2: what happens to a container comes at once, and what is seen then is as new."""

    async def test_1_what_happens_comes_in_order_and_2_is_seen_then(self, bench: Bench) -> None:
        """From its making to its end."""
        async with bench.opened() as executor, listening(executor, bench) as ear:
            await and_until("start", ear, executor, bench.work(behaviour=Behaviour.RUNS))
            await and_until("die", ear, executor, bench.work(TaskKind.STOP))
            await and_until("start", ear, executor, bench.work(TaskKind.START))
            await and_until("destroy", ear, executor, bench.work(TaskKind.DOWN))

        lives = [action for action in ear.actions if action in ("create", "start", "die", "destroy")]
        assert lives == ["create", "start", "die", "start", "die", "destroy"]
        assert ear.at_ns == sorted(ear.at_ns)
        assert min(ear.at_ns) > 0
        shown = {(action, container and container.state) for action, container in ear.heard}
        assert ("die", ContainerState.RUNNING) not in shown
        assert ("destroy", None) in shown

    async def test_2_a_start_and_an_end_are_seen_as_soon_as_they_are_told(self, bench: Bench) -> None:
        """Again and again, since luck may hide that they are not."""
        async with bench.opened() as executor:
            await released(executor, bench.work(behaviour=Behaviour.RUNS))
            [container] = (await own(executor, bench)).values()
            async with listening(executor, bench) as ear:
                for _ in range(3):
                    await and_until("die", ear, executor, bench.work(TaskKind.STOP))
                    await and_until("start", ear, executor, bench.work(TaskKind.START))

        starts = [seen for action, seen in ear.heard if action == "start"]
        ends = [seen for action, seen in ear.heard if action == "die"]
        assert [seen and seen.state for seen in starts] == [ContainerState.RUNNING] * 3
        assert [seen and seen.state for seen in ends] == [ContainerState.EXITED] * 3
        began = [seen.started_ms for seen in starts if seen]
        assert sorted({container.started_ms, *began}) == [container.started_ms, *began]

    @pytest.mark.parametrize(
        ("behaviour", "health"),
        [(Behaviour.HEALTHY, ContainerHealth.HEALTHY), (Behaviour.UNHEALTHY, ContainerHealth.UNHEALTHY)],
    )
    async def test_1_the_end_of_a_healthcheck_is_told(
        self, bench: Bench, behaviour: Behaviour, health: ContainerHealth
    ) -> None:
        """And nothing of each time that it is made."""
        outcomes: list[Outcome] = []
        async with bench.opened() as executor, listening(executor, bench) as ear:
            work = bench.work(behaviour=behaviour)

            async def deploy() -> None:
                outcomes.append(await executor.run(work, Supervisor()))

            async with anyio.create_task_group() as group:
                group.start_soon(deploy)
                await bench.until(lambda: any(seen and seen.health is health for _, seen in ear.heard))
                group.cancel_scope.cancel()

        assert {action for action in ear.actions if action.startswith("exec")} == set()

    async def test_1_any_number_may_listen_and_leave_nothing_behind(self, bench: Bench) -> None:
        """No thread, and nobody hears less because another one has gone."""
        async with bench.opened() as executor:
            await executor.inventory()
            before = set(threading.enumerate())
            several: list[AsyncGenerator[EngineEvent]] = [executor.events() for _ in range(8)]
            for events in several:
                assert await anext(events) == EngineEvent()
            assert set(threading.enumerate()) <= before
            for events in several[1:]:
                await events.aclose()
            await released(executor, bench.work(behaviour=Behaviour.RUNS))
            with anyio.fail_after(PATIENCE_S):
                while (await anext(several[0])).action != "start":
                    continue
            await several[0].aclose()


class LostEventsContract(Contract):
    """Promise 1: it is noticed when nothing can come any more."""

    async def test_1_a_hung_engine_breaks_the_stream(
        self, bench: Bench, hung: Callable[[], AbstractContextManager[None]]
    ) -> None:
        """Though nothing tells it from one that has nothing to say."""
        async with bench.opened() as executor, aclosing(executor.events()) as events:
            await anext(events)
            with hung(), anyio.fail_after(NOTICED_WITHIN_S), pytest.raises(Unavailable):
                await _until_it_breaks(events)

    async def test_1_an_engine_that_goes_breaks_the_stream(
        self, bench: Bench, gone: Callable[[], AbstractContextManager[None]]
    ) -> None:
        """And there is none from it while it is not there."""
        async with bench.opened() as executor:
            async with aclosing(executor.events()) as events:
                await anext(events)
                with gone(), anyio.fail_after(NOTICED_WITHIN_S):
                    with pytest.raises(Unavailable):
                        await _until_it_breaks(events)
                    with pytest.raises(Unavailable):
                        await anext(executor.events())
            async with aclosing(executor.events()) as events:
                assert await anext(events) == EngineEvent()


async def _until_it_breaks(events: AsyncGenerator[EngineEvent]) -> None:
    async for _ in events:
        continue
