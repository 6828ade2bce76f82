"""Limits of time and room: each comes to one clear end, and nothing is lost by it."""

import errno
import os
from dataclasses import replace
from pathlib import Path

import pytest

from composia.agent import workload
from composia.agent.journal import AttemptJournal
from composia.core.session import Accepted, Attempt, Cancel, Finished, Hello, StepReport
from composia.core.step import StepName, StepTimeout, Timeouts
from composia.core.task import PruneTarget, TaskKind, TaskState
from composia.plugins.executor import Outcome
from tests.agent.line import Line
from tests.agent.making import Files, make_order, make_run

pytestmark = pytest.mark.anyio

FILES: Files = {"compose.yaml": b"services: {}"}
STOP = make_order(kind=TaskKind.STOP)


async def test_a_fetch_has_a_limit_of_its_own(line: Line) -> None:
    line.server.hold(FILES)
    line.server.stalls_bundles = True
    limits = Timeouts(task_s=60, steps=(StepTimeout(step=StepName.FETCH, seconds=0.2),))
    async with line.agent():
        attempt = line.server.run(make_run(replace(make_order(files=FILES), timeouts=limits)))
        finished = await line.server.ended(attempt)

    assert finished.state is TaskState.FAILED
    assert finished.error is not None
    assert (finished.error.code, finished.error.message) == (
        "timed_out",
        "fetch did not end within 0.2 s; nothing on the node was changed",
    )
    assert line.puppet.begun == []


async def test_what_is_ended_after_its_files_were_put_says_so(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    line.server.hold(FILES)

    def cancel_after_sync(journal: AttemptJournal, step: StepReport) -> None:
        real(journal, step)
        if step.name is StepName.SYNC:
            line.server.send(Cancel(attempt=journal.attempt))

    real = AttemptJournal.step
    monkeypatch.setattr(AttemptJournal, "step", cancel_after_sync)
    async with line.agent():
        attempt = line.server.run(make_run(make_order(files=FILES)))
        finished = await line.server.ended(attempt)

    assert finished.state is TaskState.CANCELLED
    assert finished.error is not None
    assert finished.error.message in (
        "ended after sync; the files are in place, no container was changed",
        "a person ended it",  # it came when the executor had begun
    )
    assert (line.data / "services" / "web" / "compose.yaml").read_bytes() == FILES["compose.yaml"]


async def test_a_prune_touches_no_service_and_waits_for_none(line: Line) -> None:
    prune = replace(make_order("", kind=TaskKind.PRUNE), service="", project="", prune=(PruneTarget.DANGLING_IMAGES,))
    async with line.agent():
        busy = line.server.run(make_run(STOP))
        attempt = line.server.run(make_run(prune, task="t2"))
        await line.puppet.until_working(busy, attempt)
        line.puppet.end(attempt)
        finished = await line.server.ended(attempt)

    (work,) = (work for work in line.puppet.begun if work.order.kind is TaskKind.PRUNE)
    assert finished == Finished(state=TaskState.SUCCEEDED)
    assert work.directory == work.journal
    assert (work.project, work.bundle_files, work.last) == ("", (), None)


async def test_hello_says_how_many_attempts_are_worked_on_at_once(line: Line) -> None:
    line.settings = replace(line.settings, capacity=7)
    async with line.agent():
        await line.server.until(lambda: line.server.hellos)
    (hello, *_) = line.server.hellos
    assert isinstance(hello, Hello)
    assert hello.capacity == 7


async def test_an_order_is_forced_to_disk_before_its_acceptance_is_sent(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    forced: list[str] = []
    fsync = os.fsync

    def note(descriptor: int) -> None:
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        if "attempts" in path.parts and not any(line.server.applied.values()):
            forced.append(path.name)
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", note)
    line.puppet.outcomes["web"] = Outcome()
    async with line.agent():
        attempt = line.server.run(make_run(STOP))
        await line.server.ended(attempt)

    assert forced[:2] == [AttemptJournal.FILE, str(attempt)], "the journal, then its name in the directory"
    assert line.server.bodies(attempt)[0] == Accepted()


async def test_an_end_is_not_lost_when_the_disk_is_full_and_other_work_goes_on(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workload, "AGAIN_S", 0.05)
    refused: list[Attempt] = []
    write = os.write

    def full(descriptor: int, data: bytes) -> int:
        if b'"finished"' in data and len(refused) < 3:
            refused.append(attempt)
            write(descriptor, data[: len(data) // 2])  # as much as there was room for
            raise OSError(errno.ENOSPC, "no space left on device")
        return write(descriptor, data)

    async with line.agent():
        attempt = line.server.run(make_run(STOP))
        other = line.server.run(make_run(make_order("other", kind=TaskKind.STOP), task="t2"))
        await line.puppet.until_working(attempt, other)
        monkeypatch.setattr(os, "write", full)
        line.puppet.end(attempt)
        finished = await line.server.ended(attempt)
        monkeypatch.setattr(os, "write", write)
        assert other in line.puppet.working
        line.puppet.end(other)
        await line.server.ended(other)

    assert len(refused) == 3
    assert finished == Finished(state=TaskState.SUCCEEDED)
    assert line.server.bodies(attempt) == [Accepted(), finished]


def test_half_a_line_is_not_left_behind_by_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = AttemptJournal.create(tmp_path / "t1.1", make_run(STOP), 0)
    write = os.write

    def full(descriptor: int, data: bytes) -> int:
        write(descriptor, data[:10])
        raise OSError(errno.ENOSPC, "no space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="no space left"):
        journal.begin(None)
    monkeypatch.setattr(os, "write", write)
    journal.finish(Finished(state=TaskState.SUCCEEDED))

    again = AttemptJournal.read(tmp_path / "t1.1")
    assert again is not None
    assert (again.begun, again.finished) == (False, Finished(state=TaskState.SUCCEEDED))
