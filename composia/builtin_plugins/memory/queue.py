"""The queue in memory: the promises of `composia.plugins.queue`, kept as long as the process lives."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from typing import TypeVar

from composia.builtin_plugins.memory.work import Work
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
from composia.plugins.paging import page_of, page_start
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

Item = TypeVar("Item")


class MemoryQueue:
    """Keeps everything in this process."""

    def __init__(self) -> None:
        self._database = secrets.token_hex(8)
        self._stored = Work()
        self._nodes: dict[str, Node] = {}
        self._repository: RepositoryState | None = None
        self._seen: dict[str, Seen] = {}
        self._schedules: dict[str, ScheduleState] = {}
        self._changed = asyncio.Event()
        self._closed = False

    @property
    def database(self) -> str:
        """A random name."""
        return self._database

    @property
    def _work(self) -> Work:
        if self._closed:
            raise Unavailable("the queue is closed")
        return self._stored

    # work

    async def put(self, request_id: str, new: Sequence[NewDeployment], now_ms: int) -> tuple[Stored, ...]:
        """Store the deployments of a request with their tasks."""
        return self._changing(lambda work: work.put(request_id, new, now_ms))

    async def requested(self, request_id: str) -> tuple[Stored, ...]:
        """What was put with that request id."""
        return self._work.requested(request_id)

    async def claimable(self, node: str, now_ms: int, limit: int = 100) -> tuple[Task, ...]:
        """The first waiting task of each instance of the node that is free."""
        return self._work.claimable(node, now_ms)[:limit]

    async def claim(self, task: str, *, server: str, lease_ms: int, now_ms: int) -> Task | None:
        """Assign a new attempt of a task."""
        return self._changing(lambda work: work.claim(task, server=server, lease_ms=lease_ms, now_ms=now_ms))

    async def report(self, reports: Sequence[Report], retries: Retries, now_ms: int) -> Task:
        """Apply numbered reports of an attempt."""
        return self._changing(lambda work: work.report(reports, retries, now_ms))

    async def renew(self, node: str, attempts: Sequence[Attempt], lease_ms: int, now_ms: int) -> tuple[Attempt, ...]:
        """Extend the leases of a node's live attempts."""
        return self._work.renew(node, attempts, lease_ms, now_ms)

    async def sweep(self, retries: Retries, now_ms: int) -> tuple[Task, ...]:
        """Apply the clock."""
        return self._changing(lambda work: work.sweep(retries, now_ms))

    async def release_lease(self, attempt: Attempt, error: TaskError, retries: Retries, now_ms: int) -> Task:
        """Give up a live attempt."""
        return self._changing(lambda work: work.give_up(attempt, error, retries, now_ms))

    async def postpone(self, by_ms: int) -> None:
        """Move the times of all that is open."""
        self._work.postpone(by_ms)

    # what a person does to work

    async def cancel_task(self, task: str, by: str, now_ms: int) -> Task:
        """End a task, or mark it to be ended."""
        return self._changing(lambda work: steering.cancel_task(work, task, by, now_ms))

    async def cancel_deployment(self, deployment: str, by: str, now_ms: int) -> Stored:
        """End every open task of a deployment, or mark it to be ended."""
        return self._changing(lambda work: steering.cancel_deployment(work, deployment, by, now_ms))

    async def pause(self, deployment: str, by: str, now_ms: int) -> Stored:
        """Let no further task of a deployment begin."""
        return self._changing(lambda work: steering.pause(work, deployment, by, now_ms))

    async def resume(self, deployment: str, by: str, now_ms: int) -> Stored:
        """Let a paused deployment go on."""
        return self._changing(lambda work: steering.resume(work, deployment, by, now_ms))

    async def resolve(self, task: str, state: TaskState, by: str, now_ms: int) -> Task:
        """A person says how a lost task ended."""
        return self._changing(lambda work: steering.resolve(work, task, state, by, now_ms))

    # what a person wants of a node

    async def drain(self, node: str, by: str, now_ms: int) -> Drain:
        """Have nothing new placed on a node."""
        return self._changing(lambda work: steering.drain(work, node, by, now_ms))

    async def undrain(self, node: str, by: str, now_ms: int) -> None:
        """Let services be placed on a node again."""
        self._changing(lambda work: steering.undrain(work, node, by, now_ms))

    async def pause_node(self, node: str, by: str, now_ms: int) -> Pause:
        """Let no task begin on a node."""
        return self._changing(lambda work: steering.pause_node(work, node, by, now_ms))

    async def resume_node(self, node: str, by: str, now_ms: int) -> None:
        """Let tasks begin on a node again."""
        self._changing(lambda work: steering.resume_node(work, node, by, now_ms))

    # housekeeping

    async def forget(self, keep: Retention, limit: int) -> Forgotten:
        """Remove what need not be kept."""
        return self._work.forget(keep, limit)

    def _changing(self, verb: Callable[[Work], Item]) -> Item:
        """Carry out a verb, then wake those who follow."""
        result = verb(self._work)
        self._wake()
        return result

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    # reading

    async def deployment(self, deployment: str) -> Deployment:
        """`NotFound` for an unknown id."""
        return self._work.deployment(deployment)

    async def deployments(self, which: DeploymentFilter, limit: int, after: str = "") -> Page[Deployment]:
        """Newest first."""
        start = page_start(limit, after)
        found = [(d.sequence, d) for d in _newest(self._work.deployments.values(), start) if _fits_deployment(d, which)]
        return page_of(found, limit)

    async def last_deployments(self) -> tuple[Deployment, ...]:
        """Of each service the deployment that was put last."""
        return tuple(last for _, last in sorted(self._work.last_deployments().items()))

    async def task(self, task: str) -> Task:
        """`NotFound` for an unknown id."""
        return self._work.task(task)

    async def tasks(self, which: TaskFilter, limit: int, after: str = "") -> Page[Task]:
        """Newest first."""
        start = page_start(limit, after)
        found = [(t.sequence, t) for t in _newest(self._work.tasks.values(), start) if _fits_task(t, which)]
        return page_of(found, limit)

    async def live(self) -> tuple[Task, ...]:
        """All tasks under a lease."""
        return self._work.in_state(TaskState.ASSIGNED, TaskState.RUNNING)

    async def waiting(self) -> tuple[Task, ...]:
        """All pending tasks."""
        return self._work.in_state(TaskState.PENDING)

    async def changes(self, after: int) -> AsyncIterator[Change]:
        """Changes with a number above `after`, then those to come; it ends when the queue is closed."""
        while not self._closed:
            changed = self._changed
            for change in self._work.changes(after):
                yield change
                after = change.number
            if not self._closed and self._work.last_change <= after:
                await changed.wait()

    async def last_change(self) -> int:
        """The number of the newest change."""
        return self._work.last_change

    async def first_change(self) -> int:
        """The number of the oldest change that is kept."""
        return self._work.first_change

    # what a person wants, what was released, who is there

    async def intents(self) -> tuple[Intent, ...]:
        """All intents, by service and node."""
        return tuple(intent for _, intent in sorted(self._work.intents.items()))

    async def drains(self) -> tuple[Drain, ...]:
        """The nodes on which nothing new is to be placed, by name."""
        return tuple(drain for _, drain in sorted(self._work.drains.items()))

    async def pauses(self) -> tuple[Pause, ...]:
        """The nodes on which no task is to begin, by name."""
        return tuple(pause for _, pause in sorted(self._work.pauses.items()))

    async def schedules(self) -> tuple[ScheduleState, ...]:
        """What is kept of all schedules, by name."""
        return tuple(state for _, state in sorted(self._schedules.items()))

    async def save_schedule(self, state: ScheduleState) -> None:
        """Store what is kept of a schedule."""
        self._schedules[state.name] = state

    async def releases(self, service: str = "") -> tuple[Release, ...]:
        """The last release of each instance."""
        return _last(self._work.releases, service)

    async def good_releases(self, service: str = "") -> tuple[Release, ...]:
        """The last good release of each instance."""
        return _last((release for release in self._work.releases if release.good), service)

    async def kept_bundles(self) -> frozenset[str]:
        """The bundles of open tasks and of kept releases."""
        orders = {task.order.bundle for task in self._work.tasks.values() if not task.state.final}
        return frozenset(orders | {release.bundle for release in self._work.releases}) - {""}

    async def nodes(self) -> tuple[Node, ...]:
        """All nodes, by name."""
        return tuple(node for _, node in sorted(self._nodes.items()))

    async def save_node(self, node: Node) -> None:
        """Store a node's record."""
        self._nodes[node.name] = node

    async def repository(self) -> RepositoryState | None:
        """The last saved state of the repository."""
        return self._repository

    async def save_repository(self, state: RepositoryState) -> None:
        """Store the state of the repository."""
        self._repository = state

    async def seen(self) -> dict[str, Seen]:
        """The last saved picture of each node."""
        return dict(self._seen)

    async def save_seen(self, seen: dict[str, Seen]) -> None:
        """Store the pictures of some nodes."""
        self._seen |= seen

    async def record(self, entry: AuditEntry) -> None:
        """Store an audit entry of its own."""
        self._work.record(entry)

    async def audit(self, limit: int, after: str = "") -> Page[AuditEntry]:
        """Newest first."""
        start = page_start(limit, after)
        numbered = [(number, entry) for number, entry in self._work.audit if number < start]
        return page_of(numbered[::-1], limit)

    async def close(self) -> None:
        """End those who follow."""
        self._closed = True
        self._wake()


Numbered = TypeVar("Numbered", Deployment, Task)


def _newest(things: Iterable[Numbered], start: int) -> list[Numbered]:
    below = (thing for thing in things if thing.sequence < start)
    return sorted(below, key=lambda thing: thing.sequence, reverse=True)


def _fits_deployment(deployment: Deployment, which: DeploymentFilter) -> bool:
    return (not which.services or deployment.service in which.services) and not (
        which.open_only and deployment.state.final
    )


def _fits_task(task: Task, which: TaskFilter) -> bool:
    return (
        (not which.services or task.service in which.services)
        and (not which.nodes or task.node in which.nodes)
        and (not which.states or task.state in which.states)
        and (not which.kinds or task.kind in which.kinds)
        and (not which.deployment or task.deployment == which.deployment)
        and task.created_ms >= which.since_ms
        and (not which.until_ms or task.created_ms < which.until_ms)
    )


def _last(releases: Iterable[Release], service: str) -> tuple[Release, ...]:
    last = {(release.service, release.node): release for release in releases if service in ("", release.service)}
    return tuple(release for _, release in sorted(last.items()))
