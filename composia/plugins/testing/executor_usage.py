"""The contract of how an executor measures. Subclass it as `composia.plugins.testing.executor` says.

3. UsageContract; and LostUsageContract, for an executor with an engine that may hang or go: it has to give the fixtures
   `hung` and `gone`, as for LostEventsContract
4. UsageContract
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import fields

import anyio
import pytest

from composia.core.container import ContainerState
from composia.core.task import TaskKind
from composia.core.usage import ContainerUsages
from composia.errors import Unavailable
from composia.plugins.executor import Executor
from composia.plugins.testing.executor_bench import Behaviour, Bench, Contract, done, own, released
from composia.plugins.testing.executor_seeing import NOTICED_WITHIN_S

COUNTED = ("received_bytes", "sent_bytes", "read_bytes", "written_bytes")


class UsageContract(Contract):
    """Promises 3 and 4."""

    async def test_3_every_running_container_is_measured_and_no_other_one(self, bench: Bench) -> None:
        """From its first start to its end, and again."""
        async with bench.opened() as executor:
            await released(executor, bench.work(behaviour=Behaviour.RUNS))
            [container] = (await own(executor, bench)).values()
            first = await executor.usage()
            await done(executor, bench.work(TaskKind.STOP))
            stopped = await executor.usage()
            await done(executor, bench.work(TaskKind.START))
            again = await executor.usage()
            running = await _running(executor)

        assert container.name in first.names
        assert container.name not in stopped.names
        assert container.name in again.names
        assert again.names == tuple(sorted(running))
        assert _lengths(again) <= {0, len(again.names)}

    async def test_3_what_is_measured_is_what_a_container_can_use(self, bench: Bench) -> None:
        """And what is counted never goes back."""
        async with bench.opened() as executor:
            await released(executor, bench.work(behaviour=Behaviour.RUNS))
            [container] = (await own(executor, bench)).values()
            before, after = await executor.usage(), await executor.usage()

        one, two = _of(before, container.name), _of(after, container.name)
        assert one["memory_bytes"] > 0
        assert one["cpu_percent"] >= 0
        assert one.get("pids", 1) >= 1
        assert all(two[name] >= one[name] for name in COUNTED if name in one)

    async def test_3_columns_that_are_known_are_known_of_all(self, bench: Bench) -> None:
        """Names, processors and memory are always known."""
        async with bench.opened() as executor:
            await released(executor, bench.work(behaviour=Behaviour.RUNS))
            usages = await executor.usage()

        assert len(usages.names) == len(usages.cpu_percent) == len(usages.memory_bytes) > 0

    async def test_4_an_image_takes_of_the_disk(self, bench: Bench) -> None:
        """And what is unused is not more than all."""
        async with bench.opened() as executor:
            await released(executor, bench.work(behaviour=Behaviour.RUNS))
            disk = await executor.disk()

        assert disk.images_bytes > 0
        assert disk.at_ms > 0
        assert 0 <= disk.unused_bytes <= disk.total_bytes


class LostUsageContract(Contract):
    """Promise 3: an engine that does not answer is said to be so, in time."""

    async def test_3_a_hung_engine_ends_the_wait(
        self, bench: Bench, hung: Callable[[], AbstractContextManager[None]]
    ) -> None:
        """Within its deadline."""
        async with bench.opened() as executor:
            await executor.usage()
            with hung(), anyio.fail_after(NOTICED_WITHIN_S), pytest.raises(Unavailable):
                await executor.usage()

    async def test_3_an_engine_that_is_gone_is_said_to_be(
        self, bench: Bench, gone: Callable[[], AbstractContextManager[None]]
    ) -> None:
        """At once."""
        async with bench.opened() as executor:
            with gone(), anyio.fail_after(NOTICED_WITHIN_S):
                with pytest.raises(Unavailable):
                    await executor.usage()
                with pytest.raises(Unavailable):
                    await executor.disk()


async def _running(executor: Executor) -> set[str]:
    return {c.name for c in await executor.inventory() if c.state is ContainerState.RUNNING}


def _lengths(usages: ContainerUsages) -> set[int]:
    return {len(getattr(usages, field.name)) for field in fields(usages)}


def _of(usages: ContainerUsages, name: str) -> dict[str, float]:
    """The measures of one container, without those that this host cannot tell."""
    place = usages.names.index(name)
    columns = {field.name: getattr(usages, field.name) for field in fields(usages) if field.name != "names"}
    return {name: column[place] for name, column in columns.items() if column}
