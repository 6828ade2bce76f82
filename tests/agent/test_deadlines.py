"""How long an attempt may take, whatever the host's clock does meanwhile."""

import pytest

from composia.agent.journal import AttemptJournal
from composia.clock import ManualClock, SystemClock
from composia.core.session import Finished
from composia.core.task import TaskError, TaskKind, TaskState
from tests.agent.line import Line
from tests.agent.making import make_order, make_run

pytestmark = pytest.mark.anyio

DAY_MS = 86_400_000
LONG = make_run(make_order(kind=TaskKind.STOP, timeout_s=60.0))
SHORT = make_run(make_order("other", kind=TaskKind.STOP, timeout_s=1.5), task="t2")


@pytest.mark.parametrize("jump_ms", [DAY_MS, -DAY_MS])
async def test_a_clock_that_is_set_makes_no_attempt_longer_or_shorter(line: Line, jump_ms: int) -> None:
    line.clock = clock = ManualClock()
    async with line.agent():
        long, short = line.server.run(LONG), line.server.run(SHORT)
        await line.puppet.until_working(long, short)
        clock.set_wall(jump_ms / 1000)
        finished = await line.server.ended(short)
        assert long in line.puppet.working

    assert finished.error is not None
    assert finished.error.code == "timed_out"


async def test_after_a_restart_the_time_that_has_passed_counts(line: Line) -> None:
    began_ms = SystemClock().now_ms() - 61_000
    AttemptJournal.create(line.data / "attempts" / "t1.1", LONG, began_ms)
    async with line.agent():
        finished = await line.server.ended(LONG.attempt)

    assert finished == Finished(
        state=TaskState.FAILED,
        error=TaskError(
            code="timed_out",
            message="not done within 60 s; ended before the work began; nothing on the node was changed",
        ),
    )


async def test_after_a_restart_with_a_clock_set_back_it_has_its_whole_time_and_no_more(line: Line) -> None:
    for run in (LONG, SHORT):
        AttemptJournal.create(line.data / "attempts" / str(run.attempt), run, SystemClock().now_ms() + DAY_MS)
    async with line.agent():
        finished = await line.server.ended(SHORT.attempt)
        assert LONG.attempt in line.puppet.working

    assert finished.error is not None
    assert finished.error.code == "timed_out"
