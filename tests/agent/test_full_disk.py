"""The agent's data on a disk that is really full: what is not accepted leaves nothing, what was is not lost."""

import errno
import os
from collections.abc import Collection, Iterator

import pytest

from composia.agent import workload
from composia.agent.bundles import Bundles
from composia.agent.journal import AttemptJournal
from composia.core.session import Accepted, Finished
from composia.core.task import TaskError, TaskKind, TaskState
from composia.plugins.executor import Outcome
from tests.agent.line import Line
from tests.agent.making import make_order, make_run
from tests.agent.waiting import eventually
from tests.small_disk import SmallDisk, small_disk

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small file system"),
]

STOP = make_order(kind=TaskKind.STOP)


@pytest.fixture
def disk(line: Line) -> Iterator[SmallDisk]:
    with small_disk(line.data, "256k") as disk:
        yield disk


async def test_an_order_that_finds_no_room_is_declined_and_leaves_nothing(
    line: Line, disk: SmallDisk, caplog: pytest.LogCaptureFixture
) -> None:
    line.puppet.outcomes["other"] = Outcome()
    async with line.agent():
        await line.server.until(lambda: line.server.heartbeats)
        disk.fill()
        attempt = line.server.run(make_run(STOP))
        await eventually(lambda: any(r.message == "attempt not accepted" for r in caplog.records))
        assert line.journals() == []
        declined = await line.server.ended(attempt)
        line.server.cut()
        await line.server.until(lambda: len(line.server.hellos) == 2)
        disk.clear()
        other = line.server.run(make_run(make_order("other", kind=TaskKind.STOP), task="t2"))
        await line.server.ended(other)

    assert line.server.bodies(attempt) == [declined]
    assert declined.state is TaskState.FAILED
    assert declined.error is not None
    assert (declined.error.code, declined.error.message, declined.error.hint) == (
        "unavailable",
        "no space left on device",
        "make room on that disk",
    )
    assert declined.error.where.startswith(str(line.data))
    assert [work.attempt for work in line.puppet.begun] == [other]


async def test_an_end_waits_for_room_and_then_is_told(
    line: Line, disk: SmallDisk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(workload, "AGAIN_S", 0.05)
    error = TaskError(code="internal", message="x" * 6000)  # more than the page that the journal has begun
    async with line.agent():
        attempt = line.server.run(make_run(STOP))
        await line.puppet.until_working(attempt)
        disk.fill()
        line.puppet.end(attempt, Outcome(error=error))
        await eventually(lambda: sum(r.message == "end not written" for r in caplog.records) > 2)
        assert line.server.bodies(attempt) == [Accepted()]
        journal = line.data / "attempts" / "t1.1" / AttemptJournal.FILE
        await eventually(lambda: journal.read_bytes().endswith(b"\n"))  # no half of a line stays
        disk.clear()
        finished = await line.server.ended(attempt)
        await line.until_settled()

    assert finished == Finished(state=TaskState.FAILED, error=error)


async def test_what_cannot_be_removed_any_more_stays_and_other_work_goes_on(
    line: Line, disk: SmallDisk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(store: Bundles, keep: Collection[str]) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    line.puppet.outcomes |= {"web": Outcome(), "other": Outcome()}
    async with line.agent():
        await line.server.until(lambda: line.server.heartbeats)
        (line.data / "bundles" / "0").mkdir()
        with monkeypatch.context() as broken:
            broken.setattr(Bundles, "prune", refuse)
            await line.server.ended(line.server.run(make_run(STOP)))
            await eventually(lambda: any(r.message == "not tidied up" for r in caplog.records))
        finished = await line.server.ended(
            line.server.run(make_run(make_order("other", kind=TaskKind.STOP), task="t2"))
        )
        await line.until_settled()

    assert finished == Finished(state=TaskState.SUCCEEDED)
    assert not (line.data / "bundles" / "0").exists()


async def test_an_attempt_that_cannot_be_removed_is_settled_all_the_same_and_gone_after_a_restart(
    line: Line, disk: SmallDisk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(journal: AttemptJournal) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    line.puppet.outcomes |= {"web": Outcome(), "other": Outcome()}
    async with line.agent():
        with monkeypatch.context() as broken:
            broken.setattr(AttemptJournal, "remove", refuse)
            await line.server.ended(line.server.run(make_run(STOP)))
            await eventually(lambda: any(r.message == "attempt not removed" for r in caplog.records))
        order = make_order("other", kind=TaskKind.STOP)
        finished = await line.server.ended(line.server.run(make_run(order, task="t2")))
        assert finished == Finished(state=TaskState.SUCCEEDED)
    async with line.agent():
        await line.until_settled()


async def test_journals_put_aside_stay_there_when_that_cannot_be_remembered(line: Line, disk: SmallDisk) -> None:
    line.server.acknowledges = False
    async with line.agent():
        done = line.server.run(make_run(STOP))
        await line.puppet.until_working(done)
        line.puppet.end(done)
        await line.server.ended(done)
        line.server.database = "db-2"
        disk.fill()
        line.server.cut()
        await line.server.until(lambda: len(line.server.hellos) == 5)
        disk.clear()
        await eventually(lambda: (line.data / "database").read_text() == "db-2")

    assert [path.name for path in (line.data / "aside").iterdir()] == ["t1.1"]
