"""The queue in SQLite: one writer thread, a few readers, and followers who are woken by commits."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import TypeVar

import apsw

from composia.builtin_plugins.sqlite.lock import DirectoryLock
from composia.builtin_plugins.sqlite.readers import Readers
from composia.builtin_plugins.sqlite.reading import Reading
from composia.builtin_plugins.sqlite.schema import connect, explained, migrate
from composia.builtin_plugins.sqlite.work import Work
from composia.builtin_plugins.sqlite.writer import Writer
from composia.core.attempt import Retries
from composia.core.deployment import Deployment
from composia.core.intent import Drain, Intent, Pause
from composia.core.node import Node, Seen
from composia.core.release import Release
from composia.core.revision import RepositoryState
from composia.core.schedule import ScheduleState
from composia.core.session import Attempt, Report
from composia.core.task import Task, TaskError, TaskState
from composia.errors import Unavailable
from composia.plugins import steering
from composia.plugins.queue import (
    AuditEntry,
    Change,
    DeploymentFilter,
    Forgotten,
    NewDeployment,
    Page,
    Retention,
    Stored,
    TaskFilter,
)

Answer = TypeVar("Answer")

CHANGES_AT_ONCE = 200
"""How many changes a follower holds in memory; it reads on when they are consumed."""


async def open_queue(directory: Path) -> "SqliteQueue":
    """Open the queue in a directory, which is made if need be; `Conflict` when another server has it open."""
    path = directory / "work.db"
    lock, db = await asyncio.to_thread(_open, path)
    return SqliteQueue(path, db, lock)


def _open(path: Path) -> tuple[DirectoryLock, apsw.Connection]:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = DirectoryLock(path.parent)
    try:
        db = connect(path)
        migrate(db, path)
    except BaseException as error:
        lock.release()
        if isinstance(error, apsw.Error):
            raise explained(error, path) from error
        raise
    return lock, db


class SqliteQueue:
    """Keeps everything in one file."""

    def __init__(self, path: Path, db: apsw.Connection, lock: DirectoryLock) -> None:
        stored = Reading(db)
        self._database = stored.database()
        self._last_change = stored.last_change()
        self._changed = asyncio.Event()
        self._closed = False
        self._lock = lock
        self._db = db
        self._readers = Readers(path)
        self._writer = Writer(db, self._on_commit)

    @property
    def database(self) -> str:
        """A random name, made with the file."""
        return self._database

    # work

    async def put(self, request_id: str, new: Sequence[NewDeployment], now_ms: int) -> tuple[Stored, ...]:
        """Store the deployments of a request with their tasks."""
        return await self._write(lambda work: work.put(request_id, new, now_ms))

    async def requested(self, request_id: str) -> tuple[Stored, ...]:
        """What was put with that request id."""
        return await self._read(lambda stored: stored.requested(request_id))

    async def claimable(self, node: str, now_ms: int, limit: int = 100) -> tuple[Task, ...]:
        """The first waiting task of each instance of the node that is free."""
        return await self._read(lambda stored: stored.claimable(node, now_ms, limit))

    async def claim(self, task: str, *, server: str, lease_ms: int, now_ms: int) -> Task | None:
        """Assign a new attempt of a task."""
        return await self._write(lambda work: work.claim(task, server=server, lease_ms=lease_ms, now_ms=now_ms))

    async def report(self, reports: Sequence[Report], retries: Retries, now_ms: int) -> Task:
        """Apply numbered reports of an attempt."""
        return await self._write(lambda work: work.report(reports, retries, now_ms))

    async def renew(self, node: str, attempts: Sequence[Attempt], lease_ms: int, now_ms: int) -> tuple[Attempt, ...]:
        """Extend the leases of a node's live attempts."""
        return await self._write(lambda work: work.renew(node, attempts, lease_ms, now_ms))

    async def sweep(self, retries: Retries, now_ms: int) -> tuple[Task, ...]:
        """Apply the clock."""
        return await self._write(lambda work: work.sweep(retries, now_ms))

    async def release_lease(self, attempt: Attempt, error: TaskError, retries: Retries, now_ms: int) -> Task:
        """Give up a live attempt."""
        return await self._write(lambda work: work.give_up(attempt, error, retries, now_ms))

    async def postpone(self, by_ms: int) -> None:
        """Move the times of all that is open."""
        await self._write(lambda work: work.postpone(by_ms))

    # what a person does to work

    async def cancel_task(self, task: str, by: str, now_ms: int) -> Task:
        """End a task, or mark it to be ended."""
        return await self._write(lambda work: steering.cancel_task(work, task, by, now_ms))

    async def cancel_deployment(self, deployment: str, by: str, now_ms: int) -> Stored:
        """End every open task of a deployment, or mark it to be ended."""
        return await self._write(lambda work: steering.cancel_deployment(work, deployment, by, now_ms))

    async def pause(self, deployment: str, by: str, now_ms: int) -> Stored:
        """Let no further task of a deployment begin."""
        return await self._write(lambda work: steering.pause(work, deployment, by, now_ms))

    async def resume(self, deployment: str, by: str, now_ms: int) -> Stored:
        """Let a paused deployment go on."""
        return await self._write(lambda work: steering.resume(work, deployment, by, now_ms))

    async def resolve(self, task: str, state: TaskState, by: str, now_ms: int) -> Task:
        """A person says how a lost task ended."""
        return await self._write(lambda work: steering.resolve(work, task, state, by, now_ms))

    # what a person wants of a node

    async def drain(self, node: str, by: str, now_ms: int) -> Drain:
        """Have nothing new placed on a node."""
        return await self._write(lambda work: steering.drain(work, node, by, now_ms))

    async def undrain(self, node: str, by: str, now_ms: int) -> None:
        """Let services be placed on a node again."""
        await self._write(lambda work: steering.undrain(work, node, by, now_ms))

    async def pause_node(self, node: str, by: str, now_ms: int) -> Pause:
        """Let no task begin on a node."""
        return await self._write(lambda work: steering.pause_node(work, node, by, now_ms))

    async def resume_node(self, node: str, by: str, now_ms: int) -> None:
        """Let tasks begin on a node again."""
        await self._write(lambda work: steering.resume_node(work, node, by, now_ms))

    # housekeeping

    async def forget(self, keep: Retention, limit: int) -> Forgotten:
        """Remove what need not be kept."""
        return await self._write(lambda work: work.forget(keep, limit))

    # reading

    async def deployment(self, deployment: str) -> Deployment:
        """`NotFound` for an unknown id."""
        return await self._read(lambda stored: stored.deployment(deployment))

    async def deployments(self, which: DeploymentFilter, limit: int, after: str = "") -> Page[Deployment]:
        """Newest first."""
        return await self._read(lambda stored: stored.deployments(which, limit, after))

    async def last_deployments(self) -> tuple[Deployment, ...]:
        """Of each service the deployment that was put last."""
        return await self._read(lambda stored: stored.last_deployments())

    async def task(self, task: str) -> Task:
        """`NotFound` for an unknown id."""
        return await self._read(lambda stored: stored.task(task))

    async def tasks(self, which: TaskFilter, limit: int, after: str = "") -> Page[Task]:
        """Newest first."""
        return await self._read(lambda stored: stored.tasks(which, limit, after))

    async def live(self) -> tuple[Task, ...]:
        """All tasks under a lease."""
        return await self._read(lambda stored: stored.live())

    async def waiting(self) -> tuple[Task, ...]:
        """All pending tasks."""
        return await self._read(lambda stored: stored.waiting())

    async def changes(self, after: int) -> AsyncIterator[Change]:
        """Changes with a number above `after`, then those to come; it ends when the queue is closed."""
        while not self._closed:
            changed = self._changed
            if self._last_change <= after:
                await changed.wait()
                continue
            for change in await self._next_changes(after):
                yield change
                after = change.number

    async def _next_changes(self, after: int) -> list[Change]:
        return await self._read(lambda stored: stored.changes(after, CHANGES_AT_ONCE))

    async def last_change(self) -> int:
        """The number of the newest change."""
        return await self._read(lambda stored: stored.last_change())

    async def first_change(self) -> int:
        """The number of the oldest change that is kept."""
        return await self._read(lambda stored: stored.first_change())

    # what a person wants, what was released, who is there

    async def intents(self) -> tuple[Intent, ...]:
        """All intents, by service and node."""
        return await self._read(lambda stored: stored.intents())

    async def drains(self) -> tuple[Drain, ...]:
        """The nodes on which nothing new is to be placed, by name."""
        return await self._read(lambda stored: stored.drains())

    async def pauses(self) -> tuple[Pause, ...]:
        """The nodes on which no task is to begin, by name."""
        return await self._read(lambda stored: stored.pauses())

    async def schedules(self) -> tuple[ScheduleState, ...]:
        """What is kept of all schedules, by name."""
        return await self._read(lambda stored: stored.schedules())

    async def save_schedule(self, state: ScheduleState) -> None:
        """Store what is kept of a schedule."""
        await self._write(lambda work: work.save_schedule(state))

    async def releases(self, service: str = "") -> tuple[Release, ...]:
        """The last release of each instance."""
        return await self._read(lambda stored: stored.releases(service))

    async def good_releases(self, service: str = "") -> tuple[Release, ...]:
        """The last good release of each instance."""
        return await self._read(lambda stored: stored.good_releases(service))

    async def kept_bundles(self) -> frozenset[str]:
        """The bundles of open tasks and of kept releases."""
        return await self._read(lambda stored: stored.kept_bundles())

    async def nodes(self) -> tuple[Node, ...]:
        """All nodes, by name."""
        return await self._read(lambda stored: stored.nodes())

    async def save_node(self, node: Node) -> None:
        """Store a node's record."""
        await self._write(lambda work: work.save_node(node))

    async def repository(self) -> RepositoryState | None:
        """The last saved state of the repository."""
        return await self._read(lambda stored: stored.repository())

    async def save_repository(self, state: RepositoryState) -> None:
        """Store the state of the repository."""
        await self._write(lambda work: work.save_repository(state))

    async def seen(self) -> dict[str, Seen]:
        """The last saved picture of each node."""
        return await self._read(lambda stored: stored.seen())

    async def save_seen(self, seen: dict[str, Seen]) -> None:
        """Store the pictures of some nodes."""
        await self._write(lambda work: work.save_seen(seen))

    async def record(self, entry: AuditEntry) -> None:
        """Store an audit entry of its own."""
        await self._write(lambda work: work.record(entry))

    async def audit(self, limit: int, after: str = "") -> Page[AuditEntry]:
        """Newest first."""
        return await self._read(lambda stored: stored.audit(limit, after))

    async def close(self) -> None:
        """Finish what was accepted, end those who follow, and let go of the files."""
        if self._closed:
            return
        self._closed = True
        self._wake()
        await asyncio.to_thread(self._finish)

    def _finish(self) -> None:
        self._writer.finish()
        self._readers.finish()
        self._db.close()
        self._lock.release()

    # how

    async def _write(self, job: Callable[[Work], Answer]) -> Answer:
        self._check_open()
        return await self._writer.do(job)

    async def _read(self, read: Callable[[Reading], Answer]) -> Answer:
        self._check_open()
        return await self._readers.read(read)

    def _check_open(self) -> None:
        if self._closed:
            raise Unavailable("the queue is closed")

    def _on_commit(self, last_change: int) -> None:
        if last_change > self._last_change:
            self._last_change = last_change
            self._wake()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
