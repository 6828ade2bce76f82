"""Readers: connections that only read, each in one thread at a time, beside the writer and never waiting for it."""

import asyncio
import queue
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import apsw

from composia.builtin_plugins.sqlite.reading import Reading
from composia.builtin_plugins.sqlite.schema import connect, explained

Answer = TypeVar("Answer")

SIZE = 2


class Readers:
    """A few connections, taken in turn. Each read sees one snapshot: all that was committed before it began."""

    def __init__(self, path: Path) -> None:
        self._connections = [connect(path, read_only=True) for _ in range(SIZE)]
        self._idle: queue.SimpleQueue[apsw.Connection] = queue.SimpleQueue()
        for db in self._connections:
            self._idle.put(db)
        self._threads = ThreadPoolExecutor(SIZE, thread_name_prefix="queue-reader")

    async def read(self, read: Callable[[Reading], Answer]) -> Answer:
        """What `read` returns, run in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._in_snapshot, read)

    def _in_snapshot(self, read: Callable[[Reading], Answer]) -> Answer:
        db = self._idle.get()
        try:
            with db:
                answer = read(Reading(db))
        except apsw.Error as error:
            raise explained(error, db.filename) from error
        finally:
            self._idle.put(db)
        return answer

    def finish(self) -> None:
        """End the reads that were begun and let go of the file. Blocks."""
        self._threads.shutdown()
        for db in self._connections:
            db.close()
