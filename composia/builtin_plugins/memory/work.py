"""Deployments and tasks in dictionaries. No method awaits, so that each is a transaction: it decides before it stores."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import count

from composia.core import attempt as rules
from composia.core.attempt import Retries
from composia.core.deployment import Deployment, DeploymentState, advance
from composia.core.intent import Drain, Intent, Pause
from composia.core.line import first_in_line, may_start
from composia.core.move import pointless
from composia.core.release import Release
from composia.core.session import Attempt, Report
from composia.core.task import Task, TaskError, TaskState
from composia.errors import NotFound
from composia.plugins import put as putting
from composia.plugins.queue import AuditEntry, Change, Forgotten, NewDeployment, Retention, Stored


class Work:
    """What commits together: deployments, tasks, intents, releases, audit entries, and the number of each change."""

    def __init__(self) -> None:
        self.deployments: dict[str, Deployment] = {}
        self.tasks: dict[str, Task] = {}
        self.intents: dict[tuple[str, str], Intent] = {}
        self.drains: dict[str, Drain] = {}
        self.pauses: dict[str, Pause] = {}
        self.releases: list[Release] = []
        self.audit: list[tuple[int, AuditEntry]] = []
        self._changed: list[Deployment | Task] = []
        self._forgotten = 0
        self._deployment_numbers, self._task_numbers, self._audit_numbers = count(1), count(1), count(1)
        self._tasks_of: dict[str, list[str]] = {}
        self._requested: dict[str, list[str]] = {}
        self._open: dict[str, Task] = {}

    # reading

    def task(self, task: str) -> Task:
        """`NotFound` for an unknown id."""
        if task not in self.tasks:
            raise NotFound(f"no task {task}")
        return self.tasks[task]

    def deployment(self, deployment: str) -> Deployment:
        """`NotFound` for an unknown id."""
        if deployment not in self.deployments:
            raise NotFound(f"no deployment {deployment}")
        return self.deployments[deployment]

    def last_deployments(self) -> dict[str, Deployment]:
        """Of each service the deployment that was put last."""
        return {one.service: one for one in self.deployments.values() if one.service}

    def requested(self, request_id: str) -> tuple[Stored, ...]:
        """What was put with that request id, as it is now."""
        return tuple(
            Stored(deployment=self.deployments[deployment], tasks=self.tasks_of(self.deployments[deployment]))
            for deployment in self._requested.get(request_id, ())
        )

    def in_state(self, *states: TaskState) -> tuple[Task, ...]:
        """The open tasks in one of these states, by sequence."""
        return tuple(sorted((t for t in self._open.values() if t.state in states), key=lambda task: task.sequence))

    def claimable(self, node: str, now_ms: int) -> tuple[Task, ...]:
        """The tasks of a node that may be claimed, in the order of their line."""
        if node in self.pauses:
            return ()
        paused = {name for name, one in self.deployments.items() if one.state is DeploymentState.PAUSED}
        line = first_in_line((task for task in self._open.values() if task.node == node), paused)
        return tuple(task for task in line if may_start(task, self.deployments[task.deployment], now_ms))

    def tasks_of(self, deployment: Deployment) -> tuple[Task, ...]:
        """Its tasks, by sequence."""
        return tuple(self.tasks[task] for task in self._tasks_of[deployment.id])

    def overtook(self, task: Task) -> Task | None:
        """The newest task of its instance that was put after it and has begun."""
        begun = [
            other
            for other in self.tasks.values()
            if (other.service, other.node) == (task.service, task.node)
            and other.sequence > task.sequence
            and other.attempt > 0
        ]
        return max(begun, key=lambda other: other.sequence, default=None)

    @property
    def last_change(self) -> int:
        """The number of the newest change."""
        return self._forgotten + len(self._changed)

    @property
    def first_change(self) -> int:
        """The number of the oldest change that is kept."""
        return self._forgotten + 1

    def changes(self, after: int) -> tuple[Change, ...]:
        """The changes with a number above `after`, as far as they are kept."""
        start = max(after - self._forgotten, 0)
        found = enumerate(self._changed[start:], self._forgotten + start + 1)
        return tuple(self._change(number, thing) for number, thing in found)

    # changing

    def put(self, request_id: str, new: Sequence[NewDeployment], now_ms: int) -> tuple[Stored, ...]:
        """Store the deployments of a request, once."""
        putting.check_request(request_id, new)
        if not self._requested.get(request_id):
            for one in new:
                if one.retry_of:
                    putting.check_retried(one, self.tasks_of(self.deployment(one.retry_of)))
            for one in new:
                self._put(request_id, one, now_ms)
        return self.requested(request_id)

    def _put(self, request_id: str, new: NewDeployment, now_ms: int) -> None:
        deployment = putting.new_deployment(request_id, new, next(self._deployment_numbers), now_ms)
        first = next(self._task_numbers)
        for _ in new.tasks[1:]:
            next(self._task_numbers)
        tasks = putting.new_tasks(new, deployment, first, now_ms)
        others = [task for task in self.tasks.values() if task.state in (TaskState.PENDING, TaskState.LOST)]
        self._requested.setdefault(request_id, []).append(deployment.id)
        self._tasks_of[deployment.id] = [task.id for task in tasks]
        self._store_deployment(deployment)
        for task in tasks:
            self._store_task(task)
        for intent in putting.new_intents(new, now_ms):
            self._store_intent(intent)
        self.record(putting.new_audit_entry(new, deployment, now_ms))
        self._apply(putting.outdated(new, tasks, others, now_ms), now_ms)

    def claim(self, task: str, *, server: str, lease_ms: int, now_ms: int) -> Task | None:
        """Assign a new attempt, if the task may be claimed."""
        stored = self.task(task)
        if stored not in self.claimable(stored.node, now_ms):
            return None
        return self._apply([rules.claimed(stored, server=server, lease_ms=lease_ms, now_ms=now_ms)], now_ms)[0]

    def report(self, reports: Sequence[Report], retries: Retries, now_ms: int) -> Task:
        """Apply reports of one attempt."""
        stored = self.task(reports[0].attempt.task)
        task, release = rules.all_reported(stored, reports, retries, now_ms)
        if task is stored:
            return stored
        if release:
            self.releases.append(release)
        return self._apply([task], now_ms)[0]

    def renew(self, node: str, attempts: Sequence[Attempt], lease_ms: int, now_ms: int) -> tuple[Attempt, ...]:
        """Extend leases; returns the attempts that are not live on that node."""
        gone = []
        for attempt in attempts:
            task = self._open.get(attempt.task)
            if task is None or task.node != node or not rules.is_live(task, attempt):
                gone.append(attempt)
                continue
            self._keep_task(rules.renewed(task, lease_ms, now_ms))
        return tuple(gone)

    def sweep(self, retries: Retries, now_ms: int) -> tuple[Task, ...]:
        """Apply the clock to all open tasks and deployments."""
        before = sorted(self._open.values(), key=lambda task: task.sequence)
        after = (rules.swept(task, retries, now_ms) for task in before)
        changed = self._apply([new for old, new in zip(before, after, strict=True) if new is not old], now_ms)
        self._advance({task.deployment for task in self._open.values()}, now_ms)
        return changed

    def give_up(self, attempt: Attempt, error: TaskError, retries: Retries, now_ms: int) -> Task:
        """Give up a live attempt."""
        return self._apply([rules.given_up(self.task(attempt.task), attempt, error, retries, now_ms)], now_ms)[0]

    def postpone(self, by_ms: int) -> None:
        """Move the times of all that is open."""
        for task in list(self._open.values()):
            self._keep_task(
                replace(
                    task,
                    deadline_ms=task.deadline_ms + by_ms,
                    not_before_ms=task.not_before_ms and task.not_before_ms + by_ms,
                    lease_until_ms=task.lease_until_ms and task.lease_until_ms + by_ms,
                )
            )
        for deployment in self.deployments.values():
            if deployment.resume_ms:
                self.deployments[deployment.id] = replace(deployment, resume_ms=deployment.resume_ms + by_ms)

    def forget(self, keep: Retention, limit: int) -> Forgotten:
        """Remove what need not be kept."""
        last = {one.id for one in self.last_deployments().values()}
        ended = sorted(
            (
                one
                for one in self.deployments.values()
                if one.state.final and one.ended_ms < keep.ended_since_ms and one.id not in last
            ),
            key=lambda one: (one.ended_ms, one.sequence),
        )[:limit]
        gone = [task for one in ended for task in self._tasks_of.pop(one.id)]
        for one in ended:
            del self.deployments[one.id]
            self._requested[one.request_id].remove(one.id)
        for task in gone:
            del self.tasks[task]
        kept = self.tasks.keys() | self.deployments.keys()
        oldest = max((number for number, thing in enumerate(self._changed, 1) if thing.id not in kept), default=0)
        self._forgotten += oldest
        del self._changed[:oldest]
        self.audit = [(number, entry) for number, entry in self.audit if entry.at_ms >= keep.audit_since_ms]
        self.releases = _kept(self.releases, keep.releases)
        return Forgotten(tasks=tuple(gone), more=len(ended) == limit)

    # storing

    def store(self, deployment: Deployment, tasks: Sequence[Task], now_ms: int) -> None:
        """Store a deployment, if it changed, and some of its tasks, and advance it."""
        if deployment != self.deployments[deployment.id]:
            self._store_deployment(deployment)
        for task in tasks:
            self._store_task(task)
        self._advance({deployment.id, *(task.deployment for task in tasks)}, now_ms)

    def record(self, entry: AuditEntry) -> None:
        """Store an audit entry."""
        self.audit.append((next(self._audit_numbers), entry))

    def drain_of(self, node: str) -> Drain | None:
        """What a person wants of a node, if anything."""
        return self.drains.get(node)

    def store_drain(self, node: str, drain: Drain | None) -> None:
        """Store or remove what a person wants of a node."""
        if drain:
            self.drains[node] = drain
        else:
            self.drains.pop(node, None)

    def pause_of(self, node: str) -> Pause | None:
        """Whether tasks may begin on a node."""
        return self.pauses.get(node)

    def store_pause(self, node: str, pause: Pause | None) -> None:
        """Store or remove a node's pause."""
        if pause:
            self.pauses[node] = pause
        else:
            self.pauses.pop(node, None)

    def _apply(self, tasks: Sequence[Task], now_ms: int) -> tuple[Task, ...]:
        for task in tasks:
            self._store_task(task)
        self._advance({task.deployment for task in tasks}, now_ms)
        return tuple(tasks)

    def _advance(self, deployments: set[str], now_ms: int) -> None:
        for stored in sorted((self.deployments[name] for name in deployments), key=lambda d: d.sequence):
            for task in pointless(stored, self.tasks_of(stored), now_ms):
                self._store_task(task)
            deployment = advance(stored, self.tasks_of(stored), now_ms)
            if deployment != stored:
                self._store_deployment(deployment)

    def _store_deployment(self, deployment: Deployment) -> None:
        self.deployments[deployment.id] = deployment
        self._changed.append(deployment)

    def _store_task(self, task: Task) -> None:
        self._keep_task(task)
        self._changed.append(task)

    def _keep_task(self, task: Task) -> None:
        self.tasks[task.id] = task
        if task.state.final:
            self._open.pop(task.id, None)
        else:
            self._open[task.id] = task

    def _store_intent(self, intent: Intent) -> None:
        if intent.stopped:
            self.intents[intent.service, intent.node] = intent
        else:
            self.intents.pop((intent.service, intent.node), None)

    def _change(self, number: int, thing: Deployment | Task) -> Change:
        if isinstance(thing, Task):
            return Change(number=number, task=self.tasks[thing.id])
        return Change(number=number, deployment=self.deployments[thing.id])


def _kept(releases: Iterable[Release], count: int) -> list[Release]:
    """The newest ones of each instance, and its last good one."""
    releases = list(releases)
    of: dict[tuple[str, str], list[Release]] = {}
    for release in releases:
        of.setdefault((release.service, release.node), []).append(release)
    kept = {id(one) for those in of.values() for one in (*those[-count:], *[r for r in those if r.good][-1:])}
    return [release for release in releases if id(release) in kept]
