"""What is changed, inside the writer's transaction. The rules are those of `composia.core`."""

from collections.abc import Sequence

from composia.builtin_plugins.sqlite.reading import Reading
from composia.builtin_plugins.sqlite.rows import Binding, deployment_row, task_row, to_json
from composia.builtin_plugins.sqlite.sql import SQL
from composia.core import attempt as rules
from composia.core.attempt import Retries
from composia.core.deployment import Deployment, advance
from composia.core.intent import Drain, Intent, Pause
from composia.core.move import pointless
from composia.core.node import Node, Seen
from composia.core.release import Release
from composia.core.revision import RepositoryState
from composia.core.schedule import ScheduleState
from composia.core.session import Attempt, Report
from composia.core.task import Task, TaskError, TaskState
from composia.errors import NotFound
from composia.plugins import put as putting
from composia.plugins.queue import AuditEntry, Forgotten, NewDeployment, Retention, Stored


class Work(Reading):
    """Changes through the one connection that writes. What a method did before it raised is rolled back by the writer."""

    def put(self, request_id: str, new: Sequence[NewDeployment], now_ms: int) -> tuple[Stored, ...]:
        """Store the deployments of a request, once."""
        putting.check_request(request_id, new)
        if first := self.requested(request_id):
            return first
        for one in new:
            self._put(request_id, one, now_ms)
        return self.requested(request_id)

    def _put(self, request_id: str, new: NewDeployment, now_ms: int) -> None:
        if new.retry_of:
            putting.check_retried(new, self.tasks_of(self.deployment(new.retry_of)))
        deployment = putting.new_deployment(request_id, new, self._one("next_deployment"), now_ms)
        tasks = putting.new_tasks(new, deployment, self._one("next_task"), now_ms)
        others = [other for t in tasks for other in self._tasks("waiting_or_lost", node=t.node, service=t.service)]
        self._rows("add_deployment", **deployment_row(deployment))
        self._note(deployment)
        for task in tasks:
            self._rows("add_task", **task_row(task))
            self._note(task)
        for intent in putting.new_intents(new, now_ms):
            self._store_intent(intent)
        self.record(putting.new_audit_entry(new, deployment, now_ms))
        self._apply(putting.outdated(new, tasks, others, now_ms), now_ms)

    def claim(self, task: str, *, server: str, lease_ms: int, now_ms: int) -> Task | None:
        """Assign a new attempt, if the task may be claimed."""
        stored = self.task(task)
        if stored.state is not TaskState.PENDING:
            return None
        claimed = rules.claimed(stored, server=server, lease_ms=lease_ms, now_ms=now_ms)
        self._db.execute(f"{SQL['store_task']} {SQL['if_startable']}", task_row(claimed) | {"now_ms": now_ms})
        if not self._db.changes():
            return None
        self._note(claimed)
        self._advance({claimed.deployment}, now_ms)
        return claimed

    def report(self, reports: Sequence[Report], retries: Retries, now_ms: int) -> Task:
        """Apply reports of one attempt."""
        stored = self.task(reports[0].attempt.task)
        task, release = rules.all_reported(stored, reports, retries, now_ms)
        if task is stored:
            return stored
        if release:
            self._add_release(release)
        if task.state is stored.state:  # nothing in it can move its deployment, whose tasks need not be read
            self._store_task(task)
        else:
            self._apply([task], now_ms)
        return task

    def renew(self, node: str, attempts: Sequence[Attempt], lease_ms: int, now_ms: int) -> tuple[Attempt, ...]:
        """Extend leases; returns the attempts that are not live on that node."""
        gone = []
        for attempt in attempts:
            try:
                task = self.task(attempt.task)
            except NotFound:
                gone.append(attempt)
                continue
            if task.node == node and rules.is_live(task, attempt):
                self._rows("store_task", **task_row(rules.renewed(task, lease_ms, now_ms)))
            else:
                gone.append(attempt)
        return tuple(gone)

    def sweep(self, retries: Retries, now_ms: int) -> tuple[Task, ...]:
        """Apply the clock to all tasks and deployments that it may concern."""
        swept = [rules.swept(task, retries, now_ms) for task in self._tasks("due_tasks", now_ms=now_ms)]
        self._apply(swept, now_ms)
        self._advance({f"d{sequence}" for (sequence,) in self._rows("due_deployments", now_ms=now_ms)}, now_ms)
        return tuple(swept)

    def give_up(self, attempt: Attempt, error: TaskError, retries: Retries, now_ms: int) -> Task:
        """Give up a live attempt."""
        task = rules.given_up(self.task(attempt.task), attempt, error, retries, now_ms)
        self._apply([task], now_ms)
        return task

    def postpone(self, by_ms: int) -> None:
        """Move the times of all that is open."""
        self._rows("postpone_tasks", by_ms=by_ms)
        self._rows("postpone_deployments", by_ms=by_ms)

    def forget(self, keep: Retention, limit: int) -> Forgotten:
        """Remove what need not be kept."""
        rows = self._rows("ended_deployments", ended_since_ms=keep.ended_since_ms, limit=limit)
        deployments = to_json([sequence for (sequence,) in rows])
        tasks = tuple(f"t{sequence}" for (sequence,) in self._rows("tasks_of_deployments", deployments=deployments))
        for statement in ("forget_changes", "forget_tasks"):
            self._rows(statement, deployments=deployments)
        removed = (
            self._removed("forget_deployments", deployments=deployments),
            self._removed("forget_audit", audit_since_ms=keep.audit_since_ms, limit=limit),
            self._removed("forget_releases", releases=keep.releases, limit=limit),
        )
        return Forgotten(tasks=tasks, more=limit in removed)

    def _removed(self, statement: str, **values: Binding) -> int:
        self._rows(statement, **values)
        return self._db.changes()

    def record(self, entry: AuditEntry) -> None:
        """Store an audit entry."""
        self._rows(
            "add_audit_entry",
            at_ms=entry.at_ms,
            by=entry.by,
            action=entry.action,
            target=entry.target,
            text=entry.text,
        )

    def save_node(self, node: Node) -> None:
        """Store a node's record."""
        self._rows("save_node", name=node.name, node_json=to_json(node))

    def save_repository(self, state: RepositoryState) -> None:
        """Store the state of the repository."""
        self._rows("save_repository", state_json=to_json(state))

    def save_seen(self, seen: dict[str, Seen]) -> None:
        """Store the pictures of some nodes."""
        for node, picture in seen.items():
            self._rows("save_seen", node=node, seen_json=to_json(picture))

    def drain_of(self, node: str) -> Drain | None:
        """What a person wants of a node, if anything."""
        return next((drain for drain in self.drains() if drain.node == node), None)

    def store_drain(self, node: str, drain: Drain | None) -> None:
        """Store or remove what a person wants of a node."""
        if drain:
            self._rows("set_drain", node=node, since_ms=drain.since_ms, by=drain.by)
        else:
            self._rows("clear_drain", node=node)

    def pause_of(self, node: str) -> Pause | None:
        """Whether tasks may begin on a node."""
        return next((pause for pause in self.pauses() if pause.node == node), None)

    def store_pause(self, node: str, pause: Pause | None) -> None:
        """Store or remove a node's pause."""
        if pause:
            self._rows("set_pause", node=node, since_ms=pause.since_ms, by=pause.by)
        else:
            self._rows("clear_pause", node=node)

    def save_schedule(self, state: ScheduleState) -> None:
        """Store what is kept of a schedule."""
        self._rows("save_schedule", name=state.name, state_json=to_json(state))

    def store(self, deployment: Deployment, tasks: Sequence[Task], now_ms: int) -> None:
        """Store a deployment, if it changed, and some of its tasks, and advance it."""
        if deployment != self.deployment(deployment.id):
            self._store_deployment(deployment)
        for task in tasks:
            self._store_task(task)
        self._advance({deployment.id}, now_ms)

    def _apply(self, tasks: Sequence[Task], now_ms: int) -> None:
        for task in tasks:
            self._store_task(task)
        self._advance({task.deployment for task in tasks}, now_ms)

    def _advance(self, deployments: set[str], now_ms: int) -> None:
        for stored in sorted(map(self.deployment, deployments), key=lambda deployment: deployment.sequence):
            for task in pointless(stored, self.tasks_of(stored), now_ms):
                self._store_task(task)
            deployment = advance(stored, self.tasks_of(stored), now_ms)
            if deployment != stored:
                self._store_deployment(deployment)

    def _store_deployment(self, deployment: Deployment) -> None:
        self._rows("store_deployment", **deployment_row(deployment))
        self._note(deployment)

    def _store_task(self, task: Task) -> None:
        self._rows("store_task", **task_row(task))
        self._note(task)

    def _note(self, changed: Deployment | Task) -> None:
        is_task = isinstance(changed, Task)
        self._rows(
            "add_change",
            deployment=None if is_task else changed.sequence,
            task=changed.sequence if is_task else None,
        )

    def _store_intent(self, intent: Intent) -> None:
        if intent.stopped:
            self._rows("set_intent", service=intent.service, node=intent.node, since_ms=intent.since_ms, by=intent.by)
        else:
            self._rows("clear_intent", service=intent.service, node=intent.node)

    def _add_release(self, release: Release) -> None:
        self._rows(
            "add_release",
            service=release.service,
            node=release.node,
            good=release.good,
            release_json=to_json(release),
        )
