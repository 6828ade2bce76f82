"""What becomes of a task: claimed, reported on, given up, superseded. Each rule takes the stored task and returns it
as it is to be stored."""

from dataclasses import replace

from composia.core.release import Release
from composia.core.session import Accepted, Attempt, Finished, Report, StepReport
from composia.core.task import Step, StepState, Task, TaskError, TaskKind, TaskState, move, with_step
from composia.errors import Conflict, Invalid, TimedOut, Unavailable

_ENDS = (TaskState.SUCCEEDED, TaskState.FAILED, TaskState.CANCELLED)


def claimed(task: Task, *, server: str, lease_ms: int, now_ms: int) -> Task:
    """The task with a new attempt, which begins without the steps and the error of the one before."""
    return move(
        task,
        TaskState.ASSIGNED,
        attempt=task.attempt + 1,
        server=server,
        started_ms=now_ms,
        lease_until_ms=now_ms + lease_ms,
        reported=0,
        output_bytes=0,
        error=None,
        steps=(),
    )


def is_live(task: Task, attempt: Attempt) -> bool:
    """Whether an agent holds the task as that attempt."""
    return task.state.live and task.attempt == attempt.number


def renewed(task: Task, lease_ms: int, now_ms: int) -> Task:
    """The task under a lease that begins again."""
    return replace(task, lease_until_ms=now_ms + lease_ms)


def reported(task: Task, report: Report, now_ms: int) -> Task:
    """The task after a report: the same value when it was applied before, `Conflict` when the attempt is not live.

    A repeated report of an attempt that has ended since is no conflict, for the agent only waits to have it
    acknowledged.
    """
    if report.attempt.number == task.attempt and report.number <= task.reported:
        return task
    if not is_live(task, report.attempt):
        raise Conflict(
            f"attempt {report.attempt.number} is not live: the task is {task.state}, attempt {task.attempt}",
            where=f"task {task.id}",
        )
    task = replace(task, reported=report.number)
    match report.body:
        case Accepted():
            return _running(task)
        case StepReport() as step:
            return with_step(_running(task), _step(step, now_ms))
        case Finished() as end:
            return _ended(task, end, now_ms)


def _running(task: Task) -> Task:
    return task if task.state is TaskState.RUNNING else move(task, TaskState.RUNNING)


def _step(step: StepReport, now_ms: int) -> Step:
    return Step(
        name=step.name,
        state=step.state,
        started_ms=now_ms - step.elapsed_ms,
        duration_ms=0 if step.state is StepState.RUNNING else step.elapsed_ms,
        note=step.note,
    )


def _ended(task: Task, end: Finished, now_ms: int) -> Task:
    if end.state not in _ENDS:
        raise Invalid(
            f"an attempt cannot end as {end.state}", where=f"task {task.id}", hint=f"one of {', '.join(_ENDS)}"
        )
    return move(task, end.state, ended_ms=now_ms, lease_until_ms=0, output_bytes=end.output_bytes, error=end.error)


def released(task: Task, report: Report, now_ms: int) -> Release | None:
    """The release that comes with a report, if one does. Whose it is, is the task's word and not the agent's."""
    if not isinstance(report.body, Finished) or report.body.release is None:
        return None
    return replace(report.body.release, service=task.service, node=task.node, task=task.id, recorded_ms=now_ms)


def given_up(task: Task, attempt: Attempt, error: TaskError, now_ms: int) -> Task:
    """The task after its live attempt was given up: it waits again where it may be repeated, else it is lost.
    `Conflict` when the attempt is not live."""
    if not is_live(task, attempt):
        raise Conflict(f"attempt {attempt.number} is not live", where=f"task {task.id}")
    return _again(task, error, now_ms) if task.kind.repeatable else _lost(task, error, now_ms)


def swept(task: Task, now_ms: int, *, max_attempts: int, backoff_ms: int) -> Task:
    """The task after a look at the clock: the same value when neither its deadline nor its lease has passed."""
    if task.state is TaskState.PENDING and task.deadline_ms <= now_ms:
        return _waited_too_long(task, now_ms)
    if task.state.live and task.lease_until_ms <= now_ms:
        silent = TaskError(
            code=Unavailable.code,
            message=f"{task.node} was not heard from until the lease of attempt {task.attempt} ran out",
        )
        if task.kind.repeatable and task.attempt < max_attempts:
            return _again(task, silent, now_ms + backoff_ms * task.attempt)
        return _lost(task, silent, now_ms)
    return task


def _waited_too_long(task: Task, now_ms: int) -> Task:
    late = TaskError(
        code=TimedOut.code, message=f"waited {(now_ms - task.created_ms) // 1000} s without being able to start"
    )
    return move(task, TaskState.FAILED, ended_ms=now_ms, error=late)


def _again(task: Task, error: TaskError, not_before_ms: int) -> Task:
    return move(
        task, TaskState.PENDING, not_before_ms=not_before_ms, lease_until_ms=0, started_ms=0, server="", error=error
    )


def _lost(task: Task, error: TaskError, now_ms: int) -> Task:
    return move(task, TaskState.LOST, ended_ms=now_ms, lease_until_ms=0, error=error)


def gives_way(task: Task, newer: Task) -> bool:
    """Whether a waiting deploy has become pointless, because a newer one of the same instance follows it."""
    return (
        task.state is TaskState.PENDING
        and task.kind is newer.kind is TaskKind.DEPLOY
        and (task.service, task.node) == (newer.service, newer.node)
        and task.sequence < newer.sequence
    )


def superseded(task: Task, by: Task, now_ms: int) -> Task:
    """The task after a newer one took its place; its error says which."""
    return move(
        task,
        TaskState.SUPERSEDED,
        ended_ms=now_ms,
        error=TaskError(code=Conflict.code, message=f"superseded by {by.deployment}"),
    )
