"""The output of a task: history, then what comes, over all its attempts, without gap or repeat."""

import gc
import os
import threading
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import pytest

from composia.builtin_plugins.memory.queue import MemoryQueue
from composia.core.session import Accepted, Attempt, Finished, LogBatch, Report
from composia.core.task import Task, TaskError, TaskKind, TaskState
from composia.errors import NotFound, Unavailable
from composia.plugins.queue import Retention
from composia.plugins.testing.work import NOW, RETRIES, claimed, deployment, put_task
from composia.server.output import TaskOutput, follow_output

pytestmark = pytest.mark.anyio

UNAVAILABLE = TaskError(code="unavailable", message="no engine")


class HeldData(bytes):
    """Data that a slow disk takes late: its writer knows already where it goes, and waits."""

    def __init__(self, _data: bytes) -> None:
        self.reached = threading.Event()
        self.let_go = threading.Event()

    def __getitem__(self, key: Any) -> Any:
        self.reached.set()
        assert self.let_go.wait(30)
        return super().__getitem__(key)


class Play:
    """A task, its output as it arrives, and somebody who reads it."""

    def __init__(self, directory: Path) -> None:
        self.queue = MemoryQueue()
        self.output = TaskOutput(directory)
        self.now_ms = NOW
        self.read: list[tuple[int, int, bytes]] = []
        self.over = anyio.Event()

    async def begin(self) -> Task:
        return await claimed(self.queue, await put_task(self.queue, "r1", deployment()))

    async def arrives(self, attempt: int, offset: int, data: bytes) -> int:
        return await self.output.append(LogBatch(attempt=Attempt(task="t1", number=attempt), offset=offset, data=data))

    async def report(self, attempt: int, number: int, body: Accepted | Finished) -> None:
        report = Report(attempt=Attempt(task="t1", number=attempt), number=number, body=body)
        task = await self.queue.report([report], RETRIES, self.now_ms)
        self.now_ms = max(self.now_ms, task.not_before_ms)
        self.output.changed("t1")

    async def claim_again(self) -> None:
        await claimed(self.queue, "t1", self.now_ms)
        self.output.changed("t1")

    async def until_read(self, size: int) -> None:
        """Wait until so many bytes were read; who waits for a thread counts as blocked, so that is not the same."""
        with anyio.fail_after(60):
            while sum(len(data) for _, _, data in self.read) < size:  # noqa: ASYNC110 - reading rings no bell
                await anyio.sleep(0.01)

    async def follow(self, attempt: int = 0, offset: int = 0) -> None:
        chunks = follow_output("t1", self.queue, self.output, follow=True, attempt=attempt, offset=offset)
        async for chunk in chunks:
            self.read.append((chunk.attempt, chunk.offset, chunk.data))
        self.over.set()

    async def history(self, attempt: int = 0) -> bytes:
        chunks = follow_output("t1", self.queue, self.output, follow=False, attempt=attempt, offset=0)
        return b"".join([chunk.data async for chunk in chunks])


@pytest.fixture
def play(tmp_path: Path) -> Play:
    return Play(tmp_path / "output")


async def test_a_follower_gets_history_and_then_what_comes_and_ends_with_the_last_byte(play: Play) -> None:
    await play.begin()
    await play.arrives(1, 0, b"early \xff")
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(play.follow)
        await play.until_read(7)
        await play.arrives(1, 7, b" late")
        await play.report(1, 1, Finished(state=TaskState.SUCCEEDED, output_bytes=17))
        await play.until_read(12)
        await anyio.wait_all_tasks_blocked()
        assert not play.over.is_set(), "the end was reported before the output had arrived"
        await play.arrives(1, 12, b" last")
        with anyio.fail_after(60):
            await play.over.wait()
    assert b"".join(data for _, _, data in play.read) == b"early \xff late last"
    assert [offset for _, offset, _ in play.read] == [0, 7, 12]


async def test_the_output_of_an_attempt_is_read_to_its_end_before_that_of_the_next(play: Play) -> None:
    await play.begin()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(play.follow)
        await play.arrives(1, 0, b"one ")
        await play.report(1, 1, Finished(state=TaskState.FAILED, output_bytes=9, error=UNAVAILABLE))
        await play.claim_again()
        await play.arrives(2, 0, b"two")
        await anyio.wait_all_tasks_blocked()
        await play.arrives(1, 4, b"more ")  # it was still under way
        await play.report(2, 1, Finished(state=TaskState.SUCCEEDED, output_bytes=3))
        with anyio.fail_after(60):
            await play.over.wait()
    assert [attempt for attempt, _, _ in play.read] == sorted(attempt for attempt, _, _ in play.read)
    assert b"".join(data for _, _, data in play.read) == b"one more two"
    assert await play.history() == b"one more two"
    assert await play.history(attempt=2) == b"two"


async def test_nobody_waits_for_the_rest_of_an_attempt_that_was_given_up(play: Play) -> None:
    task = await play.begin()
    await play.report(1, 1, Accepted())
    await play.arrives(1, 0, b"half of it")
    await play.queue.release_lease(Attempt(task=task.id, number=1), UNAVAILABLE, RETRIES, NOW)
    play.now_ms = (await play.queue.task("t1")).not_before_ms
    await play.claim_again()
    await play.report(2, 1, Finished(state=TaskState.SUCCEEDED))
    with anyio.fail_after(60):
        await play.follow()
    assert b"".join(data for _, _, data in play.read) == b"half of it"


@pytest.mark.parametrize("end", ["cancelled while it waited", "lost"])
async def test_a_follower_of_what_never_goes_on_is_let_go(play: Play, end: str) -> None:
    if end == "lost":
        live = await claimed(play.queue, await put_task(play.queue, "r1", deployment(kind=TaskKind.RESTART)))
        (lost,) = await play.queue.sweep(RETRIES, live.lease_until_ms)
        assert lost.state is TaskState.LOST
    else:
        await put_task(play.queue, "r1", deployment())
        await play.queue.cancel_task("t1", "ada", NOW)
    with anyio.fail_after(60):
        await play.follow()
    assert play.read == []


async def test_what_was_there_is_passed_over_and_a_gap_is_not_kept(play: Play) -> None:
    assert await play.arrives(1, 0, b"0123") == 4
    assert await play.arrives(1, 2, b"2345") == 6
    assert await play.arrives(1, 9, b"9") == 6


async def test_a_batch_that_two_streams_bring_at_the_same_time_is_kept_once(play: Play) -> None:
    data = HeldData(b"0123")
    kept: list[int] = []
    async with anyio.create_task_group() as tasks:

        async def bring_late() -> None:
            kept.append(await play.arrives(1, 0, data))

        tasks.start_soon(bring_late)
        assert await anyio.to_thread.run_sync(data.reached.wait, 30)
        assert await play.arrives(1, 0, b"0123") == 4, "the agent came anew, on another stream"
        assert await play.arrives(1, 4, b"45") == 6
        data.let_go.set()
    assert kept == [4]
    assert [chunk.data async for chunk in play.output.read(Attempt(task="t1", number=1), 0)] == [b"012345"]


async def test_old_output_goes_by_age_and_size_and_that_of_open_tasks_stays(play: Play, tmp_path: Path) -> None:
    for number, written in (("1", 100), ("2", 200), ("3", 300), ("4", 400)):
        await play.output.append(LogBatch(attempt=Attempt(task=f"t{number}", number=1), offset=0, data=b"x" * 10))
        os.utime(tmp_path / "output" / f"t{number}.1", (written, written))

    assert await play.output.trim({"t1"}, since_s=250, size=1000) == 10
    assert await play.output.trim({"t1"}, since_s=250, size=25) == 10

    left = sorted(path.name for path in (tmp_path / "output").iterdir())
    assert left == ["t1.1", "t2.1.gone", "t3.1.gone", "t4.1"]


async def test_who_asks_for_output_that_was_removed_is_told_so_and_does_not_wait(play: Play) -> None:
    await play.begin()
    await play.arrives(1, 0, b"long ago")
    await play.report(1, 1, Finished(state=TaskState.SUCCEEDED, output_bytes=8))
    await play.output.trim((), since_s=float("inf"), size=0)
    for asked in (play.history(), play.follow()):
        with pytest.raises(NotFound, match="this output is not kept any more"):
            await asked
    assert await play.arrives(1, 8, b"late") == 12, "an agent is not asked for it again"
    await play.output.forget(["t1"])
    assert list((play.output._directory).iterdir()) == []


async def test_output_is_read_from_the_first_attempt_of_which_it_is_kept(play: Play, tmp_path: Path) -> None:
    await play.begin()
    await play.arrives(1, 0, b"one")
    await play.report(1, 1, Finished(state=TaskState.FAILED, output_bytes=3, error=UNAVAILABLE))
    await play.claim_again()
    await play.arrives(2, 0, b"two")
    await play.report(2, 1, Finished(state=TaskState.SUCCEEDED, output_bytes=3))
    os.utime(tmp_path / "output" / "t1.1", (100, 100))
    await play.output.trim((), since_s=200, size=1000)

    assert await play.history() == b"two"
    with pytest.raises(NotFound):
        await play.history(attempt=1)


@pytest.mark.parametrize("how", ["trimmed", "forgotten"])
async def test_who_waits_for_the_rest_of_what_is_removed_is_told_so(play: Play, how: str) -> None:
    task = await play.begin()
    await play.report(1, 1, Finished(state=TaskState.SUCCEEDED, output_bytes=8))
    await play.arrives(1, 0, b"half")  # the rest never comes, its node is gone
    with anyio.fail_after(60):
        async with anyio.create_task_group() as tasks:

            async def wait() -> None:
                with pytest.raises(NotFound):
                    await play.follow()

            tasks.start_soon(wait)
            await play.until_read(4)
            await anyio.wait_all_tasks_blocked()
            if how == "trimmed":
                await play.output.trim((), since_s=float("inf"), size=0)
            else:
                await put_task(play.queue, "r2", deployment())  # of each service the last deployment is kept
                keep = Retention(ended_since_ms=NOW + 1, audit_since_ms=NOW, releases=1)
                await play.output.forget((await play.queue.forget(keep, 10)).tasks)
    assert bytes(b"".join(data for _, _, data in play.read)) == b"half"
    assert task.id == "t1"


async def test_a_disk_that_takes_no_output_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "output").write_bytes(b"")
    output = TaskOutput(tmp_path / "output")
    with pytest.raises(Unavailable, match="output cannot be kept: "):
        await output.append(LogBatch(attempt=Attempt(task="t1", number=1), offset=0, data=b"x"))


async def test_those_who_have_gone_leave_nothing_in_memory(play: Play) -> None:
    await play.begin()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(play.follow)
        await anyio.wait_all_tasks_blocked()
        tasks.cancel_scope.cancel()
    gc.collect()
    await anyio.wait_all_tasks_blocked()
    assert len(play.output._grown) == 0
