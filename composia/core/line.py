"""The line in which tasks wait: which one of an instance is first, and whether it may start."""

from collections.abc import Container, Iterable

from composia.core.deployment import Deployment, DeploymentState
from composia.core.task import Task, TaskState


def first_in_line(tasks: Iterable[Task], paused: Container[str]) -> tuple[Task, ...]:
    """The first waiting task of each instance that has no live one, by priority, then sequence. Tasks of the paused
    deployments stand in nobody's way.

    Inside an instance the sequence alone decides: if a priority did, a deploy of a schedule that waits behind a
    person's stop would start again what was stopped.
    """
    tasks = sorted(tasks, key=lambda task: task.sequence)
    busy = {(task.service, task.node) for task in tasks if task.state.live}
    first: dict[tuple[str, str], Task] = {}
    for task in tasks:
        if task.state is TaskState.PENDING and task.deployment not in paused:
            first.setdefault((task.service, task.node), task)
    free = (task for instance, task in first.items() if instance not in busy)
    return tuple(sorted(free, key=lambda task: (-task.priority, task.sequence)))


def may_start(task: Task, deployment: Deployment, now_ms: int) -> bool:
    """Whether a task that is first in its line may start: its batch was let go, its time has come and not passed."""
    return (
        deployment.state in (DeploymentState.PENDING, DeploymentState.RUNNING)
        and task.batch <= deployment.batch
        and task.not_before_ms <= now_ms < task.deadline_ms
    )
