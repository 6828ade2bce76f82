"""The end of a container's log: what was printed last, and what of it is read when."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import anyio
import pytest

from composia.agent.log_following import AGAIN_S
from composia.core.container import ContainerState
from tests.agent.line import Line
from tests.agent.printed import Printed
from tests.agent.test_log_following import deploy, kept, lines, make_container, until_kept
from tests.agent.waiting import eventually

pytestmark = pytest.mark.anyio

ENDED = replace(make_container(), state=ContainerState.EXITED, ended_ms=5)


@pytest.fixture(autouse=True)
def is_seen_when_the_test_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long a container is still seen to run, that is no reason to read its log again."""
    monkeypatch.setattr("composia.agent.log_following.NOT_SEEN_S", 1000.0)


@asynccontextmanager
async def followed(line: Line) -> AsyncIterator[Printed]:
    """A container whose first ten lines are kept."""
    line.puppet.containers = (make_container(),)
    printed = line.puppet.printed["c1"] = Printed()
    async with line.agent():
        await deploy(line)
        printed.print(*lines(0, 10))
        await until_kept(line, lines(0, 10))
        yield printed


async def until_read(printed: Printed, times: int) -> None:
    """Until its log was asked for so many times, and nobody reads it any more."""
    await eventually(lambda: len(printed.reads) == times and printed.open == 0)


async def until_looked_again(line: Line) -> None:
    await line.puppet.until_looked(line.puppet.looked + 2)


async def test_a_container_that_stops_is_read_to_its_end_and_again_when_it_starts(line: Line) -> None:
    async with followed(line) as printed:
        printed.print(*lines(10, 20))
        printed.stop()
        await until_read(printed, 2)
        line.puppet.containers = (ENDED,)
        await until_kept(line, lines(0, 20))
        await until_read(printed, 3)
        await until_looked_again(line)
        await anyio.sleep(2 * AGAIN_S)
        assert len(printed.reads) == 3
        printed.start()
        printed.print(*lines(20, 30))
        line.puppet.containers = (replace(make_container(), started_ms=7),)
        await until_kept(line, lines(0, 30))
        await eventually(lambda: printed.open == 1)
        line.puppet.containers = ()
        printed.print(*lines(30, 40))
        printed.remove()
        await until_kept(line, lines(0, 40))


async def test_last_lines_that_an_engine_does_not_give_to_who_follows_are_read_once_the_end_is_seen(line: Line) -> None:
    async with followed(line) as printed:
        printed.stop_and_hold_back(*lines(10, 12))
        await until_read(printed, 2)
        printed.let_go()
        line.puppet.containers = (ENDED,)
        await until_kept(line, lines(0, 12))


async def test_last_lines_of_a_container_that_is_removed_before_its_end_is_seen_are_read_too(line: Line) -> None:
    async with followed(line) as printed:
        printed.stop(*lines(10, 12))
        await until_kept(line, lines(0, 12))


async def test_a_log_that_was_interrupted_and_then_read_to_its_end_has_lost_nothing(
    line: Line, caplog: pytest.LogCaptureFixture
) -> None:
    async with followed(line) as printed:
        printed.break_off()
        await eventually(lambda: len(printed.reads) == 2 and printed.open == 1)
        printed.print(*lines(10, 20))
        await until_kept(line, lines(0, 20))
        printed.remove()
        line.puppet.containers = ()
        await eventually(lambda: printed.open == 0)
        await until_looked_again(line)

    assert not [record for record in caplog.records if record.message == "end of a log lost"]
    assert kept(line) == lines(0, 20)
