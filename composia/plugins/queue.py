"""The extension point `queue`: everything that must commit together. One is chosen.

It owns deployments, tasks, intents, releases, audit, node records, the repository's state, and the last saved
picture of what was seen. No SQL, rows or closures cross this border; time is passed in; a claim names the server.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from composia.core.attempt import Retries
from composia.core.deployment import Deployment
from composia.core.intent import Drain, Intent, Pause
from composia.core.node import Node, Seen
from composia.core.release import Release
from composia.core.revision import RepositoryState
from composia.core.schedule import ScheduleState
from composia.core.service import RolloutPolicy
from composia.core.session import Attempt, Report
from composia.core.task import Order, Priority, Task, TaskError, TaskKind, TaskState

Item = TypeVar("Item")


@dataclass(frozen=True, kw_only=True)
class Page(Generic[Item]):
    """Part of a list. `next` is the key to ask for the following part with, empty at the end."""

    items: tuple[Item, ...]
    next: str = ""


@dataclass(frozen=True, kw_only=True)
class NewTask:
    """A task to be put: its node, its order and the batch it belongs to."""

    node: str
    order: Order
    batch: int = 0


@dataclass(frozen=True, kw_only=True)
class NewDeployment:
    """A deployment to be put, with all its tasks and the intents that go with it.

    `wait_s` is how long a task may wait before it fails with `timed_out`. `retry_of` is the deployment whose orders are
    given again: what of it waits or is lost on the same nodes is superseded.
    """

    kind: TaskKind
    service: str
    tasks: tuple[NewTask, ...]
    revision: str = ""
    rollout: RolloutPolicy = field(default_factory=RolloutPolicy)
    intents: tuple[Intent, ...] = ()
    priority: int = Priority.PERSON
    created_by: str = ""
    wait_s: float = 86_400.0
    retry_of: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A deployment with its tasks, by sequence."""

    deployment: Deployment
    tasks: tuple[Task, ...]


@dataclass(frozen=True, kw_only=True)
class AuditEntry:
    """Who did what. `text` holds no secret."""

    at_ms: int
    by: str
    action: str
    target: str
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class Retention:
    """What is kept: deployments that ended, and audit entries, since these times (milliseconds UTC); of each instance's
    releases so many, the last good one among them in any case."""

    ended_since_ms: int
    audit_since_ms: int
    releases: int


@dataclass(frozen=True, kw_only=True)
class Forgotten:
    """What was removed: the tasks by id, and whether more may be left to remove."""

    tasks: tuple[str, ...] = ()
    more: bool = False


@dataclass(frozen=True, kw_only=True)
class DeploymentFilter:
    """Which deployments; empty fields match all."""

    services: tuple[str, ...] = ()
    open_only: bool = False


@dataclass(frozen=True, kw_only=True)
class TaskFilter:
    """Which tasks; empty fields match all. Times are milliseconds UTC of creation, `until_ms` exclusive."""

    services: tuple[str, ...] = ()
    nodes: tuple[str, ...] = ()
    states: tuple[TaskState, ...] = ()
    kinds: tuple[TaskKind, ...] = ()
    deployment: str = ""
    since_ms: int = 0
    until_ms: int = 0


@dataclass(frozen=True, kw_only=True)
class Change:
    """A committed change: the deployment or the task as it is now. Numbers grow by one within a database's life."""

    number: int
    deployment: Deployment | None = None
    task: Task | None = None


class Queue(Protocol):
    """Promises, each tested on every implementation by `composia.plugins.testing.queue`:

    1. What a call returned is committed, and for work survives power loss (`sqlite`; `memory` lives with its process).
    2. `put` is one transaction: all deployments of a request with their tasks, intents and audit entries, or nothing.
       The same request id again returns what was stored first and changes nothing.
    3. `claim` succeeds at most once per attempt, only for the first waiting task of an instance that has no live
       one, in a batch that was let go, whose time has come, on a node that is not paused; it raises the attempt number. A task of a paused
       deployment stands in nobody's way.
    4. A report with an attempt number other than the live one is refused (`Conflict`), and one whose number is not
       above the last applied one changes nothing.
    5. A newer deploy of the same instance supersedes one that has not started or is lost, in the transaction of its
       `put`; a retry supersedes what it is a retry of.
    6. With every change of a task its deployment is advanced (`composia.core.deployment.advance`) in the same
       transaction.
    7. `changes` yields every committed change after a number, in order, without gap or repeat, from `first_change` on.
    8. Lists are newest first and paged by key: items put meanwhile neither shift nor hide others.
    9. What a person does to work or to a node (cancel, pause, resume, resolve, drain, undrain, pause_node, resume_node) is one transaction with
       its audit entry; done again, it changes nothing and stores no second entry.
    10. `forget` removes nothing that is open, nothing that ended later than it was told, no last release, and no service's last
       deployment.
    """

    @property
    def database(self) -> str:
        """A random name of this store, made with it."""
        ...

    # work
    async def put(self, request_id: str, new: Sequence[NewDeployment], now_ms: int) -> tuple[Stored, ...]:
        """Store the deployments of a request with their tasks. Ids are `d` and `t` with a number that only grows.
        `NotPossible` when a task of which one is a retry is live."""
        ...

    async def requested(self, request_id: str) -> tuple[Stored, ...]:
        """What was put with that request id, as it is now; empty when nothing was."""
        ...

    async def claimable(self, node: str, now_ms: int, limit: int = 100) -> tuple[Task, ...]:
        """The first waiting task of each instance of the node that is free, by priority, then sequence. Who is first
        inside an instance the sequence alone decides, and a task past its deadline is not offered."""
        ...

    async def claim(self, task: str, *, server: str, lease_ms: int, now_ms: int) -> Task | None:
        """Assign a new attempt of a task, or None when one of the invariants of promise 3 does not hold (any more)."""
        ...

    async def report(self, reports: Sequence[Report], retries: Retries, now_ms: int) -> Task:
        """Apply numbered reports of one attempt, at least one and in order, in one transaction; with `Finished` its release
        is stored."""
        ...

    async def renew(self, node: str, attempts: Sequence[Attempt], lease_ms: int, now_ms: int) -> tuple[Attempt, ...]:
        """Extend the leases of a node's live attempts; returns those that are not live (any more)."""
        ...

    async def sweep(self, retries: Retries, now_ms: int) -> tuple[Task, ...]:
        """End what has waited past its deadline (`failed`, timed_out), and attempts whose lease ran out: they wait again
        or are `lost`. Advance deployments whose pause is over. Returns the changed tasks."""
        ...

    async def release_lease(self, attempt: Attempt, error: TaskError, retries: Retries, now_ms: int) -> Task:
        """Give up a live attempt at once, because its agent came without it, or never got it."""
        ...

    async def postpone(self, by_ms: int) -> None:
        """Move every lease, deadline, wait and pause of open work by so many milliseconds, which may be negative: the
        server's clock was set."""
        ...

    # what a person does to work
    async def cancel_task(self, task: str, by: str, now_ms: int) -> Task:
        """End a task: at once where it waits; where it is live it is marked, and its agent tells how it ended.
        `NotPossible` when it has ended."""
        ...

    async def cancel_deployment(self, deployment: str, by: str, now_ms: int) -> Stored:
        """End every open task of a deployment, which is cancelled once they are (`composia.core.deployment.cancelled`).
        `NotPossible` when it has ended."""
        ...

    async def pause(self, deployment: str, by: str, now_ms: int) -> Stored:
        """Let no further task of a deployment begin. `NotPossible` when it has ended."""
        ...

    async def resume(self, deployment: str, by: str, now_ms: int) -> Stored:
        """Let a paused deployment go on (`composia.core.deployment.resumed`). Where an instance has meanwhile begun
        something newer, the waiting task for it is superseded."""
        ...

    async def resolve(self, task: str, state: TaskState, by: str, now_ms: int) -> Task:
        """A person says how a lost task ended (`composia.core.attempt.resolved`)."""
        ...

    # what a person wants of a node
    async def drain(self, node: str, by: str, now_ms: int) -> Drain:
        """Have nothing new placed on a node; the one that holds already when it was done before."""
        ...

    async def undrain(self, node: str, by: str, now_ms: int) -> None:
        """Let services be placed on a node again."""
        ...

    async def pause_node(self, node: str, by: str, now_ms: int) -> Pause:
        """Let no task begin on a node: none of its tasks is claimable, none can be claimed. The pause that holds already
        when it was done before."""
        ...

    async def resume_node(self, node: str, by: str, now_ms: int) -> None:
        """Let tasks begin on a node again."""
        ...

    # housekeeping
    async def forget(self, keep: Retention, limit: int) -> Forgotten:
        """Remove up to `limit` ended deployments with their tasks and changes, and as many audit entries and releases,
        of those that need not be kept, oldest first."""
        ...

    # reading
    async def deployment(self, deployment: str) -> Deployment:
        """`NotFound` for an unknown id."""
        ...

    async def deployments(self, which: DeploymentFilter, limit: int, after: str = "") -> Page[Deployment]:
        """Newest first; `after` is a page's `next`, which is the sequence of its last one."""
        ...

    async def last_deployments(self) -> tuple[Deployment, ...]:
        """Of each service the deployment that was put last, by service."""
        ...

    async def task(self, task: str) -> Task:
        """`NotFound` for an unknown id."""
        ...

    async def tasks(self, which: TaskFilter, limit: int, after: str = "") -> Page[Task]:
        """Newest first; `after` is a page's `next`."""
        ...

    async def live(self) -> tuple[Task, ...]:
        """All tasks that an agent holds under a lease, by sequence."""
        ...

    async def waiting(self) -> tuple[Task, ...]:
        """All pending tasks, by sequence."""
        ...

    def changes(self, after: int) -> AsyncIterator[Change]:
        """Changes with a number above `after`, then those to come, until the iterator or the queue is closed. A change
        that is read late tells what is there now. A renewed lease is none."""
        ...

    async def last_change(self) -> int:
        """The number of the newest change; 0 when there is none."""
        ...

    async def first_change(self) -> int:
        """The number of the oldest change that is not forgotten; 1 when none was."""
        ...

    # what a person wants, what was released, who is there
    async def intents(self) -> tuple[Intent, ...]:
        """All intents, by service and node."""
        ...

    async def drains(self) -> tuple[Drain, ...]:
        """The nodes on which nothing new is to be placed, by name."""
        ...

    async def pauses(self) -> tuple[Pause, ...]:
        """The nodes on which no task is to begin, by name."""
        ...

    async def schedules(self) -> tuple[ScheduleState, ...]:
        """What is kept of schedules, by name."""
        ...

    async def save_schedule(self, state: ScheduleState) -> None:
        """Store what is kept of a schedule."""
        ...

    async def releases(self, service: str = "") -> tuple[Release, ...]:
        """The last release of each instance, by service and node."""
        ...

    async def good_releases(self, service: str = "") -> tuple[Release, ...]:
        """The last good release of each instance, by service and node."""
        ...

    async def kept_bundles(self) -> frozenset[str]:
        """The digests of the bundles of all open tasks and all releases that are kept."""
        ...

    async def nodes(self) -> tuple[Node, ...]:
        """All nodes, by name."""
        ...

    async def save_node(self, node: Node) -> None:
        """Store a node's record."""
        ...

    async def repository(self) -> RepositoryState | None:
        """The last saved state of the repository."""
        ...

    async def save_repository(self, state: RepositoryState) -> None:
        """Store the state of the repository."""
        ...

    async def seen(self) -> dict[str, Seen]:
        """The last saved picture of each node."""
        ...

    async def save_seen(self, seen: dict[str, Seen]) -> None:
        """Store the pictures of some nodes; the others stay."""
        ...

    async def record(self, entry: AuditEntry) -> None:
        """Store an audit entry of its own."""
        ...

    async def audit(self, limit: int, after: str = "") -> Page[AuditEntry]:
        """Newest first; `after` is a page's `next`."""
        ...

    async def close(self) -> None:
        """Finish what was accepted and let go of the files."""
        ...
