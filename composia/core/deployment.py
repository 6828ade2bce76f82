"""A deployment: one requested operation on one service over its nodes, and how it goes on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from composia.core.service import OnFailure, RolloutPolicy
from composia.core.task import Task, TaskError, TaskKind, TaskState
from composia.errors import NotPossible


class DeploymentState(StrEnum):
    """Where a deployment is. The arrows are in `TRANSITIONS`."""

    PENDING = "pending"
    RUNNING = "running"
    PAUSED = "paused"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    ROLLED_BACK = "rolled_back"
    SUPERSEDED = "superseded"

    @property
    def final(self) -> bool:
        """Whether nothing follows."""
        return not TRANSITIONS[self]


_ENDS = frozenset(
    {
        DeploymentState.SUCCEEDED,
        DeploymentState.FAILED,
        DeploymentState.CANCELLED,
        DeploymentState.ROLLED_BACK,
        DeploymentState.SUPERSEDED,
    }
)

TRANSITIONS: dict[DeploymentState, frozenset[DeploymentState]] = {
    # the first task was claimed; all of it ended before that
    DeploymentState.PENDING: frozenset({DeploymentState.RUNNING, DeploymentState.PAUSED}) | _ENDS,
    # a batch failed and more would follow, what became of a task is not known, or a person paused it; the last batch ended
    DeploymentState.RUNNING: frozenset({DeploymentState.PAUSED}) | _ENDS,
    # a person resumed or ended it
    DeploymentState.PAUSED: frozenset({DeploymentState.RUNNING}) | _ENDS,
    **dict.fromkeys(_ENDS, frozenset()),
}


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """A deployment as stored. `batch` is the last one that was let go, from 0 to `batches` - 1.

    `resume_ms` holds the next batch back until then; 0 means no pause. `reason` says why it is where it is. `retry_of`
    is the deployment whose orders it gives again. `service` is empty when the target is a node, as with prune. `notes` are
    what to know before it goes on, each in a line; `cancelled_by` is who had the whole of it ended.
    """

    id: str
    sequence: int
    request_id: str
    kind: TaskKind
    service: str
    revision: str = ""
    state: DeploymentState = DeploymentState.PENDING
    rollout: RolloutPolicy = field(default_factory=RolloutPolicy)
    batch: int = 0
    batches: int = 1
    resume_ms: int = 0
    created_ms: int = 0
    created_by: str = ""
    retry_of: str = ""
    ended_ms: int = 0
    reason: str = ""
    cancelled_by: str = ""
    notes: tuple[str, ...] = ()


def move(deployment: Deployment, state: DeploymentState, **changes: object) -> Deployment:
    """The deployment in `state`, with other fields changed too; `NotPossible` when no arrow leads there."""
    if state not in TRANSITIONS[deployment.state]:
        raise NotPossible(
            f"a deployment that is {deployment.state} cannot become {state}", where=f"deployment {deployment.id}"
        )
    return replace(deployment, state=state, **changes)  # type: ignore[arg-type]


def batch_of(position: int, rollout: RolloutPolicy) -> int:
    """The batch of the node at `position` (from 0): the canaries are batch 0, then `max_parallel` at a time."""
    if position < rollout.canary:
        return 0
    canaries = 1 if rollout.canary else 0
    return canaries + (position - rollout.canary) // max(rollout.max_parallel, 1)


def takes_down(deployment: Deployment, task: Task) -> bool:
    """Whether a task of a move takes down what is left behind (`composia.core.move`)."""
    return deployment.kind is TaskKind.DEPLOY and task.kind is TaskKind.DOWN


_BAD = (TaskState.FAILED, TaskState.LOST, TaskState.CANCELLED)


def advance(deployment: Deployment, tasks: Iterable[Task], now_ms: int) -> Deployment:
    """Where the deployment stands, given its tasks: the same value when nothing is to change.

    Called after each change of a task and at the server's start; calling it twice does no harm.
    """
    if deployment.state.final:
        return deployment
    tasks = tuple(tasks)
    let_go = tuple(task for task in tasks if task.batch <= deployment.batch)
    if any(not task.state.final for task in let_go):
        begun = any(task.state is not TaskState.PENDING for task in let_go)
        if begun and deployment.state is DeploymentState.PENDING:
            return move(deployment, DeploymentState.RUNNING)
        return deployment
    if any(not task.state.final for task in tasks):
        return _next_batch(deployment, tasks, now_ms)
    return _end(deployment, tasks, now_ms)


def _next_batch(deployment: Deployment, tasks: tuple[Task, ...], now_ms: int) -> Deployment:
    if deployment.state is DeploymentState.PAUSED:
        return deployment
    lost = tuple(task for task in tasks if task.state is TaskState.LOST)
    if lost and all(task.state.final or takes_down(deployment, task) for task in tasks):
        return _waits_for_a_word(deployment, lost)
    bad = tuple(task for task in tasks if task.batch == deployment.batch and task.state in _BAD)
    if bad and deployment.rollout.on_failure is OnFailure.PAUSE:
        nodes = ", ".join(task.node for task in bad)
        return move(deployment, DeploymentState.PAUSED, reason=f"stopped after {nodes} {bad[0].state}")
    if deployment.rollout.pause_s and not deployment.resume_ms:
        return replace(deployment, resume_ms=now_ms + round(deployment.rollout.pause_s * 1000))
    if now_ms < deployment.resume_ms:
        return deployment
    return advance(replace(deployment, batch=deployment.batch + 1, resume_ms=0), tasks, now_ms)


def _end(deployment: Deployment, tasks: tuple[Task, ...], now_ms: int) -> Deployment:
    states = {task.state for task in tasks}
    if lost := [task for task in tasks if task.state is TaskState.LOST]:
        return _waits_for_a_word(deployment, lost)
    if deployment.cancelled_by and states != {TaskState.SUCCEEDED}:
        state = DeploymentState.CANCELLED
    elif TaskState.FAILED in states:
        state = DeploymentState.FAILED
    elif TaskState.CANCELLED in states:
        state = DeploymentState.CANCELLED
    elif TaskState.SUPERSEDED in states:
        state = DeploymentState.SUPERSEDED
    else:
        state = DeploymentState.SUCCEEDED
    reason = "; ".join(f"{task.node}: {_first_line(task.error)}" for task in tasks if task.error)
    return move(deployment, state, ended_ms=now_ms, resume_ms=0, reason=reason)


def _waits_for_a_word(deployment: Deployment, lost: Sequence[Task]) -> Deployment:
    """Paused until a person has said how the lost tasks ended."""
    reason = f"what became of {', '.join(f'{task.id} on {task.node}' for task in lost)} is not known"
    if deployment.state is DeploymentState.PAUSED:
        return replace(deployment, reason=reason)
    return move(deployment, DeploymentState.PAUSED, reason=reason, resume_ms=0)


def paused(deployment: Deployment, by: str) -> Deployment:
    """The deployment after a person paused it; the same value when it is paused already. Tasks that were begun go on,
    no other one is."""
    if deployment.state is DeploymentState.PAUSED:
        return deployment
    return move(deployment, DeploymentState.PAUSED, reason=f"paused by {by}")


def cancelled(deployment: Deployment, by: str) -> Deployment:
    """The deployment after a person had the whole of it ended; the same value when one had before. It is cancelled once
    nothing of it is open, also where a part had failed, for the person has seen that."""
    return replace(deployment, cancelled_by=deployment.cancelled_by or by)


def resumed(deployment: Deployment, tasks: Iterable[Task]) -> Deployment:
    """The deployment after a person let it go on; the same value when it goes on already. A batch that has ended is left
    behind however it ended, for the person has seen that. `NotPossible` when nothing is left that could go on."""
    if deployment.state in (DeploymentState.PENDING, DeploymentState.RUNNING):
        return deployment
    tasks = tuple(tasks)
    lost = [task.id for task in tasks if task.state is TaskState.LOST]
    if lost and all(task.state.final or takes_down(deployment, task) for task in tasks):
        raise NotPossible(
            f"what became of {', '.join(lost)} has to be said first",
            where=f"deployment {deployment.id}",
            hint=f"composia task resolve {lost[0]}, or composia deployment retry {deployment.id}",
        )
    over = all(task.state.final for task in tasks if task.batch <= deployment.batch)
    batch = deployment.batch + 1 if over and deployment.batch + 1 < deployment.batches else deployment.batch
    return move(deployment, DeploymentState.RUNNING, batch=batch, resume_ms=0, reason="")


def _first_line(error: TaskError) -> str:
    return str(error).partition("\n")[0]
