"""Lines of one container that wait to be put into the spool as a batch."""

import anyio

from composia.agent.log_position import LogPosition, Overlap
from composia.agent.log_store import LogStore
from composia.core.container_log import LogSource
from composia.plugins.executor_talking import LogLines

BATCH = 128 * 1024
"""Bytes in a batch after which it is not let grow further."""

BATCH_LINES = 8192


class Full(Exception):
    """The spool takes no more for now."""


class Gathering:
    """One reading of a log, from the position that the spool knows, until something has stopped it: then `stopped` says what,
    and it takes and puts nothing more."""

    def __init__(self, store: LogStore, source: LogSource) -> None:
        self._store = store
        self._source = source
        self._position = store.position(source.id)
        self._overlap = Overlap(self._position) if self._position else None
        self._waiting: list[LogLines] = []
        self._bytes = 0
        self._lines = 0
        self._putting = anyio.Lock()
        self.stopped: Exception | None = None

    @property
    def is_large(self) -> bool:
        """Whether it is time to put them."""
        return self._bytes >= BATCH or self._lines >= BATCH_LINES

    @property
    def is_empty(self) -> bool:
        """Whether no line waits."""
        return not self._lines

    def begin_at(self, at_ns: int) -> None:
        """Nothing before the line of that time is wanted."""
        if self._position is None:
            self._position = LogPosition.first(at_ns)

    def add(self, lines: LogLines) -> None:
        """Take the next lines; those that were taken in an earlier reading are passed over."""
        if self._overlap is not None:
            known = self._overlap.known(lines.at_ns)
            if known:
                lines = _from(lines, known)
            if len(lines):
                self._overlap = None
        if len(lines):
            self._waiting.append(lines)
            self._bytes += len(lines.data)
            self._lines += len(lines)

    async def put(self) -> None:
        """Put what waits into the spool. `OSError` when the disk refuses it, `Full` when nothing may follow it for now."""
        async with self._putting:
            if self.stopped is not None:
                raise self.stopped
            waiting, self._waiting, self._bytes, self._lines = self._waiting, [], 0, 0
            if waiting:
                try:
                    await self._append(waiting[0] if len(waiting) == 1 else _joined(waiting))
                except (OSError, Full) as error:
                    self.stopped = error  # what would come next must not be there without this
                    raise

    async def finish(self) -> None:
        """Return once nothing is being put; nothing more is, then."""
        async with self._putting:
            self.stopped = self.stopped or Full("it is over")
            self._waiting, self._bytes, self._lines = [], 0, 0

    async def _append(self, lines: LogLines) -> None:
        position = (self._position or LogPosition()).after(lines.at_ns)
        await self._store.append(self._source, lines, position)
        self._position = position
        if self._store.is_full:
            raise Full("the spool of logs is full")


def _from(lines: LogLines, index: int) -> LogLines:
    """The lines from that one on."""
    begin = lines.ends[index - 1]
    return LogLines(
        at_ns=lines.at_ns[index:],
        stderr=lines.stderr[index:],
        partial=lines.partial[index:],
        ends=tuple(end - begin for end in lines.ends[index:]),
        data=lines.data[begin:],
    )


def _joined(parts: list[LogLines]) -> LogLines:
    ends: list[int] = []
    before = 0
    for part in parts:
        ends.extend([before + end for end in part.ends] if before else part.ends)
        before += len(part.data)
    return LogLines(
        at_ns=tuple(at for part in parts for at in part.at_ns),
        stderr=tuple(one for part in parts for one in part.stderr),
        partial=tuple(one for part in parts for one in part.partial),
        ends=tuple(ends),
        data=b"".join(part.data for part in parts),
    )
