"""The one writer: a thread that owns the only connection that writes, and commits in groups."""

import asyncio
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import apsw

from composia.builtin_plugins.sqlite.schema import explained
from composia.builtin_plugins.sqlite.work import Work

Answer = TypeVar("Answer")

MAX_GROUP = 64


@dataclass(frozen=True, kw_only=True)
class _Job:
    run: Callable[[Work], Any]
    answer: asyncio.Future[Any]


@dataclass(frozen=True, kw_only=True)
class _Outcome:
    job: _Job
    result: Any = None
    error: Exception | None = None


class Writer:
    """Jobs that wait together share one commit; each has a savepoint of its own, so that one that fails leaves the
    others alone. Answers are given after the commit. `committed` is called on the loop with the newest change."""

    def __init__(self, db: apsw.Connection, committed: Callable[[int], None]) -> None:
        self._db = db
        self._work = Work(db)
        self._committed = committed
        self._last_change = self._work.last_change()
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._run, name="queue-writer", daemon=True)
        self._thread.start()

    def do(self, run: Callable[[Work], Answer]) -> asyncio.Future[Answer]:
        """Have a job done; its answer comes once it is committed."""
        answer: asyncio.Future[Answer] = self._loop.create_future()
        self._jobs.put(_Job(run=run, answer=answer))
        return answer

    def finish(self) -> None:
        """Do what was asked for, then end the thread. Blocks."""
        self._jobs.put(None)
        self._thread.join()

    def _run(self) -> None:
        while group := self._next_group():
            outcomes = self._commit(group)
            self._loop.call_soon_threadsafe(self._deliver, outcomes, self._last_change)

    def _next_group(self) -> list[_Job]:
        """The jobs that wait, at least one; none when the last one was done."""
        group: list[_Job] = []
        job = self._jobs.get()
        while job is not None:
            group.append(job)
            if len(group) == MAX_GROUP or self._jobs.empty():
                return group
            job = self._jobs.get()
        if group:
            self._jobs.put(None)
        return group

    def _commit(self, group: list[_Job]) -> list[_Outcome]:
        try:
            self._db.execute("BEGIN IMMEDIATE")
            outcomes = [self._attempt(job) for job in group]
            last_change = self._work.last_change()
            self._db.execute("COMMIT")
        except apsw.Error as error:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            return [_Outcome(job=job, error=explained(error, self._db.filename)) for job in group]
        self._last_change = last_change
        return outcomes

    def _attempt(self, job: _Job) -> _Outcome:
        self._db.execute("SAVEPOINT job")
        try:
            outcome = _Outcome(job=job, result=job.run(self._work))
        except Exception as error:
            if isinstance(error, apsw.Error) and not self._db.in_transaction:
                raise  # SQLite has rolled back the whole group
            self._db.execute("ROLLBACK TO job")
            outcome = _Outcome(job=job, error=explained(error, self._db.filename))
        self._db.execute("RELEASE job")
        return outcome

    def _deliver(self, outcomes: list[_Outcome], last_change: int) -> None:
        self._committed(last_change)
        for outcome in outcomes:
            if outcome.job.answer.cancelled():
                continue
            if outcome.error is not None:
                outcome.job.answer.set_exception(outcome.error)
            else:
                outcome.job.answer.set_result(outcome.result)
