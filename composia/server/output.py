"""Task output: append-only files, one an attempt, and followers that wait for more."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import anyio.to_thread

from composia.core.session import Attempt, LogBatch
from composia.errors import Invalid
from composia.plugins.api import OutputChunk

CHUNK = 64 * 1024


class TaskOutput:
    """The output of all attempts, as bytes."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._grown: dict[str, asyncio.Event] = {}

    async def append(self, batch: LogBatch) -> int:
        """Keep a batch and return up to which offset output is kept now.

        What is there already is passed over; what would leave a gap is not kept, and the agent sends from the returned
        offset on.
        """
        size = await anyio.to_thread.run_sync(self._append, batch)
        self._wake(batch.attempt.task)
        return size

    def _append(self, batch: LogBatch) -> int:
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._path(batch.attempt).open("ab") as file:
            size = file.tell()
            if batch.offset > size:
                return size
            file.write(batch.data[size - batch.offset :])
            return file.tell()

    async def read(self, attempt: Attempt, offset: int) -> AsyncIterator[OutputChunk]:
        """What is kept of an attempt's output from an offset on."""
        path = self._path(attempt)
        if not path.exists():
            return
        async with await anyio.open_file(path, "rb") as file:
            await file.seek(offset)
            while data := await file.read(CHUNK):
                yield OutputChunk(attempt=attempt.number, offset=offset, data=data)
                offset += len(data)

    def growth(self, task: str) -> asyncio.Event:
        """An event that is set when the task's output grows or the task changes; taken before reading, it misses
        nothing."""
        return self._grown.setdefault(task, asyncio.Event())

    def changed(self, task: str) -> None:
        """Tell followers that the task itself has changed."""
        self._wake(task)

    def _wake(self, task: str) -> None:
        if event := self._grown.pop(task, None):
            event.set()

    def _path(self, attempt: Attempt) -> Path:
        if not attempt.task.isalnum():
            raise Invalid("a task's id has only letters and digits", where=f"task {attempt.task!r}")
        return self._directory / str(attempt)
