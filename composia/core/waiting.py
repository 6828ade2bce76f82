"""Why a task waits, in a line, for people."""

import re
from collections.abc import Mapping, Sequence

from composia.core.deployment import Deployment, DeploymentState, takes_down
from composia.core.intent import Pause
from composia.core.node import NodeState
from composia.core.task import Task

_COUNT_DOWN = re.compile(r" in \d+ s$")


def waiting_reason(
    task: Task,
    *,
    deployment: Deployment,
    node: NodeState,
    pause: Pause | None = None,
    ahead: Sequence[Task],
    held: Mapping[str, str],
    now_ms: int,
) -> str:
    """The reason why a pending task has not started. `pause` is that of its node, `ahead` are the open tasks of its instance
    with a lower sequence, `held` what the scheduler said, by task."""
    if deployment.state is DeploymentState.PAUSED:
        return f"{deployment.id} is paused"
    if task.batch > deployment.batch and takes_down(deployment, task):
        return f"until {task.service} is healthy where it moves to"
    if task.batch > deployment.batch:
        return f"batch {task.batch + 1} of {deployment.batches}"
    if ahead:
        return f"behind task {ahead[-1].id}"
    if pause is not None:
        return f"{task.node} is paused by {pause.by}"
    if node is not NodeState.ONLINE:
        return f"{task.node} {node}"
    if task.not_before_ms > now_ms:
        return f"try {task.attempt + 1} in {(task.not_before_ms - now_ms + 999) // 1000} s"
    return held.get(task.id, "")


def without_count_down(reason: str) -> str:
    """A reason without the seconds that are another number each time, so that it is told once."""
    return _COUNT_DOWN.sub("", reason)
