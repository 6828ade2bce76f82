"""The sink `files`, for the event loop: one thread at a time writes, a few read."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import TypeVar

import anyio
import anyio.to_thread

from composia.builtin_plugins.log_files.config import FilesConfig
from composia.builtin_plugins.log_files.reading import Reading
from composia.builtin_plugins.log_files.retention import trim
from composia.builtin_plugins.log_files.store import Store
from composia.clock import Clock
from composia.core.container_log import ForwardedLogs, LogsQuery
from composia.errors import Unavailable, of_the_system
from composia.plugins.log_sink import KeptLine, LogWindow

log = logging.getLogger(__name__)

READERS = 2
"""How many questions are worked on at one moment; the others take turns with them, page by page."""

SYNC_S = 5.0
"""How long after it was kept the disk is asked to take something."""

Result = TypeVar("Result")


class FilesSink:
    """Batches that come while others are written are written together."""

    def __init__(self, directory: Path, clock: Clock, config: FilesConfig) -> None:
        self._directory = directory
        self._config = config
        self._store = Store(directory, clock)
        self._work: list[tuple[Callable[[], object], asyncio.Future[object]]] = []
        self._worker: asyncio.Task[None] | None = None
        self._syncing: asyncio.Task[None] | None = None
        self._closing = False
        self._readers = anyio.CapacityLimiter(READERS)

    async def append(self, node: str, logs: ForwardedLogs) -> int:
        """Keep a batch: when this returns the system has it, and it survives `kill -9`. The disk is asked to take it
        within seconds, so a power cut may lose that much."""
        return await self._written(lambda: self._store.append(node, logs))

    def position(self) -> int:
        """That of the last batch."""
        return self._store.position

    async def read(self, query: LogsQuery, window: LogWindow) -> AsyncGenerator[tuple[KeptLine, ...], None]:
        """What is kept, in pages."""
        pages = Reading(self._store, query, window).pages()
        while (page := await self._read(lambda: next(pages, None))) is not None:
            yield page

    async def sources(self) -> frozenset[tuple[str, str, str]]:
        """Of what something is kept."""

        def find() -> frozenset[tuple[str, str, str]]:
            places = self._store.places((), ())
            return frozenset((place.node, place.service, name) for place in places for name in place.stream.names())

        return await self._read(find)

    async def trim(self, now_ms: int) -> int:
        """Remove what is too old or too much."""
        # what is found out here is not to be found out while appends wait
        await self._read(lambda: self._store.places((), ()))
        size = self._config.mib * 1024 * 1024
        return await self._written(lambda: trim(self._store, now_ms, days=self._config.days, size=size))

    async def close(self) -> None:
        """Have the disk take what was kept."""
        self._closing = True
        if self._syncing:
            self._syncing.cancel()
            await asyncio.gather(self._syncing, return_exceptions=True)
        await self._written(self._store.sync)

    async def _read(self, work: Callable[[], Result]) -> Result:
        """Look something up in a thread."""
        try:
            return await anyio.to_thread.run_sync(work, limiter=self._readers)
        except OSError as error:
            raise self._told("read", error) from error

    async def _written(self, work: Callable[[], Result]) -> Result:
        """Do something in the writing thread. It is done even when nobody waits for it any more."""
        done: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._work.append((work, done))  # type: ignore[arg-type]  # what comes out is what goes in
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._write(), name="write logs")
        try:
            return await done
        except OSError as error:
            raise self._told("kept", error) from error

    def _told(self, what: str, error: OSError) -> Unavailable:
        told = of_the_system(error)
        return Unavailable(f"logs cannot be {what}: {told.message}", where=str(self._directory), hint=told.hint)

    async def _write(self) -> None:
        while self._work:
            work, self._work = self._work, []
            done = await asyncio.to_thread(_do, [what for what, _ in work])
            for (_, future), (result, error) in zip(work, done, strict=True):
                if future.cancelled():
                    continue
                if error:
                    future.set_exception(error)
                else:
                    future.set_result(result)
            if self._store.is_dirty and not self._closing and (self._syncing is None or self._syncing.done()):
                self._syncing = asyncio.create_task(self._sync(), name="sync logs")

    async def _sync(self) -> None:
        """Have the disk take what was kept a while ago, and what comes meanwhile after another while."""
        while self._store.is_dirty:
            await asyncio.sleep(SYNC_S)
            try:
                await self._written(self._store.sync)
            except Unavailable as error:
                log.warning("logs not synced", extra={"error": str(error)})


def _do(work: list[Callable[[], object]]) -> list[tuple[object, Exception | None]]:
    done: list[tuple[object, Exception | None]] = []
    for what in work:
        try:
            done.append((what(), None))
        except Exception as error:  # noqa: BLE001 - each waits for its own
            done.append((None, error))
    return done
