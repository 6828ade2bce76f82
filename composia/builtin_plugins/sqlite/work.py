"""What is changed, inside the writer's transaction. The rules are those of `composia.core`."""

from collections.abc import Iterable, Sequence

from composia.builtin_plugins.sqlite.reading import Reading
from composia.builtin_plugins.sqlite.rows import deployment_row, task_row, to_json
from composia.builtin_plugins.sqlite.sql import SQL
from composia.core import attempt as rules
from composia.core.deployment import Deployment, advance
from composia.core.intent import Intent
from composia.core.node import Node, Seen
from composia.core.release import Release
from composia.core.revision import RepositoryState
from composia.core.session import Attempt, Report
from composia.core.task import Task, TaskError, TaskState
from composia.errors import NotFound
from composia.plugins import put as putting
from composia.plugins.queue import AuditEntry, NewDeployment, Stored


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
        deployment = putting.new_deployment(request_id, new, self._one("next_deployment"), now_ms)
        tasks = putting.new_tasks(new, deployment, self._one("next_task"), now_ms)
        self._rows("add_deployment", **deployment_row(deployment))
        self._note(deployment)
        for task in tasks:
            self._rows("add_task", **task_row(task))
            self._note(task)
        for intent in putting.new_intents(new, now_ms):
            self._store_intent(intent)
        self.record(putting.new_audit_entry(new, deployment, now_ms))
        self._apply(self._outdated_by(tasks, now_ms), now_ms)

    def _outdated_by(self, tasks: Iterable[Task], now_ms: int) -> list[Task]:
        outdated = [
            rules.superseded(older, newer, now_ms)
            for newer in tasks
            for older in self._tasks("waiting_of_instance", node=newer.node, service=newer.service)
            if rules.gives_way(older, newer)
        ]
        return sorted(outdated, key=lambda task: task.sequence)

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

    def report(self, report: Report, now_ms: int) -> Task:
        """Apply a report."""
        stored = self.task(report.attempt.task)
        task = rules.reported(stored, report, now_ms)
        if task is stored:
            return stored
        if release := rules.released(task, report, now_ms):
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

    def sweep(self, now_ms: int, *, max_attempts: int, backoff_ms: int) -> tuple[Task, ...]:
        """Apply the clock to all tasks and deployments that it may concern."""
        due = self._tasks("due_tasks", now_ms=now_ms)
        swept = [rules.swept(t, now_ms, max_attempts=max_attempts, backoff_ms=backoff_ms) for t in due]
        self._apply(swept, now_ms)
        self._advance({f"d{sequence}" for (sequence,) in self._rows("due_deployments", now_ms=now_ms)}, now_ms)
        return tuple(swept)

    def give_up(self, attempt: Attempt, error: TaskError, now_ms: int) -> Task:
        """Give up a live attempt."""
        task = rules.given_up(self.task(attempt.task), attempt, error, now_ms)
        self._apply([task], now_ms)
        return task

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

    def _apply(self, tasks: Sequence[Task], now_ms: int) -> None:
        for task in tasks:
            self._store_task(task)
        self._advance({task.deployment for task in tasks}, now_ms)

    def _advance(self, deployments: set[str], now_ms: int) -> None:
        for stored in sorted(map(self.deployment, deployments), key=lambda deployment: deployment.sequence):
            deployment = advance(stored, self.tasks_of(stored), now_ms)
            if deployment != stored:
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
