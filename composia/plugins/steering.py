"""What a person does to work and to nodes: cancel, pause, resume, resolve, drain. The same on every queue, inside
one transaction of it."""

from collections.abc import Sequence
from typing import Protocol

from composia.core import attempt as rules
from composia.core.deployment import Deployment, DeploymentState, cancelled, paused, resumed
from composia.core.intent import Drain, Pause
from composia.core.task import Task, TaskState
from composia.errors import NotPossible
from composia.plugins.queue import AuditEntry, Stored


class Store(Protocol):
    """A queue inside a transaction."""

    def task(self, task: str) -> Task:
        """`NotFound` for an unknown id."""
        ...

    def deployment(self, deployment: str) -> Deployment:
        """`NotFound` for an unknown id."""
        ...

    def tasks_of(self, deployment: Deployment) -> tuple[Task, ...]:
        """Its tasks, by sequence."""
        ...

    def overtook(self, task: Task) -> Task | None:
        """The newest task of its instance that was put after it and has begun, if there is one."""
        ...

    def store(self, deployment: Deployment, tasks: Sequence[Task], now_ms: int) -> None:
        """Store a deployment and some of its tasks, as far as they changed, and advance it."""
        ...

    def drain_of(self, node: str) -> Drain | None:
        """What a person wants of a node, if anything."""
        ...

    def store_drain(self, node: str, drain: Drain | None) -> None:
        """Store or remove what a person wants of a node."""
        ...

    def pause_of(self, node: str) -> Pause | None:
        """Whether tasks may begin on a node."""
        ...

    def store_pause(self, node: str, pause: Pause | None) -> None:
        """Store or remove a node's pause."""
        ...

    def record(self, entry: AuditEntry) -> None:
        """Store an audit entry."""
        ...


def cancel_task(store: Store, task: str, by: str, now_ms: int) -> Task:
    """End a task, or mark it to be ended."""
    stored = store.task(task)
    if stored.state is TaskState.CANCELLED:
        return stored
    if stored.state.final:
        hint = f"composia task resolve {task}" if stored.state is TaskState.LOST else ""
        raise NotPossible(f"it cannot be cancelled any more, it is {stored.state}", where=f"task {task}", hint=hint)
    ended = rules.cancelled(stored, by, now_ms)
    if ended != stored:
        store.store(store.deployment(stored.deployment), [ended], now_ms)
        store.record(AuditEntry(at_ms=now_ms, by=by, action="cancel", target=task))
    return ended


def cancel_deployment(store: Store, deployment: str, by: str, now_ms: int) -> Stored:
    """End every open task of a deployment, or mark it to be ended."""
    stored = store.deployment(deployment)
    if stored.state is not DeploymentState.CANCELLED:
        tasks = store.tasks_of(stored)
        _check_open(stored, tasks)
        after = cancelled(stored, by)
        pairs = [(task, rules.cancelled(task, by, now_ms)) for task in tasks]
        changed = [ended for task, ended in pairs if ended != task]
        if changed or after != stored:
            store.store(after, changed, now_ms)
            store.record(AuditEntry(at_ms=now_ms, by=by, action="cancel", target=deployment))
    return _stored(store, deployment)


def _check_open(deployment: Deployment, tasks: Sequence[Task]) -> None:
    where = f"deployment {deployment.id}"
    if deployment.state.final:
        raise NotPossible(f"it cannot be cancelled any more, it is {deployment.state}", where=where)
    if all(task.state.final for task in tasks):
        lost = next(task.id for task in tasks if task.state is TaskState.LOST)
        hint = f"composia task resolve {lost}, or composia deployment retry {deployment.id}"
        raise NotPossible(
            f"nothing of it is left to cancel; what became of {lost} is not known", where=where, hint=hint
        )


def pause(store: Store, deployment: str, by: str, now_ms: int) -> Stored:
    """Let no further task of a deployment begin."""
    stored = store.deployment(deployment)
    after = paused(stored, by)
    if after != stored:
        store.store(after, (), now_ms)
        store.record(AuditEntry(at_ms=now_ms, by=by, action="pause", target=deployment))
    return _stored(store, deployment)


def resume(store: Store, deployment: str, by: str, now_ms: int) -> Stored:
    """Let a paused deployment go on, without what newer work has overtaken."""
    stored = store.deployment(deployment)
    if stored.state is not DeploymentState.PAUSED:
        resumed(stored, ())
        return _stored(store, deployment)
    tasks = store.tasks_of(stored)
    overtaken = {
        task.id: rules.superseded(task, newer, now_ms)
        for task in tasks
        if task.state is TaskState.PENDING and (newer := store.overtook(task))
    }
    after = resumed(stored, (overtaken.get(task.id, task) for task in tasks))
    store.store(after, tuple(overtaken.values()), now_ms)
    store.record(AuditEntry(at_ms=now_ms, by=by, action="resume", target=deployment))
    return _stored(store, deployment)


def resolve(store: Store, task: str, state: TaskState, by: str, now_ms: int) -> Task:
    """A person says how a lost task ended."""
    stored = store.task(task)
    resolved = rules.resolved(stored, state, by, now_ms)
    if resolved != stored:
        store.store(store.deployment(stored.deployment), [resolved], now_ms)
        store.record(AuditEntry(at_ms=now_ms, by=by, action="resolve", target=task, text=state.value))
    return resolved


def drain(store: Store, node: str, by: str, now_ms: int) -> Drain:
    """Have nothing new placed on a node."""
    if held := store.drain_of(node):
        return held
    wanted = Drain(node=node, since_ms=now_ms, by=by)
    store.store_drain(node, wanted)
    store.record(AuditEntry(at_ms=now_ms, by=by, action="drain", target=node))
    return wanted


def undrain(store: Store, node: str, by: str, now_ms: int) -> None:
    """Let services be placed on a node again."""
    if store.drain_of(node):
        store.store_drain(node, None)
        store.record(AuditEntry(at_ms=now_ms, by=by, action="undrain", target=node))


def pause_node(store: Store, node: str, by: str, now_ms: int) -> Pause:
    """Let no task begin on a node."""
    if held := store.pause_of(node):
        return held
    wanted = Pause(node=node, since_ms=now_ms, by=by)
    store.store_pause(node, wanted)
    store.record(AuditEntry(at_ms=now_ms, by=by, action="pause", target=node))
    return wanted


def resume_node(store: Store, node: str, by: str, now_ms: int) -> None:
    """Let tasks begin on a node again."""
    if store.pause_of(node):
        store.store_pause(node, None)
        store.record(AuditEntry(at_ms=now_ms, by=by, action="resume", target=node))


def _stored(store: Store, deployment: str) -> Stored:
    found = store.deployment(deployment)
    return Stored(deployment=found, tasks=store.tasks_of(found))
