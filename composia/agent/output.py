"""The output of attempts on its way to the server: bytes in order, from where it has them, until it has all.

A child writes straight into its attempt's file, and nothing stands between them. So nothing bounds what the file takes
while the server is away: to bound it would mean to slow the child or to lose bytes. It ends with the attempt, which has
a limit of time, and goes once the server has all of it. When the disk is full it is the child that fails, and the
attempt says so.
"""

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import anyio
import anyio.to_thread

from composia.agent.attempts import Attempts
from composia.agent.backoff import Backoff
from composia.agent.bell import Bell
from composia.agent.journal import AttemptJournal
from composia.agent.link import Link
from composia.core.session import Attempt, LogBatch
from composia.errors import ComposiaError, Forbidden, Invalid, NotFound, Unavailable

log = logging.getLogger(__name__)

BATCH = 64 * 1024
WINDOW = 16 * BATCH
"""Bytes of one attempt that may be under way."""

WORKING_RATE = 24 * 1024 * 1024
"""Bytes a second that are pushed at most while the attempt is at work: pushing takes processors, here and on the server,
and the child shall not be slower for it. What is left goes as fast as it can once the attempt has ended."""

PACE_S = 0.2
"""How often output that comes in small pieces is looked at."""


@dataclass(kw_only=True)
class Progress:
    """How far one attempt's output has come. The first answers on a stream tell where the server really is."""

    kept: int = 0
    sent: int = 0
    agreed: bool = False
    next_at: float = 0.0
    bell: Bell = field(default_factory=Bell)

    def begin(self) -> None:
        """A new stream: what was under way may not have arrived."""
        self.sent = self.kept
        self.agreed = False

    @property
    def room(self) -> int:
        """How many bytes may be sent now."""
        if not self.agreed:
            return BATCH if self.sent == self.kept else 0
        return min(BATCH, WINDOW - (self.sent - self.kept))

    def turn_after(self, size: int) -> float:
        """When the next batch may go, by the event loop's clock, after one of that size."""
        self.next_at = max(self.next_at, anyio.current_time()) + size / WORKING_RATE
        return self.next_at

    def take(self, offset: int) -> None:
        """The server keeps the output up to there; `Unavailable` when it has lost what it had."""
        lost = self.agreed and offset < self.kept
        self.kept = offset
        if not self.agreed:
            # it may have less than was thought, so that a gap was refused, or more, which it passed over
            self.agreed = offset >= self.sent
            self.sent = offset
        self.bell.ring()
        if lost:
            raise Unavailable("the server has lost output that it had")


class Outputs:
    """Pushes what the attempts' output files hold, each on a stream of its own, at most `streams` at once."""

    def __init__(self, attempts: Attempts, link: Link, *, streams: int, pace_s: float = PACE_S) -> None:
        self._attempts = attempts
        self._link = link
        self._pace_s = pace_s
        self._streams = anyio.Semaphore(streams)
        self._seen: set[Attempt] = set()

    async def run(self) -> None:
        """Push for ever."""
        async with anyio.create_task_group() as tasks:
            while True:
                rung = self._attempts.bell.next
                journals = {journal.attempt: journal for journal in self._attempts.all()}
                for attempt in journals.keys() - self._seen:
                    tasks.start_soon(self._push, journals[attempt], name=f"output of {attempt}")
                self._seen = set(journals)
                await rung.wait()

    async def _push(self, journal: AttemptJournal) -> None:
        progress = Progress()
        backoff = Backoff()
        while await self._has_more(journal, progress):
            try:
                async with self._streams, self._link.connected() as server:
                    progress.begin()
                    async for ack in server.push_logs(self._batches(journal, progress)):
                        progress.take(ack.offset)
                        backoff.reset()
            except (Forbidden, NotFound, Invalid) as error:
                log.warning("output not wanted", extra={"attempt": str(journal.attempt), "reason": str(error)})
                break
            except ComposiaError as error:
                log.info("output interrupted", extra={"attempt": str(journal.attempt), "reason": str(error)})
                await anyio.sleep(backoff.next())
        await self._attempts.output_kept(journal.attempt)

    async def _has_more(self, journal: AttemptJournal, progress: Progress) -> bool:
        """Whether there is output that the server does not have; waits until that is known."""
        while self._attempts.find(journal.attempt) is journal:
            if journal.finished is not None:
                return progress.kept < journal.finished.output_bytes
            if _size(journal.output) > progress.kept:
                return True
            await anyio.sleep(self._pace_s)
        return False

    async def _batches(self, journal: AttemptJournal, progress: Progress) -> AsyncIterator[LogBatch]:
        while self._attempts.find(journal.attempt) is journal:
            acknowledged = progress.bell.next
            end = None if journal.finished is None else journal.finished.output_bytes
            if end is not None and progress.kept >= end:
                return
            room = progress.room if end is None else min(progress.room, end - progress.sent)
            data = b""
            if room > 0 and (end is not None or _size(journal.output) > progress.sent):  # no thread for nothing
                data = await anyio.to_thread.run_sync(_read, journal.output, progress.sent, room)
            if data:
                batch = LogBatch(attempt=journal.attempt, offset=progress.sent, data=data)
                progress.sent += len(data)
                yield batch
                if end is None:
                    await anyio.sleep_until(progress.turn_after(len(data)))
            if room > 0 and end is None and len(data) < room:
                await anyio.sleep(self._pace_s)  # it comes in small pieces: let some gather
            elif not data:
                with anyio.move_on_after(self._pace_s):
                    await acknowledged.wait()


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:  # forgotten meanwhile
        return 0


def _read(path: Path, offset: int, size: int) -> bytes:
    try:
        with path.open("rb") as file:
            file.seek(offset)
            return file.read(max(0, size))
    except FileNotFoundError:  # forgotten meanwhile
        return b""
