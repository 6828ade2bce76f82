"""The attempts that this agent answers for: from their acceptance until the server has their end and their output."""

import logging
import shutil
from collections.abc import Mapping
from pathlib import Path

import anyio
import anyio.to_thread

from composia.agent.bell import Bell
from composia.agent.journal import AttemptJournal, read_journals
from composia.clock import Clock
from composia.core.session import Acknowledged, Attempt, Finished, Report, Run
from composia.core.task import TaskError, TaskState
from composia.durable import force_directory
from composia.errors import ComposiaError
from composia.points import Reached, unwatched

log = logging.getLogger(__name__)

GATHER_S = 0.05
"""How long the news of an attempt waits for more of it, but for that of its end: each time costs agent and server a message, a
commit, and what all who watch are sent."""


class Attempts:
    """The journals of a node by attempt. `bell` rings when there is something new to tell the server.

    What could not be written down has no journal: it is only told, by this life of the agent, that it has failed.
    """

    def __init__(self, directory: Path, bell: Bell, clock: Clock, reached: Reached = unwatched) -> None:
        self.bell = bell
        self._directory = directory
        self._clock = clock
        self._reached = reached
        self._journals: dict[Attempt, AttemptJournal] = {}
        self._declined: dict[Attempt, Report] = {}
        self._output_kept: set[Attempt] = set()
        self._settling = anyio.Lock()

    async def load(self) -> None:
        """Read the journals that an earlier life of the agent left."""
        journals = await anyio.to_thread.run_sync(read_journals, self._directory, self._reached)
        self._journals = {journal.attempt: journal for journal in journals}

    def all(self) -> tuple[AttemptJournal, ...]:
        """The journals, in the order in which the attempts were given."""
        return tuple(self._journals.values())

    def find(self, attempt: Attempt) -> AttemptJournal | None:
        """The journal of an attempt, if the agent answers for it."""
        return self._journals.get(attempt)

    def knows(self, attempt: Attempt) -> bool:
        """Whether it has a journal, or is being declined."""
        return attempt in self._journals or attempt in self._declined

    def unfinished(self) -> tuple[Attempt, ...]:
        """The attempts that are worked on, or wait for it."""
        return tuple(journal.attempt for journal in self.all() if journal.finished is None)

    def unacknowledged(self) -> tuple[Attempt, ...]:
        """The attempts whose end the server does not have for sure."""
        return (*(journal.attempt for journal in self.all() if not journal.acknowledged), *self._declined)

    def reports(self, sent: Mapping[Attempt, int]) -> tuple[Report, ...]:
        """The reports to send, in order, when those up to the numbers in `sent` were sent already."""
        journalled = (report for journal in self.all() for report in journal.told())
        all_ = (*journalled, *self._declined.values())
        return tuple(report for report in all_ if report.number > sent.get(report.attempt, 0))

    async def accept(self, run: Run) -> AttemptJournal:
        """Write an order down; from then on it is answered for."""
        place = self._directory / str(run.attempt)
        journal = await anyio.to_thread.run_sync(AttemptJournal.create, place, run, self._clock.now_ms(), self._reached)
        self._journals[run.attempt] = journal
        self.bell.ring_within(GATHER_S)
        return journal

    def decline(self, attempt: Attempt, error: ComposiaError) -> None:
        """Tell of an order that could not be written down that it has failed, and why. Nothing of it was begun."""
        told = TaskError.of(error)
        ended = Finished(state=TaskState.FAILED, error=told)
        self._declined[attempt] = Report(attempt=attempt, number=1, body=ended)
        self.bell.ring()

    async def acknowledge(self, acknowledged: Acknowledged) -> None:
        """The server has the reports up to that number."""
        self._declined.pop(acknowledged.attempt, None)
        async with self._settling:
            if journal := self.find(acknowledged.attempt):
                if journal.ends_with(acknowledged.number):
                    await anyio.to_thread.run_sync(journal.acknowledge, acknowledged.number)
                    await self._settle(journal)
                else:  # nothing is written
                    await journal.soon(journal.acknowledge, acknowledged.number)

    async def give_up(self, attempt: Attempt) -> None:
        """Report no more of an attempt that has ended: the server goes by another's word. Its output is still kept."""
        self._declined.pop(attempt, None)
        async with self._settling:
            journal = self.find(attempt)
            if journal is not None and journal.finished is not None and not journal.acknowledged:
                await anyio.to_thread.run_sync(journal.disown)
                await self._settle(journal)

    async def output_kept(self, attempt: Attempt) -> None:
        """The server has all of an ended attempt's output, or wants none of it."""
        async with self._settling:
            if journal := self.find(attempt):
                self._output_kept.add(attempt)
                await self._settle(journal)

    async def forget(self, attempt: Attempt) -> None:
        """Answer for an attempt no longer."""
        async with self._settling:
            await self._forget(attempt)

    async def put_aside(self, place: Path) -> None:
        """Answer for no attempt any longer, and move what there was to `place`, for a person who wants to look."""
        for journal in self._journals.values():
            journal.seal()
        self._journals.clear()
        self._declined.clear()
        self._output_kept.clear()
        await anyio.to_thread.run_sync(self._move, place)
        self.bell.ring()

    async def _settle(self, journal: AttemptJournal) -> None:
        if journal.acknowledged and journal.attempt in self._output_kept:
            log.info("attempt settled", extra={"attempt": str(journal.attempt)})
            await self._forget(journal.attempt)

    async def _forget(self, attempt: Attempt) -> None:
        """Left there on a disk that is read-only now, it does no harm: the next life of the agent settles it once more."""
        if journal := self._journals.pop(attempt, None):
            self._output_kept.discard(attempt)
            try:
                await anyio.to_thread.run_sync(journal.remove)
            except OSError as error:
                log.warning("attempt not removed", extra={"attempt": str(attempt), "reason": str(error)})
            self.bell.ring()

    def _move(self, place: Path) -> None:
        if not self._directory.exists():  # what lies aside may be of a move that was not remembered
            return
        if place.exists():
            shutil.rmtree(place)
        self._directory.rename(place)
        force_directory(place.parent)
