"""Rows to values of the domain, and back."""

import re
from functools import lru_cache
from typing import Any, TypeVar

import msgspec

from composia.core.deployment import Deployment, DeploymentState
from composia.core.service import RolloutPolicy
from composia.core.step import Step
from composia.core.task import Order, Task, TaskError, TaskKind, TaskState

Value = TypeVar("Value")
Binding = str | int | None

_ID = re.compile(r"([dt])([1-9][0-9]{0,17})")


def number(letter: str, identifier: str) -> int:
    """The number in the id of a deployment (`d`) or a task (`t`); 0, which no row has, for what cannot be an id."""
    match = _ID.fullmatch(identifier)
    return int(match[2]) if match and match[1] == letter else 0


def to_json(value: object) -> str:
    """A value of the domain as text."""
    return msgspec.json.encode(value).decode()


def from_json(text: str, of: type[Value]) -> Value:
    """The value of the domain that `to_json` made the text of."""
    return msgspec.json.decode(text, type=of)


# The tasks of a deployment share one order, and its rollout is read again with each of them.
@lru_cache(maxsize=256)
def _order(text: str) -> Order:
    return from_json(text, Order)


@lru_cache(maxsize=256)
def _rollout(text: str) -> RolloutPolicy:
    return from_json(text, RolloutPolicy)


def deployment_of(row: tuple[Any, ...]) -> Deployment:
    """A row of the table deployment."""
    (
        sequence,
        request_id,
        kind,
        service,
        revision,
        state,
        rollout,
        batch,
        batches,
        resume_ms,
        created_ms,
        created_by,
        ended_ms,
        reason,
        retry_of,
        cancelled_by,
        notes,
    ) = row
    return Deployment(
        id=f"d{sequence}",
        sequence=sequence,
        request_id=request_id,
        kind=TaskKind(kind),
        service=service,
        revision=revision,
        state=DeploymentState(state),
        rollout=_rollout(rollout),
        batch=batch,
        batches=batches,
        resume_ms=resume_ms,
        created_ms=created_ms,
        created_by=created_by,
        ended_ms=ended_ms,
        reason=reason,
        retry_of=retry_of,
        cancelled_by=cancelled_by,
        notes=from_json(notes, tuple[str, ...]),
    )


def deployment_row(deployment: Deployment) -> dict[str, Binding]:
    """What is bound to store a deployment."""
    return {
        "sequence": deployment.sequence,
        "request_id": deployment.request_id,
        "kind": deployment.kind.value,
        "service": deployment.service,
        "revision": deployment.revision,
        "state": deployment.state.value,
        "rollout_json": to_json(deployment.rollout),
        "batch": deployment.batch,
        "batches": deployment.batches,
        "resume_ms": deployment.resume_ms,
        "created_ms": deployment.created_ms,
        "created_by": deployment.created_by,
        "ended_ms": deployment.ended_ms,
        "reason": deployment.reason,
        "retry_of": deployment.retry_of,
        "cancelled_by": deployment.cancelled_by,
        "notes_json": to_json(deployment.notes),
    }


def task_of(row: tuple[Any, ...]) -> Task:
    """A row of the table task."""
    (
        sequence,
        deployment,
        service,
        node,
        _,
        state,
        attempt,
        priority,
        batch,
        created_ms,
        started_ms,
        ended_ms,
        deadline_ms,
        not_before_ms,
        lease_until_ms,
        server,
        reported,
        cancel_requested,
        error,
        steps,
        order,
        outputs,
    ) = row
    return Task(
        id=f"t{sequence}",
        sequence=sequence,
        deployment=f"d{deployment}",
        service=service,
        node=node,
        order=_order(order),
        state=TaskState(state),
        attempt=attempt,
        priority=priority,
        batch=batch,
        created_ms=created_ms,
        started_ms=started_ms,
        ended_ms=ended_ms,
        deadline_ms=deadline_ms,
        not_before_ms=not_before_ms,
        lease_until_ms=lease_until_ms,
        server=server,
        reported=reported,
        outputs=from_json(outputs, tuple[int, ...]),
        cancel_requested=bool(cancel_requested),
        error=from_json(error, TaskError) if error else None,
        steps=from_json(steps, tuple[Step, ...]),
    )


def task_row(task: Task) -> dict[str, Binding]:
    """What is bound to store a task."""
    return {
        "sequence": task.sequence,
        "deployment": number("d", task.deployment),
        "service": task.service,
        "node": task.node,
        "kind": task.kind.value,
        "state": task.state.value,
        "attempt": task.attempt,
        "priority": task.priority,
        "batch": task.batch,
        "created_ms": task.created_ms,
        "started_ms": task.started_ms,
        "ended_ms": task.ended_ms,
        "deadline_ms": task.deadline_ms,
        "not_before_ms": task.not_before_ms,
        "lease_until_ms": task.lease_until_ms,
        "server": task.server,
        "reported": task.reported,
        "outputs_json": to_json(task.outputs),
        "cancel_requested": task.cancel_requested,
        "error_json": to_json(task.error) if task.error else None,
        "steps_json": to_json(task.steps),
        "order_json": to_json(task.order),
    }
