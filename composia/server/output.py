"""Task output: append-only files, one an attempt, and followers that wait for more."""

import asyncio
import os
from collections.abc import AsyncIterator, Collection, Iterable
from pathlib import Path
from weakref import WeakValueDictionary

import anyio
import anyio.to_thread

from composia.core.session import Attempt, LogBatch
from composia.core.task import Task
from composia.errors import Invalid, NotFound, Unavailable, of_the_system
from composia.plugins.api import OutputChunk
from composia.plugins.queue import Queue

CHUNK = 64 * 1024
GONE = ".gone"
"""Follows the name of an output that was removed: an empty file, so that nobody waits for what does not come any more."""


class TaskOutput:
    """The output of all attempts, as bytes."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._grown: WeakValueDictionary[str, asyncio.Event] = WeakValueDictionary()

    async def append(self, batch: LogBatch) -> int:
        """Keep a batch and return up to which offset output is kept now.

        What is there already is passed over; what would leave a gap is not kept, and the agent sends from the returned
        offset on. `Unavailable` when the disk does not take it.
        """
        try:
            size = await anyio.to_thread.run_sync(self._append, batch)
        except OSError as error:
            told = of_the_system(error)
            message = f"output cannot be kept: {told.message}"
            raise Unavailable(message, where=str(self._directory), hint=told.hint) from error
        self.changed(batch.attempt.task)
        return size

    def _append(self, batch: LogBatch) -> int:
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.gone(batch.attempt):
            return batch.offset + len(batch.data)
        # not opened to append: the agent may come anew, on another stream, while a slow disk holds this batch up, and
        # then both write the same bytes at the same place
        descriptor = os.open(self._path(batch.attempt), os.O_WRONLY | os.O_CREAT, 0o666)
        with os.fdopen(descriptor, "wb") as file:
            size = file.seek(0, os.SEEK_END)
            if batch.offset > size:
                return size
            file.write(batch.data[size - batch.offset :])
            return file.tell()

    async def read(self, attempt: Attempt, offset: int) -> AsyncIterator[OutputChunk]:
        """What is kept of an attempt's output from an offset on. `NotFound` when it was removed."""
        if self.gone(attempt):
            raise NotFound("this output is not kept any more", where=f"task {attempt.task}, attempt {attempt.number}")
        try:
            opened = await anyio.open_file(self._path(attempt), "rb")
        except FileNotFoundError:
            return
        async with opened as file:
            await file.seek(offset)
            while data := await file.read(CHUNK):
                yield OutputChunk(attempt=attempt.number, offset=offset, data=data)
                offset += len(data)

    def gone(self, attempt: Attempt) -> bool:
        """Whether the output of that attempt was removed."""
        return self._path(attempt).with_suffix(f".{attempt.number}{GONE}").exists()

    def growth(self, task: str) -> asyncio.Event:
        """An event that is set when the task's output grows or the task changes; taken before reading, it misses
        nothing."""
        if (event := self._grown.get(task)) is None:
            event = self._grown[task] = asyncio.Event()
        return event

    def changed(self, task: str) -> None:
        """Tell followers that the output has grown, or the task itself has changed."""
        if event := self._grown.pop(task, None):
            event.set()

    async def trim(self, keep: Collection[str], *, since_s: float, size: int) -> int:
        """Remove output last written before `since_s` (seconds since the epoch), and the oldest until all of it is no
        larger than `size` bytes, but none of the tasks in `keep`. Returns how many bytes were removed."""
        removed = await anyio.to_thread.run_sync(self._trim, frozenset(keep), since_s, size)
        for task in tuple(self._grown):
            self.changed(task)  # who waits for more of what was removed is told so
        return removed

    def _trim(self, keep: frozenset[str], since_s: float, size: int) -> int:
        if not self._directory.exists():
            return 0
        files = [(path, path.stat()) for path in self._directory.iterdir() if path.suffix != GONE]
        total, removed = sum(stat.st_size for _, stat in files), 0
        for path, stat in sorted(files, key=lambda entry: entry[1].st_mtime_ns):
            if path.stem in keep:
                continue
            if stat.st_mtime >= since_s and total - removed <= size:
                break
            os.truncate(path.rename(path.with_name(path.name + GONE)), 0)  # asks no room of a full disk
            removed += stat.st_size
        return removed

    async def forget(self, tasks: Iterable[str]) -> None:
        """Remove all that is kept of these tasks."""
        forgotten = tuple(tasks)
        await anyio.to_thread.run_sync(self._forget, forgotten)
        for task in forgotten:
            self.changed(task)

    def _forget(self, tasks: Collection[str]) -> None:
        for task in tasks:
            for path in self._directory.glob(f"{task}.*"):
                path.unlink()

    def _path(self, attempt: Attempt) -> Path:
        if not attempt.task.isalnum():
            raise Invalid("a task's id has only letters and digits", where=f"task {attempt.task!r}")
        return self._directory / str(attempt)


async def follow_output(
    task: str, queue: Queue, output: TaskOutput, *, follow: bool, attempt: int, offset: int
) -> AsyncIterator[OutputChunk]:
    """The output of a task from that offset of that attempt on, each attempt to its end; with `follow`, until the task has
    ended. Without an attempt, from the first one of which it is kept; `NotFound` where there is none."""
    any_ = attempt < 1
    attempt = max(attempt, 1)
    while True:
        grown = output.growth(task)
        found = await queue.task(task)
        if any_ and attempt < found.attempt and output.gone(Attempt(task=task, number=attempt)):
            attempt, offset = attempt + 1, 0
            continue
        if attempt <= found.attempt:
            async for chunk in output.read(Attempt(task=task, number=attempt), offset):
                yield chunk
                offset = chunk.offset + len(chunk.data)
            if _complete(found, attempt, offset) or (not follow and attempt < found.attempt):
                attempt, offset = attempt + 1, 0
                continue
        if not follow or (found.state.final and attempt > found.attempt):
            return
        await grown.wait()


def _complete(task: Task, attempt: int, offset: int) -> bool:
    """Whether nothing more is to come of that attempt."""
    if attempt > len(task.outputs):
        return task.state.final
    return offset >= task.outputs[attempt - 1]
