"""What a put stores, told from what is to be put: the same on every queue."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from composia.core.attempt import gives_way, superseded
from composia.core.deployment import Deployment
from composia.core.intent import Intent
from composia.core.task import Task
from composia.errors import Invalid, NotPossible
from composia.plugins.queue import AuditEntry, NewDeployment


def check_request(request_id: str, new: Sequence[NewDeployment]) -> None:
    """`Invalid` when a request cannot be stored, whatever the store holds."""
    if not request_id:
        raise Invalid("a request needs an id")
    for deployment in new:
        where = f"{deployment.kind} of {deployment.service}"
        if not deployment.tasks:
            raise Invalid("a deployment needs at least one task", where=where)
        batches = {task.batch for task in deployment.tasks}
        if batches != set(range(len(batches))):
            raise Invalid(f"batches are numbered from 0 without a gap, not {sorted(batches)}", where=where)
        instance, times = Counter((t.order.service, t.node) for t in deployment.tasks).most_common(1)[0]
        if times > 1:
            raise Invalid(f"two tasks of one deployment for {instance[0]} on {instance[1]}", where=where)


def new_deployment(request_id: str, new: NewDeployment, sequence: int, now_ms: int) -> Deployment:
    """The deployment to be stored under that number."""
    return Deployment(
        id=f"d{sequence}",
        sequence=sequence,
        request_id=request_id,
        kind=new.kind,
        service=new.service,
        revision=new.revision,
        rollout=new.rollout,
        batches=max(task.batch for task in new.tasks) + 1,
        created_ms=now_ms,
        created_by=new.created_by,
        retry_of=new.retry_of,
        notes=new.notes,
    )


def new_tasks(new: NewDeployment, deployment: Deployment, first: int, now_ms: int) -> tuple[Task, ...]:
    """Its tasks, numbered from `first` on."""
    return tuple(
        Task(
            id=f"t{sequence}",
            sequence=sequence,
            deployment=deployment.id,
            service=task.order.service,
            node=task.node,
            order=task.order,
            priority=new.priority,
            batch=task.batch,
            created_ms=now_ms,
            deadline_ms=now_ms + round(new.wait_s * 1000),
        )
        for sequence, task in enumerate(new.tasks, first)
    )


def check_retried(new: NewDeployment, tasks: Iterable[Task]) -> None:
    """`NotPossible` when a task that is to be done again is live. `tasks` are those of the deployment that is retried."""
    nodes = {task.node for task in new.tasks}
    for task in tasks:
        if task.node in nodes and task.state.live:
            raise NotPossible(
                f"{task.id} on {task.node} is still {task.state}",
                where=f"deployment {new.retry_of}",
                hint=f"wait for its end, or composia task cancel {task.id}",
            )


def outdated(new: NewDeployment, tasks: Sequence[Task], others: Iterable[Task], now_ms: int) -> tuple[Task, ...]:
    """Those of the other tasks of the same instances, waiting or lost, that the new ones take the place of, superseded,
    by sequence."""
    newer = {(task.service, task.node): task for task in tasks}
    found = []
    for other in others:
        by = newer.get((other.service, other.node))
        retried = bool(new.retry_of) and other.deployment == new.retry_of
        if by is not None and (gives_way(other, by) or retried):
            found.append(superseded(other, by, now_ms))
    return tuple(sorted(found, key=lambda task: task.sequence))


def new_intents(new: NewDeployment, now_ms: int) -> tuple[Intent, ...]:
    """Its intents; one that does not say since when holds from now on."""
    return tuple(replace(intent, since_ms=intent.since_ms or now_ms) for intent in new.intents)


def new_audit_entry(new: NewDeployment, deployment: Deployment, now_ms: int) -> AuditEntry:
    """What the audit says of it."""
    nodes = ", ".join(task.node for task in new.tasks if task.order.kind is new.kind)
    left = ", ".join(task.node for task in new.tasks if task.order.kind is not new.kind)
    away = f", away from {left}" if left else ""
    revision = f" at {new.revision}" if new.revision else ""
    retry = f", a retry of {new.retry_of}" if new.retry_of else ""
    return AuditEntry(
        at_ms=now_ms,
        by=new.created_by,
        action=new.kind.value,
        target=new.service or nodes,
        text=f"{deployment.id} on {nodes}{away}{revision}{retry}",
    )
