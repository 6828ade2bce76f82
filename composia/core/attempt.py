"""What becomes of a task: claimed, reported on, given up, cancelled, superseded. Each rule takes the stored task and
returns it as it is to be stored."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from composia.core.release import Release
from composia.core.session import Accepted, Attempt, Finished, Report, StepReport
from composia.core.step import Step, StepState
from composia.core.task import Task, TaskError, TaskKind, TaskState, move, with_step
from composia.errors import Cancelled, Conflict, Invalid, NotPossible, TimedOut, Unavailable

_ENDS = (TaskState.SUCCEEDED, TaskState.FAILED, TaskState.CANCELLED)
_UNKNOWN = -1


@dataclass(frozen=True, kw_only=True)
class Retries:
    """How often work that may be repeated is tried, and how long it waits in between: longer each time."""

    attempts: int = 3
    backoff_ms: int = 5_000
    longest_ms: int = 60_000

    def wait_ms(self, attempt: int) -> int:
        """The wait after an attempt of that number."""
        return int(min(self.backoff_ms * 2 ** min(attempt - 1, 30), self.longest_ms))


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
        error=None,
        steps=(),
    )


def is_live(task: Task, attempt: Attempt) -> bool:
    """Whether an agent holds the task as that attempt."""
    return task.state.live and task.attempt == attempt.number


def renewed(task: Task, lease_ms: int, now_ms: int) -> Task:
    """The task under a lease that begins again."""
    return replace(task, lease_until_ms=now_ms + lease_ms)


def reported(task: Task, report: Report, retries: Retries, now_ms: int) -> Task:
    """The task after a report: the same value when it was applied before, `Conflict` when the attempt is not live.

    A repeated report of an attempt that has ended since is no conflict, for the agent only waits to have it
    acknowledged. An attempt that failed because something did not answer is made again, where it may be repeated.
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
            return with_step(_running(task), _step(step, now_ms - report.ago_ms))
        case Finished() as end:
            return _ended(task, end, retries, now_ms)


def all_reported(task: Task, reports: Iterable[Report], retries: Retries, now_ms: int) -> tuple[Task, Release | None]:
    """The task after reports of one attempt, in order, and the release that came with one that was not applied before.
    Errors as those of `reported`."""
    release = None
    for report in reports:
        before, task = task, reported(task, report, retries, now_ms)
        if task is not before:
            release = released(task, report, now_ms) or release
    return task, release


def _running(task: Task) -> Task:
    return task if task.state is TaskState.RUNNING else move(task, TaskState.RUNNING)


def _step(step: StepReport, at_ms: int) -> Step:
    return Step(
        name=step.name,
        state=step.state,
        started_ms=at_ms - step.elapsed_ms,
        duration_ms=0 if step.state is StepState.RUNNING else step.elapsed_ms,
        note=step.note,
    )


def _ended(task: Task, end: Finished, retries: Retries, now_ms: int) -> Task:
    if end.state not in _ENDS:
        raise Invalid(
            f"an attempt cannot end as {end.state}", where=f"task {task.id}", hint=f"one of {', '.join(_ENDS)}"
        )
    task = replace(task, outputs=_outputs(task, end.output_bytes))
    failure = end.error if end.state is TaskState.FAILED else None
    if failure and failure.code == Unavailable.code and _may_repeat(task, retries):
        return _again(task, failure, now_ms + retries.wait_ms(task.attempt))
    return move(task, end.state, ended_ms=now_ms, lease_until_ms=0, error=end.error)


def _outputs(task: Task, size: int) -> tuple[int, ...]:
    """The lengths of the outputs with that of the present attempt."""
    before = task.outputs[: task.attempt - 1]
    return (*before, *(_UNKNOWN for _ in range(task.attempt - 1 - len(before))), size)


def released(task: Task, report: Report, now_ms: int) -> Release | None:
    """The release that comes with the end of a deploy, if one does. Whose and of what it is, is the task's word and not the
    agent's."""
    if not isinstance(report.body, Finished) or report.body.release is None or task.kind is not TaskKind.DEPLOY:
        return None
    return replace(
        report.body.release,
        service=task.service,
        node=task.node,
        task=task.id,
        revision=task.order.revision,
        bundle=task.order.bundle,
        compose_files=task.order.compose_files,
        recorded_ms=now_ms,
    )


def given_up(task: Task, attempt: Attempt, error: TaskError, retries: Retries, now_ms: int) -> Task:
    """The task after its agent came without its live attempt: one that was never accepted was never begun, and waits
    again at once; another one waits again where it may be repeated, else it is lost. `Conflict` when the attempt is not live."""
    if not is_live(task, attempt):
        raise Conflict(f"attempt {attempt.number} is not live", where=f"task {task.id}")
    task = replace(task, outputs=_outputs(task, _UNKNOWN))
    if task.state is TaskState.ASSIGNED:
        if task.cancel_requested:
            return move(task, TaskState.CANCELLED, ended_ms=now_ms, lease_until_ms=0, error=_never_began(task))
        return _again(task, error, now_ms)
    return _again_or_lost(task, error, retries, now_ms)


def swept(task: Task, retries: Retries, now_ms: int) -> Task:
    """The task after a look at the clock: the same value when neither its deadline nor its lease has passed."""
    if task.state is TaskState.PENDING and task.deadline_ms <= now_ms:
        return _waited_too_long(task, now_ms)
    if task.state.live and task.lease_until_ms <= now_ms:
        silent = TaskError(
            code=Unavailable.code,
            message=f"{task.node} was not heard from until the lease of attempt {task.attempt} ran out",
        )
        task = replace(task, outputs=_outputs(task, _UNKNOWN))
        return _again_or_lost(task, silent, retries, now_ms)
    return task


def _may_repeat(task: Task, retries: Retries) -> bool:
    return task.kind.repeatable and task.attempt < retries.attempts and not task.cancel_requested


def _waited_too_long(task: Task, now_ms: int) -> Task:
    late = TaskError(
        code=TimedOut.code, message=f"waited {(now_ms - task.created_ms) // 1000} s without being able to start"
    )
    return move(task, TaskState.FAILED, ended_ms=now_ms, error=late)


def _again_or_lost(task: Task, error: TaskError, retries: Retries, now_ms: int) -> Task:
    if _may_repeat(task, retries):
        return _again(task, error, now_ms + retries.wait_ms(task.attempt))
    return _lost(task, error, now_ms)


def _again(task: Task, error: TaskError, not_before_ms: int) -> Task:
    return move(
        task, TaskState.PENDING, not_before_ms=not_before_ms, lease_until_ms=0, started_ms=0, server="", error=error
    )


def _lost(task: Task, error: TaskError, now_ms: int) -> Task:
    return move(task, TaskState.LOST, ended_ms=now_ms, lease_until_ms=0, error=error)


def cancelled(task: Task, by: str, now_ms: int) -> Task:
    """The task after a person asked for its end: cancelled at once where it waits, else marked, until its agent tells
    how it ended. The same value when it was marked before, or has ended."""
    if task.state is TaskState.PENDING:
        error = TaskError(code=Cancelled.code, message=f"{by} cancelled it while it waited")
        return move(task, TaskState.CANCELLED, ended_ms=now_ms, error=error)
    if task.state.live:
        return replace(task, cancel_requested=True)
    return task


def _never_began(task: Task) -> TaskError:
    return TaskError(code=Cancelled.code, message=f"cancelled before {task.node} began")


def resolved(task: Task, state: TaskState, by: str, now_ms: int) -> Task:
    """The lost task after a person said how it ended; the same value when that was said before."""
    if state not in _ENDS:
        raise Invalid(f"a lost task is not resolved as {state}", hint=f"one of {', '.join(_ENDS)}")
    if task.state is state:
        return task
    if task.state is not TaskState.LOST:
        raise NotPossible(
            f"it is {task.state}, and only a lost task has to be resolved",
            where=f"task {task.id}",
            hint=f"composia task cancel {task.id}" if not task.state.final else "",
        )
    said = None
    if state is not TaskState.SUCCEEDED:
        why = f"{task.error}; " if task.error else ""
        said = TaskError(code=NotPossible.code, message=f"{why}{by} said that it {_PAST[state]}")
    return move(task, state, ended_ms=now_ms, error=said)


_PAST = {TaskState.FAILED: "failed", TaskState.CANCELLED: "was cancelled"}


def gives_way(task: Task, newer: Task) -> bool:
    """Whether a deploy that waits, or is lost, has become pointless: a newer one of the same instance follows it."""
    return (
        task.state in (TaskState.PENDING, TaskState.LOST)
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
