"""The contract of the logs of containers. Subclass it as `composia.plugins.testing.executor` says.

1. LogContract; what an implementation adds are lines longer than 1 MiB, and an engine that goes away
2. LogContract; what an implementation adds is another log driver
3. LogContract
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from typing import Any

import anyio
import pytest

from composia.core.task import TaskKind
from composia.errors import NotFound
from composia.plugins.executor import Executor
from composia.plugins.executor_talking import LogLine
from composia.plugins.testing.executor_bench import (
    PATIENCE_S,
    PRINTED,
    TICK,
    Behaviour,
    Bench,
    Contract,
    done,
    own,
    released,
)

FOLLOWERS = 30


@asynccontextmanager
async def printing(bench: Bench) -> AsyncIterator[tuple[Executor, str]]:
    """An executor, and the id of a container that prints."""
    async with bench.opened() as executor:
        await released(executor, bench.work(behaviour=Behaviour.PRINTS))
        [one] = (await own(executor, bench)).values()
        yield executor, one.id


async def read(executor: Executor, container_id: str, **how: Any) -> list[LogLine]:
    """The log to its end."""
    found: list[LogLine] = []
    with anyio.fail_after(PATIENCE_S):
        async with aclosing(executor.logs(container_id, **how)) as log:
            async for lines in log:
                assert len(lines.data) <= 2 << 20
                found += lines
    return found


async def until_ticks(executor: Executor, container_id: str, count: int) -> list[LogLine]:
    """The log, once it has so many lines that come one by one."""
    while True:
        lines = await read(executor, container_id)
        if len(lines) >= len(PRINTED) + count:
            return lines
        await anyio.sleep(0.1)


class LogContract(Contract):
    """Promises 1 to 3."""

    async def test_1_each_stream_comes_in_order_with_its_bytes_and_times(self, bench: Bench) -> None:
        """Times do not go back in a stream."""
        async with printing(bench) as (executor, id_):
            lines = await until_ticks(executor, id_, 3)

        for stderr in (False, True):
            stream = [line for line in lines if line.stderr is stderr]
            expected = [text for text, to_stderr in PRINTED if to_stderr is stderr]
            assert [line.data for line in stream][: len(expected)] == expected
            assert {line.data for line in stream[len(expected) :]} == (set() if stderr else {TICK})
            assert [line.at_ns for line in stream] == sorted(line.at_ns for line in stream)
        assert not any(line.partial for line in lines)

    async def test_1_a_follower_gets_what_comes_and_ends_with_the_container(self, bench: Bench) -> None:
        """It has all that the log has then, in the same order."""
        async with printing(bench) as (executor, id_):
            followed: list[LogLine] = []

            async def follow() -> None:
                followed.extend(await read(executor, id_, follow=True))

            async with anyio.create_task_group() as tasks:
                tasks.start_soon(follow)
                await until_ticks(executor, id_, 5)
                assert (await done(executor, bench.work(TaskKind.STOP))).error is None
            whole = await read(executor, id_)
            again = await read(executor, id_, follow=True)

        assert len(whole) >= len(PRINTED) + 5
        assert followed == whole == again

    async def test_1_since_until_and_tail_say_which_lines(self, bench: Bench) -> None:
        """The lines of the very nanosecond are among them."""
        async with printing(bench) as (executor, id_):
            lines = await until_ticks(executor, id_, 6)
            middle, later = lines[-4].at_ns, lines[-2].at_ns
            since = await read(executor, id_, since_ns=middle)
            between = await read(executor, id_, since_ns=middle, until_ns=later)
            assert (await done(executor, bench.work(TaskKind.STOP))).error is None
            whole = await read(executor, id_)
            tail = await read(executor, id_, tail=4)

        assert since[:4] == [line for line in lines if line.at_ns >= middle][:4]
        assert between == [line for line in lines if middle <= line.at_ns <= later]
        assert tail == whole[-4:]

    async def test_2_a_container_that_is_no_more_is_not_found(self, bench: Bench) -> None:
        """Also one that has just been removed."""
        async with printing(bench) as (executor, id_):
            assert (await done(executor, bench.work(TaskKind.DOWN))).error is None
            for follow in (False, True):
                with pytest.raises(NotFound):
                    await read(executor, id_, follow=follow)

    async def test_3_many_follow_side_by_side_and_a_slow_one_holds_up_no_other(self, bench: Bench) -> None:
        """One reads a line and no more."""
        async with printing(bench) as (executor, id_), AsyncExitStack() as stack:
            slow = await stack.enter_async_context(aclosing(executor.logs(id_, follow=True)))
            await anext(slow)
            heard = [0] * FOLLOWERS

            async def follow(number: int) -> None:
                async with aclosing(executor.logs(id_, follow=True)) as log:
                    async for lines in log:
                        heard[number] += len(lines)
                        if heard[number] >= len(PRINTED) + 5:
                            return

            with anyio.fail_after(PATIENCE_S):
                async with anyio.create_task_group() as tasks:
                    for number in range(FOLLOWERS):
                        tasks.start_soon(follow, number)
