"""Why tasks wait: told when they are read, since it changes without them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from composia.core.deployment import DeploymentState
from composia.core.task import Task, TaskState
from composia.core.waiting import waiting_reason
from composia.plugins.queue import Queue
from composia.server.sessions import Sessions


async def explain(
    tasks: Sequence[Task], queue: Queue, sessions: Sessions, held: Mapping[str, str], now_ms: int
) -> tuple[Task, ...]:
    """The tasks, each that waits with the reason why. `held` is what the scheduler said, by task."""
    waiting = [task for task in tasks if task.state is TaskState.PENDING]
    if not waiting:
        return tuple(tasks)
    instances = {(task.service, task.node) for task in waiting}
    open_tasks = [*await queue.live(), *await queue.waiting()]
    line = [task for task in open_tasks if (task.service, task.node) in instances]
    pauses = {pause.node: pause for pause in await queue.pauses()}
    names = {task.deployment for task in (*waiting, *line)}
    deployments = {name: await queue.deployment(name) for name in names}
    # what waits of a paused deployment stands in nobody's way
    lines: dict[tuple[str, str], list[Task]] = {instance: [] for instance in instances}
    for task in sorted(line, key=lambda task: task.sequence):
        if task.state.live or deployments[task.deployment].state is not DeploymentState.PAUSED:
            lines[task.service, task.node].append(task)

    def reason(task: Task) -> str:
        return waiting_reason(
            task,
            deployment=deployments[task.deployment],
            node=sessions.state(task.node),
            pause=pauses.get(task.node),
            ahead=[other for other in lines[task.service, task.node] if other.sequence < task.sequence],
            held=held,
            now_ms=now_ms,
        )

    return tuple(replace(task, waiting=reason(task)) if task.state is TaskState.PENDING else task for task in tasks)
