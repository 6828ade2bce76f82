from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composia.core.attempt import (
    Retries,
    cancelled,
    claimed,
    given_up,
    gives_way,
    released,
    renewed,
    reported,
    resolved,
    superseded,
    swept,
)
from composia.core.release import Release
from composia.core.session import Accepted, Attempt, Finished, Report, StepReport
from composia.core.step import Step, StepName, StepState
from composia.core.task import Order, Task, TaskError, TaskKind, TaskState
from composia.errors import Conflict, Invalid, NotPossible

NOW = 1_700_000_000_000
GONE = TaskError(code="unavailable", message="node-a went away")
CRASHED = TaskError(code="not_possible", message="exit 3")
RETRIES = Retries(attempts=3, backoff_ms=1_000, longest_ms=60_000)


def task(state: TaskState = TaskState.PENDING, kind: TaskKind = TaskKind.DEPLOY, **fields: object) -> Task:
    made = Task(
        id="t1",
        sequence=1,
        deployment="d1",
        service="web",
        node="node-a",
        order=Order(kind=kind, service="web", project="web"),
        state=state,
        created_ms=NOW,
        deadline_ms=NOW + 60_000,
    )
    return replace(made, **fields)  # type: ignore[arg-type]


def running(kind: TaskKind = TaskKind.DEPLOY, state: TaskState = TaskState.RUNNING, **fields: object) -> Task:
    held: dict[str, object] = {
        "attempt": 2,
        "server": "s1",
        "started_ms": NOW,
        "lease_until_ms": NOW + 30_000,
        "reported": 3,
    }
    return task(state, kind, **(held | fields))


def report(number: int, body: Accepted | StepReport | Finished, attempt: int = 2) -> Report:
    return Report(attempt=Attempt(task="t1", number=attempt), number=number, body=body)


def test_a_claim_begins_an_attempt_and_forgets_the_one_before() -> None:
    waiting = task(
        attempt=1,
        reported=4,
        outputs=(9,),
        error=GONE,
        steps=(Step(name=StepName.UP, state=StepState.RUNNING),),
        not_before_ms=NOW,
    )
    assert claimed(waiting, server="s1", lease_ms=30_000, now_ms=NOW + 5) == task(
        TaskState.ASSIGNED,
        attempt=2,
        server="s1",
        started_ms=NOW + 5,
        lease_until_ms=NOW + 30_005,
        not_before_ms=NOW,
        outputs=(9,),
    )


def test_what_runs_is_not_claimed() -> None:
    with pytest.raises(NotPossible):
        claimed(running(), server="s1", lease_ms=1, now_ms=NOW)


def test_a_renewed_lease_counts_from_now() -> None:
    assert renewed(running(), 30_000, NOW + 20_000) == running(lease_until_ms=NOW + 50_000)


def test_a_step_is_dated_by_the_servers_clock() -> None:
    ended = report(4, StepReport(name=StepName.UP, state=StepState.FAILED, elapsed_ms=70, note="exit 1"))
    step = Step(name=StepName.UP, state=StepState.FAILED, started_ms=NOW + 30, duration_ms=70, note="exit 1")
    assert reported(running(), ended, RETRIES, NOW + 100) == running(reported=4, steps=(step,))


def test_an_end_clears_the_lease_and_keeps_who_held_it() -> None:
    end = Finished(state=TaskState.FAILED, output_bytes=12, error=CRASHED)
    assert reported(running(), report(4, end), RETRIES, NOW + 9) == task(
        TaskState.FAILED,
        attempt=2,
        server="s1",
        started_ms=NOW,
        ended_ms=NOW + 9,
        reported=4,
        outputs=(-1, 12),
        error=CRASHED,
    )


@pytest.mark.parametrize("state", [state for state in TaskState if not state.live])
def test_a_new_report_on_what_nobody_holds_is_a_conflict(state: TaskState) -> None:
    with pytest.raises(Conflict) as refused:
        reported(task(state, attempt=2), report(1, Accepted()), RETRIES, NOW)
    assert str(refused.value) == f"task t1: attempt 2 is not live: the task is {state}, attempt 2"


@pytest.mark.parametrize("attempt", [0, 1, 3])
def test_a_report_of_another_attempt_is_a_conflict_whatever_its_number(attempt: int) -> None:
    for number in (1, 3, 4):
        with pytest.raises(Conflict):
            reported(running(), report(number, Accepted(), attempt), RETRIES, NOW)


@pytest.mark.parametrize("state", [TaskState.RUNNING, TaskState.SUCCEEDED, TaskState.LOST])
def test_a_report_that_was_applied_changes_nothing_even_after_the_end(state: TaskState) -> None:
    stored = replace(running(), state=state)
    for number in (1, 3):
        assert reported(stored, report(number, Finished(state=TaskState.FAILED)), RETRIES, NOW) is stored


@pytest.mark.parametrize("end", [TaskState.PENDING, TaskState.RUNNING, TaskState.LOST, TaskState.SUPERSEDED])
def test_an_agent_cannot_end_an_attempt_as_what_only_the_server_decides(end: TaskState) -> None:
    with pytest.raises(Invalid):
        reported(running(), report(4, Finished(state=end)), RETRIES, NOW)


def test_a_release_belongs_to_its_tasks_instance_whatever_the_agent_says() -> None:
    said = Release(service="db", node="node-z", task="t9", revision="4f1c", bundle="another's", project="web")
    end = report(4, Finished(state=TaskState.SUCCEEDED, release=said))
    order = Order(kind=TaskKind.DEPLOY, service="web", project="web", revision="51a0", bundle="b", compose_files=("c",))
    assert released(running(order=order), end, NOW) == Release(
        service="web",
        node="node-a",
        task="t1",
        revision="51a0",
        bundle="b",
        project="web",
        compose_files=("c",),
        recorded_ms=NOW,
    )
    assert released(running(TaskKind.STOP), end, NOW) is None
    assert released(running(), report(4, Finished(state=TaskState.SUCCEEDED)), NOW) is None
    assert released(running(), report(4, Accepted()), NOW) is None


def test_an_end_because_something_did_not_answer_is_tried_again_later() -> None:
    end = report(4, Finished(state=TaskState.FAILED, output_bytes=12, error=GONE))
    assert reported(running(), end, RETRIES, NOW + 9) == task(
        attempt=2, reported=4, not_before_ms=NOW + 2_009, outputs=(-1, 12), error=GONE
    )


@pytest.mark.parametrize(
    "stored",
    [running(TaskKind.RESTART), running(attempt=3), running(cancel_requested=True)],
    ids=["may not repeat", "tried often enough", "to be cancelled"],
)
def test_an_end_that_is_not_tried_again_has_failed(stored: Task) -> None:
    end = report(4, Finished(state=TaskState.FAILED, error=GONE), stored.attempt)
    assert reported(stored, end, RETRIES, NOW).state is TaskState.FAILED


@pytest.mark.parametrize("kind", TaskKind)
def test_what_is_given_up_waits_again_where_it_may_be_repeated_and_else_is_lost(kind: TaskKind) -> None:
    after = given_up(running(kind), Attempt(task="t1", number=2), GONE, RETRIES, NOW + 5)
    if kind is TaskKind.RESTART:
        assert after == replace(
            running(kind), state=TaskState.LOST, ended_ms=NOW + 5, lease_until_ms=0, outputs=(-1, -1), error=GONE
        )
    else:
        assert after == task(kind=kind, attempt=2, reported=3, not_before_ms=NOW + 2_005, outputs=(-1, -1), error=GONE)


@pytest.mark.parametrize("kind", TaskKind)
def test_what_was_never_accepted_never_began_and_waits_again_at_once(kind: TaskKind) -> None:
    held = running(kind, state=TaskState.ASSIGNED, attempt=7)
    after = given_up(held, Attempt(task="t1", number=7), GONE, RETRIES, NOW + 5)
    assert (after.state, after.not_before_ms) == (TaskState.PENDING, NOW + 5)


def test_only_a_failure_is_tried_again_whatever_an_end_says_beside() -> None:
    for state in (TaskState.SUCCEEDED, TaskState.CANCELLED):
        assert reported(running(), report(4, Finished(state=state, error=GONE)), RETRIES, NOW).state is state


def test_what_was_never_accepted_and_is_to_be_cancelled_is_cancelled() -> None:
    held = running(state=TaskState.ASSIGNED, cancel_requested=True)
    after = given_up(held, Attempt(task="t1", number=2), GONE, RETRIES, NOW + 5)
    assert (after.state, after.ended_ms, after.error) == (
        TaskState.CANCELLED,
        NOW + 5,
        TaskError(code="cancelled", message="cancelled before node-a began"),
    )


@given(st.integers(1, 2**40), st.integers(1, 100_000), st.integers(1, 100_000))
def test_a_wait_doubles_up_to_the_longest(attempt: int, backoff_ms: int, longest_ms: int) -> None:
    retries = Retries(backoff_ms=backoff_ms, longest_ms=longest_ms)
    wait_ms = retries.wait_ms(attempt)
    assert wait_ms == longest_ms or wait_ms == backoff_ms * 2 ** (attempt - 1)
    assert wait_ms <= retries.wait_ms(attempt + 1) <= longest_ms


def sweep(stored: Task, now_ms: int) -> Task:
    return swept(stored, RETRIES, now_ms)


def test_a_lease_ends_with_its_last_millisecond() -> None:
    assert sweep(running(), NOW + 29_999) == running()
    assert sweep(running(), NOW + 30_000).state is TaskState.PENDING


def test_a_repeated_attempt_waits_longer_each_time_and_the_last_one_is_lost() -> None:
    after = [sweep(running(attempt=attempt), NOW + 30_000) for attempt in (1, 2, 3)]
    assert [(t.state, t.not_before_ms) for t in after] == [
        (TaskState.PENDING, NOW + 31_000),
        (TaskState.PENDING, NOW + 32_000),
        (TaskState.LOST, 0),
    ]
    assert after[2].error == TaskError(
        code="unavailable", message="node-a was not heard from until the lease of attempt 3 ran out"
    )


def test_what_cannot_be_repeated_is_lost_with_its_first_lease() -> None:
    assert sweep(running(TaskKind.RESTART, attempt=1), NOW + 30_000).state is TaskState.LOST


def test_what_was_to_be_cancelled_is_lost_with_its_lease_for_nobody_knows() -> None:
    assert sweep(running(cancel_requested=True), NOW + 30_000).state is TaskState.LOST


def test_what_waits_fails_at_its_deadline() -> None:
    assert sweep(task(), NOW + 59_999) == task()
    assert sweep(task(), NOW + 60_000) == task(
        TaskState.FAILED,
        ended_ms=NOW + 60_000,
        error=TaskError(code="timed_out", message="waited 60 s without being able to start"),
    )


@given(st.sampled_from(TaskState), st.integers(0, 2 * NOW))
def test_a_sweep_leaves_alone_what_has_ended_and_ends_nothing_before_its_time(state: TaskState, now_ms: int) -> None:
    stored = task(state, attempt=1, lease_until_ms=NOW + 30_000)
    after = sweep(stored, now_ms)
    if state.final or now_ms < NOW + 30_000:
        assert after is stored
    assert sweep(after, now_ms) == after or after.state is TaskState.PENDING


def test_a_waiting_deploy_gives_way_to_a_newer_one_of_its_instance() -> None:
    newer = task(sequence=2, id="t2", deployment="d2")
    assert gives_way(task(), newer)
    assert superseded(task(), newer, NOW + 5) == task(
        TaskState.SUPERSEDED, ended_ms=NOW + 5, error=TaskError(code="conflict", message="superseded by d2")
    )


def test_nothing_else_gives_way() -> None:
    newer = task(sequence=2)
    for older in (
        running(),
        task(kind=TaskKind.STOP),
        task(service="db"),
        task(node="node-b"),
        task(TaskState.FAILED),
        task(sequence=3),
    ):
        assert not gives_way(older, newer)
    assert not gives_way(task(), task(sequence=2, kind=TaskKind.STOP))
    assert not gives_way(task(kind=TaskKind.STOP), task(sequence=2, kind=TaskKind.STOP))


def test_a_lost_deploy_gives_way_too() -> None:
    assert gives_way(task(TaskState.LOST), task(sequence=2))
    assert superseded(task(TaskState.LOST), task(sequence=2, deployment="d2"), NOW).state is TaskState.SUPERSEDED


def test_what_waits_is_cancelled_at_once() -> None:
    assert cancelled(task(), "ada", NOW + 5) == task(
        TaskState.CANCELLED,
        ended_ms=NOW + 5,
        error=TaskError(code="cancelled", message="ada cancelled it while it waited"),
    )


@pytest.mark.parametrize("state", [TaskState.ASSIGNED, TaskState.RUNNING])
def test_what_is_live_is_marked_until_its_agent_tells_how_it_ended(state: TaskState) -> None:
    held = running(state=state)
    assert cancelled(held, "ada", NOW) == replace(held, cancel_requested=True)
    assert cancelled(cancelled(held, "ada", NOW), "bob", NOW) == replace(held, cancel_requested=True)


@pytest.mark.parametrize("state", [state for state in TaskState if state.final])
def test_what_has_ended_is_not_cancelled(state: TaskState) -> None:
    assert cancelled(task(state), "ada", NOW) == task(state)


@pytest.mark.parametrize(
    ("state", "error"),
    [
        (TaskState.SUCCEEDED, None),
        (TaskState.FAILED, TaskError(code="not_possible", message="node-a went away; ada said that it failed")),
        (
            TaskState.CANCELLED,
            TaskError(code="not_possible", message="node-a went away; ada said that it was cancelled"),
        ),
    ],
)
def test_a_person_says_how_a_lost_task_ended(state: TaskState, error: TaskError | None) -> None:
    lost = task(TaskState.LOST, error=GONE, ended_ms=NOW)
    after = resolved(lost, state, "ada", NOW + 5)
    assert after == replace(lost, state=state, ended_ms=NOW + 5, error=error)
    assert resolved(after, state, "bob", NOW + 9) is after


@pytest.mark.parametrize("state", [state for state in TaskState if state is not TaskState.LOST])
def test_only_a_lost_task_is_resolved(state: TaskState) -> None:
    said = TaskState.FAILED if state is not TaskState.FAILED else TaskState.SUCCEEDED
    with pytest.raises(NotPossible, match="only a lost task"):
        resolved(task(state), said, "ada", NOW)


@pytest.mark.parametrize("state", [TaskState.PENDING, TaskState.RUNNING, TaskState.LOST, TaskState.SUPERSEDED])
def test_a_lost_task_is_resolved_only_as_an_end(state: TaskState) -> None:
    with pytest.raises(Invalid):
        resolved(task(TaskState.LOST), state, "ada", NOW)
