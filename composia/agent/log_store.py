"""The spool of log lines as the agent's loops use it: out of the event loop, with bells for what has changed."""

import logging
from collections.abc import Iterable
from functools import partial

import anyio
import anyio.to_thread

from composia.agent.bell import Bell
from composia.agent.log_position import LogPosition
from composia.agent.log_spool import LogSpool
from composia.core.container_log import ForwardedLogs, LogSource
from composia.plugins.executor_talking import LogLines

log = logging.getLogger(__name__)

REOPEN_S = 10.0
"""How long it waits with a disk on which the spool cannot be opened."""


class LogStore:
    """`grown` rings when batches were added, `shrunk` when the server has some. What the disk refuses is raised."""

    def __init__(self, spool: LogSpool) -> None:
        self._spool = spool
        self._opened = anyio.Event()
        self.grown = Bell()
        self.shrunk = Bell()

    @property
    def id(self) -> str:
        """Names the spool."""
        return self._spool.id

    @property
    def kept(self) -> int:
        """The number up to which the server has everything."""
        return self._spool.kept

    @property
    def last(self) -> int:
        """The number of the last batch."""
        return self._spool.last

    @property
    def created_ms(self) -> int:
        """Since when logs are followed here, by the node's clock."""
        return self._spool.created_ms

    @property
    def is_full(self) -> bool:
        """Whether nothing more is to be added for now."""
        return self._spool.is_full

    async def open(self) -> None:
        """Take up what an earlier life left, as soon as the disk allows it."""
        while True:
            try:
                await anyio.to_thread.run_sync(self._spool.open)
            except OSError as error:
                log.error("logs of containers cannot be kept here", extra={"reason": str(error)})  # noqa: TRY400
                await anyio.sleep(REOPEN_S)
            else:
                self._opened.set()
                return

    async def until_open(self) -> None:
        """Return once it can be used."""
        await self._opened.wait()

    async def until_room(self) -> None:
        """Return once more may be added."""
        while self._spool.is_full:
            shrunk = self.shrunk.next
            if self._spool.is_full:
                await shrunk.wait()

    def position(self, container: str) -> LogPosition | None:
        """How far that container's log was taken."""
        return self._spool.position(container)

    @property
    def containers(self) -> tuple[str, ...]:
        """Those of which a position is known."""
        return self._spool.containers

    def forget(self, containers: Iterable[str]) -> None:
        """These are no more."""
        self._spool.forget(containers)

    async def append(self, source: LogSource, lines: LogLines, position: LogPosition) -> None:
        """Add a batch of a container, with its position after it."""
        await anyio.to_thread.run_sync(self._spool.append, source, lines, position)
        self.grown.ring()

    async def read(self, after: int, limit: int) -> tuple[ForwardedLogs, ...]:
        """The batches that follow that number, about `limit` bytes of them, forced to disk before."""
        return await anyio.to_thread.run_sync(self._synced, after, limit)

    async def acknowledge(self, number: int) -> None:
        """The server has all up to that number."""
        await anyio.to_thread.run_sync(partial(self._spool.acknowledge, number))
        self.shrunk.ring()

    def _synced(self, after: int, limit: int) -> tuple[ForwardedLogs, ...]:
        if self._spool.synced < self._spool.last:
            self._spool.sync()
        return self._spool.read(after, limit)
