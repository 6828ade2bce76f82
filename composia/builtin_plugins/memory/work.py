"""Deployments and tasks in dictionaries. No method awaits, so that each is a transaction: it decides before it stores."""

from collections.abc import Iterable, Sequence

from composia.core import attempt as rules
from composia.core.deployment import Deployment, advance
from composia.core.intent import Intent
from composia.core.line import first_in_line, may_start
from composia.core.release import Release
from composia.core.session import Attempt, Report
from composia.core.task import Task, TaskError, TaskState
from composia.errors import NotFound
from composia.plugins import put as putting
from composia.plugins.queue import AuditEntry, Change, NewDeployment, Stored


class Work:
    """What commits together: deployments, tasks, intents, releases, audit entries, and the number of each change."""

    def __init__(self) -> None:
        self.deployments: dict[str, Deployment] = {}
        self.tasks: dict[str, Task] = {}
        self.intents: dict[tuple[str, str], Intent] = {}
        self.releases: list[Release] = []
        self.audit: list[AuditEntry] = []
        self._changed: list[Deployment | Task] = []
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

    def requested(self, request_id: str) -> tuple[Stored, ...]:
        """What was put with that request id, as it is now."""
        return tuple(
            Stored(deployment=self.deployments[deployment], tasks=self._tasks_in(deployment))
            for deployment in self._requested.get(request_id, ())
        )

    def in_state(self, *states: TaskState) -> tuple[Task, ...]:
        """The open tasks in one of these states, by sequence."""
        return tuple(sorted((t for t in self._open.values() if t.state in states), key=lambda task: task.sequence))

    def claimable(self, node: str, now_ms: int) -> tuple[Task, ...]:
        """The tasks of a node that may be claimed, in the order of their line."""
        line = first_in_line(task for task in self._open.values() if task.node == node)
        return tuple(task for task in line if may_start(task, self.deployments[task.deployment], now_ms))

    @property
    def last_change(self) -> int:
        """The number of the newest change."""
        return len(self._changed)

    def changes(self, after: int) -> tuple[Change, ...]:
        """The changes with a number above `after`."""
        return tuple(self._change(number, thing) for number, thing in enumerate(self._changed[after:], after + 1))

    # changing

    def put(self, request_id: str, new: Sequence[NewDeployment], now_ms: int) -> tuple[Stored, ...]:
        """Store the deployments of a request, once."""
        putting.check_request(request_id, new)
        if request_id not in self._requested:
            for one in new:
                self._put(request_id, one, now_ms)
        return self.requested(request_id)

    def _put(self, request_id: str, new: NewDeployment, now_ms: int) -> None:
        deployment = putting.new_deployment(request_id, new, len(self.deployments) + 1, now_ms)
        tasks = putting.new_tasks(new, deployment, len(self.tasks) + 1, now_ms)
        self._requested.setdefault(request_id, []).append(deployment.id)
        self._tasks_of[deployment.id] = [task.id for task in tasks]
        self._store_deployment(deployment)
        for task in tasks:
            self._store_task(task)
        for intent in putting.new_intents(new, now_ms):
            self._store_intent(intent)
        self.audit.append(putting.new_audit_entry(new, deployment, now_ms))
        self._apply(self._outdated_by(tasks, now_ms), now_ms)

    def _outdated_by(self, tasks: Iterable[Task], now_ms: int) -> list[Task]:
        waiting = self.in_state(TaskState.PENDING)
        return [
            rules.superseded(older, newer, now_ms)
            for older in waiting
            for newer in tasks
            if rules.gives_way(older, newer)
        ]

    def claim(self, task: str, *, server: str, lease_ms: int, now_ms: int) -> Task | None:
        """Assign a new attempt, if the task may be claimed."""
        stored = self.task(task)
        if stored not in self.claimable(stored.node, now_ms):
            return None
        return self._apply([rules.claimed(stored, server=server, lease_ms=lease_ms, now_ms=now_ms)], now_ms)[0]

    def report(self, report: Report, now_ms: int) -> Task:
        """Apply a report."""
        stored = self.task(report.attempt.task)
        task = rules.reported(stored, report, now_ms)
        if task is stored:
            return stored
        if release := rules.released(task, report, now_ms):
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

    def sweep(self, now_ms: int, *, max_attempts: int, backoff_ms: int) -> tuple[Task, ...]:
        """Apply the clock to all open tasks and deployments."""
        before = sorted(self._open.values(), key=lambda task: task.sequence)
        after = (rules.swept(t, now_ms, max_attempts=max_attempts, backoff_ms=backoff_ms) for t in before)
        changed = self._apply([new for old, new in zip(before, after, strict=True) if new is not old], now_ms)
        self._advance({task.deployment for task in self._open.values()}, now_ms)
        return changed

    def give_up(self, attempt: Attempt, error: TaskError, now_ms: int) -> Task:
        """Give up a live attempt."""
        return self._apply([rules.given_up(self.task(attempt.task), attempt, error, now_ms)], now_ms)[0]

    # storing

    def _apply(self, tasks: Sequence[Task], now_ms: int) -> tuple[Task, ...]:
        for task in tasks:
            self._store_task(task)
        self._advance({task.deployment for task in tasks}, now_ms)
        return tuple(tasks)

    def _advance(self, deployments: set[str], now_ms: int) -> None:
        for stored in sorted((self.deployments[name] for name in deployments), key=lambda d: d.sequence):
            deployment = advance(stored, self._tasks_in(stored.id), now_ms)
            if deployment != stored:
                self._store_deployment(deployment)

    def _tasks_in(self, deployment: str) -> tuple[Task, ...]:
        return tuple(self.tasks[task] for task in self._tasks_of[deployment])

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
