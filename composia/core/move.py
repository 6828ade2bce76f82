"""A move: a deploy of which the last batch takes down what is left behind. It does so only for instances that are healthy
elsewhere."""

from collections.abc import Sequence

from composia.core.deployment import Deployment, takes_down
from composia.core.task import Task, TaskError, TaskState, move
from composia.errors import Cancelled

_PAST = {
    TaskState.FAILED: "failed",
    TaskState.CANCELLED: "was cancelled",
    TaskState.SUPERSEDED: "was superseded",
}


def pointless(deployment: Deployment, tasks: Sequence[Task], now_ms: int) -> tuple[Task, ...]:
    """The takedowns of a move that is over without success, ended as they are to be stored: what they would have taken down
    stays. None while anything of it can still succeed, and while it is not known what became of a part."""
    down = [task for task in tasks if takes_down(deployment, task)]
    new = [task for task in tasks if not takes_down(deployment, task)]
    waiting = [task for task in down if task.state is TaskState.PENDING]
    bad = [task for task in new if task.state in _PAST]
    if not bad or any(not task.state.final or task.state is TaskState.LOST for task in new):
        return ()
    why = ", ".join(f"the deploy on {task.node} {_PAST[task.state]}" for task in bad)
    superseded = all(task.state is TaskState.SUPERSEDED for task in bad)
    return tuple(
        move(
            task,
            TaskState.SUPERSEDED if superseded else TaskState.CANCELLED,
            ended_ms=now_ms,
            error=TaskError(code=Cancelled.code, message=f"{task.service} stays here, since {why}"),
        )
        for task in waiting
    )
