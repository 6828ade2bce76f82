from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composia.core.attempt import claimed, given_up, gives_way, released, renewed, reported, superseded, swept
from composia.core.release import Release
from composia.core.session import Accepted, Attempt, Finished, Report, StepReport
from composia.core.step import Step, StepName, StepState
from composia.core.task import Order, Task, TaskError, TaskKind, TaskState
from composia.errors import Conflict, Invalid, NotPossible

NOW = 1_700_000_000_000
GONE = TaskError(code="unavailable", message="node-a went away")


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


def running(kind: TaskKind = TaskKind.DEPLOY, **fields: object) -> Task:
    held: dict[str, object] = {
        "attempt": 2,
        "server": "s1",
        "started_ms": NOW,
        "lease_until_ms": NOW + 30_000,
        "reported": 3,
    }
    return task(TaskState.RUNNING, kind, **(held | fields))


def report(number: int, body: Accepted | StepReport | Finished, attempt: int = 2) -> Report:
    return Report(attempt=Attempt(task="t1", number=attempt), number=number, body=body)


def test_a_claim_begins_an_attempt_and_forgets_the_one_before() -> None:
    waiting = task(
        attempt=1,
        reported=4,
        output_bytes=9,
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
    )


def test_what_runs_is_not_claimed() -> None:
    with pytest.raises(NotPossible):
        claimed(running(), server="s1", lease_ms=1, now_ms=NOW)


def test_a_renewed_lease_counts_from_now() -> None:
    assert renewed(running(), 30_000, NOW + 20_000) == running(lease_until_ms=NOW + 50_000)


def test_a_step_is_dated_by_the_servers_clock() -> None:
    ended = report(4, StepReport(name=StepName.UP, state=StepState.FAILED, elapsed_ms=70, note="exit 1"))
    step = Step(name=StepName.UP, state=StepState.FAILED, started_ms=NOW + 30, duration_ms=70, note="exit 1")
    assert reported(running(), ended, NOW + 100) == running(reported=4, steps=(step,))


def test_an_end_clears_the_lease_and_keeps_who_held_it() -> None:
    end = Finished(state=TaskState.FAILED, output_bytes=12, error=GONE)
    assert reported(running(), report(4, end), NOW + 9) == task(
        TaskState.FAILED,
        attempt=2,
        server="s1",
        started_ms=NOW,
        ended_ms=NOW + 9,
        reported=4,
        output_bytes=12,
        error=GONE,
    )


@pytest.mark.parametrize("state", [state for state in TaskState if not state.live])
def test_a_new_report_on_what_nobody_holds_is_a_conflict(state: TaskState) -> None:
    with pytest.raises(Conflict) as refused:
        reported(task(state, attempt=2), report(1, Accepted()), NOW)
    assert str(refused.value) == f"task t1: attempt 2 is not live: the task is {state}, attempt 2"


@pytest.mark.parametrize("attempt", [0, 1, 3])
def test_a_report_of_another_attempt_is_a_conflict_whatever_its_number(attempt: int) -> None:
    for number in (1, 3, 4):
        with pytest.raises(Conflict):
            reported(running(), report(number, Accepted(), attempt), NOW)


@pytest.mark.parametrize("state", [TaskState.RUNNING, TaskState.SUCCEEDED, TaskState.LOST])
def test_a_report_that_was_applied_changes_nothing_even_after_the_end(state: TaskState) -> None:
    stored = replace(running(), state=state)
    for number in (1, 3):
        assert reported(stored, report(number, Finished(state=TaskState.FAILED)), NOW) is stored


@pytest.mark.parametrize("end", [TaskState.PENDING, TaskState.RUNNING, TaskState.LOST, TaskState.SUPERSEDED])
def test_an_agent_cannot_end_an_attempt_as_what_only_the_server_decides(end: TaskState) -> None:
    with pytest.raises(Invalid):
        reported(running(), report(4, Finished(state=end)), NOW)


def test_a_release_belongs_to_its_tasks_instance_whatever_the_agent_says() -> None:
    said = Release(service="db", node="node-z", task="t9", revision="4f1c", bundle="b", project="web")
    end = report(4, Finished(state=TaskState.SUCCEEDED, release=said))
    assert released(running(), end, NOW) == Release(
        service="web", node="node-a", task="t1", revision="4f1c", bundle="b", project="web", recorded_ms=NOW
    )
    assert released(running(), report(4, Finished(state=TaskState.SUCCEEDED)), NOW) is None
    assert released(running(), report(4, Accepted()), NOW) is None


@pytest.mark.parametrize("kind", TaskKind)
def test_what_is_given_up_waits_again_where_it_may_be_repeated_and_else_is_lost(kind: TaskKind) -> None:
    after = given_up(running(kind), Attempt(task="t1", number=2), GONE, NOW + 5)
    if kind is TaskKind.RESTART:
        assert after == replace(running(kind), state=TaskState.LOST, ended_ms=NOW + 5, lease_until_ms=0, error=GONE)
    else:
        assert after == task(kind=kind, attempt=2, reported=3, not_before_ms=NOW + 5, error=GONE)


def sweep(stored: Task, now_ms: int) -> Task:
    return swept(stored, now_ms, max_attempts=3, backoff_ms=1000)


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
