from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composia.core.deployment import (
    TRANSITIONS,
    Deployment,
    DeploymentState,
    advance,
    batch_of,
    cancelled,
    move,
    paused,
    resumed,
)
from composia.core.service import OnFailure, RolloutPolicy
from composia.core.task import Order, Task, TaskError, TaskKind, TaskState
from composia.errors import NotPossible

NOW = 1_700_000_000_000


def deployment(state: DeploymentState = DeploymentState.RUNNING, **fields: object) -> Deployment:
    made = Deployment(id="d1", sequence=1, request_id="r1", kind=TaskKind.DEPLOY, service="web", batches=3, state=state)
    return replace(made, **fields)  # type: ignore[arg-type]


def tasks(*states: TaskState, batches: tuple[int, ...] = ()) -> tuple[Task, ...]:
    """Tasks on node-1, node-2, …, in these states and by default each in a batch of its own."""
    return tuple(
        Task(
            id=f"t{number}",
            sequence=number,
            deployment="d1",
            service="web",
            node=f"node-{number}",
            order=Order(kind=TaskKind.DEPLOY, service="web", project="web"),
            state=state,
            batch=batch,
            error=TaskError(code="not_possible", message=f"it {state}") if state in (FAILED, LOST) else None,
        )
        for number, (state, batch) in enumerate(zip(states, batches or range(len(states)), strict=True), 1)
    )


PENDING, ASSIGNED, RUNNING = TaskState.PENDING, TaskState.ASSIGNED, TaskState.RUNNING
SUCCEEDED, FAILED, CANCELLED = TaskState.SUCCEEDED, TaskState.FAILED, TaskState.CANCELLED
LOST, SUPERSEDED = TaskState.LOST, TaskState.SUPERSEDED


@pytest.mark.parametrize("start", DeploymentState)
@pytest.mark.parametrize("end", DeploymentState)
def test_a_deployment_moves_along_an_arrow_and_no_other_way(start: DeploymentState, end: DeploymentState) -> None:
    if end in TRANSITIONS[start]:
        assert move(deployment(start), end, reason="why") == deployment(end, reason="why")
    else:
        with pytest.raises(NotPossible) as refused:
            move(deployment(start), end)
        assert str(refused.value) == f"deployment d1: a deployment that is {start} cannot become {end}"


@pytest.mark.parametrize(
    ("rollout", "batches"),
    [
        (RolloutPolicy(), [0, 1, 2, 3, 4]),
        (RolloutPolicy(max_parallel=2), [0, 0, 1, 1, 2]),
        (RolloutPolicy(max_parallel=9), [0, 0, 0, 0, 0]),
        (RolloutPolicy(max_parallel=2, canary=1), [0, 1, 1, 2, 2]),
        (RolloutPolicy(max_parallel=3, canary=2), [0, 0, 1, 1, 1]),
        (RolloutPolicy(max_parallel=3, canary=9), [0, 0, 0, 0, 0]),
        (RolloutPolicy(max_parallel=0), [0, 1, 2, 3, 4]),
    ],
)
def test_canaries_are_the_first_batch_and_the_others_follow_some_at_a_time(
    rollout: RolloutPolicy, batches: list[int]
) -> None:
    assert [batch_of(position, rollout) for position in range(5)] == batches


@given(st.integers(0, 5), st.integers(0, 5), st.integers(1, 40))
def test_batches_have_no_gap(max_parallel: int, canary: int, nodes: int) -> None:
    rollout = RolloutPolicy(max_parallel=max_parallel, canary=canary)
    batches = [batch_of(position, rollout) for position in range(nodes)]
    assert batches == sorted(batches)
    assert set(batches) == set(range(max(batches) + 1))


def test_a_deployment_whose_tasks_all_wait_stays_as_it_is() -> None:
    waiting = deployment(DeploymentState.PENDING)
    assert advance(waiting, tasks(PENDING, PENDING), NOW) == waiting


@pytest.mark.parametrize("first", [ASSIGNED, RUNNING])
def test_it_runs_once_one_of_its_tasks_was_claimed(first: TaskState) -> None:
    begun = advance(deployment(DeploymentState.PENDING), tasks(first, PENDING, batches=(0, 0)), NOW)
    assert begun == deployment(DeploymentState.RUNNING)


def test_the_next_batch_waits_for_all_of_the_one_before() -> None:
    assert advance(deployment(), tasks(SUCCEEDED, RUNNING, PENDING, batches=(0, 0, 1)), NOW) == deployment()
    done = tasks(SUCCEEDED, SUCCEEDED, PENDING, batches=(0, 0, 1))
    assert advance(deployment(), done, NOW) == deployment(batch=1)


def test_a_batch_that_has_ended_before_its_turn_is_passed_over() -> None:
    assert advance(deployment(), tasks(SUCCEEDED, SUPERSEDED, PENDING), NOW) == deployment(batch=2)


@pytest.mark.parametrize("end", [FAILED, LOST, CANCELLED])
def test_a_batch_that_ended_badly_pauses_what_would_follow(end: TaskState) -> None:
    paused = advance(deployment(), tasks(end, PENDING), NOW)
    assert paused == deployment(DeploymentState.PAUSED, reason=f"stopped after node-1 {end}")
    assert advance(paused, tasks(end, PENDING), NOW) == paused


def test_a_policy_may_go_on_after_a_failure() -> None:
    stubborn = deployment(rollout=RolloutPolicy(on_failure=OnFailure.CONTINUE))
    assert advance(stubborn, tasks(FAILED, PENDING), NOW) == replace(stubborn, batch=1)


def test_a_pause_between_batches_is_counted_from_the_end_of_a_batch() -> None:
    patient = deployment(rollout=RolloutPolicy(pause_s=1.5))
    stored = tasks(SUCCEEDED, PENDING)
    pausing = advance(patient, stored, NOW)
    assert pausing == replace(patient, resume_ms=NOW + 1500)
    assert advance(pausing, stored, NOW + 1499) == pausing
    assert advance(pausing, stored, NOW + 1500) == replace(patient, batch=1, resume_ms=0)


@pytest.mark.parametrize(
    ("states", "end", "reason"),
    [
        ((SUCCEEDED, SUCCEEDED), DeploymentState.SUCCEEDED, ""),
        ((SUCCEEDED, FAILED), DeploymentState.FAILED, "node-2: it failed"),
        ((CANCELLED, FAILED), DeploymentState.FAILED, "node-2: it failed"),
        ((SUCCEEDED, CANCELLED), DeploymentState.CANCELLED, ""),
        ((SUPERSEDED, CANCELLED), DeploymentState.CANCELLED, ""),
        ((SUCCEEDED, SUPERSEDED), DeploymentState.SUPERSEDED, ""),
    ],
)
@pytest.mark.parametrize("state", [DeploymentState.PENDING, DeploymentState.RUNNING, DeploymentState.PAUSED])
def test_when_all_has_ended_the_worst_end_is_the_deployments(
    state: DeploymentState, states: tuple[TaskState, ...], end: DeploymentState, reason: str
) -> None:
    ended = advance(deployment(state, batch=1), tasks(*states), NOW)
    assert ended == deployment(end, batch=1, ended_ms=NOW, reason=reason)


@pytest.mark.parametrize("state", [DeploymentState.PENDING, DeploymentState.RUNNING, DeploymentState.PAUSED])
def test_a_lost_task_keeps_its_deployment_until_a_person_has_said_how_it_ended(state: DeploymentState) -> None:
    held = advance(deployment(state, batch=1), tasks(LOST, FAILED), NOW)
    assert held == deployment(DeploymentState.PAUSED, batch=1, reason="what became of t1 on node-1 is not known")
    assert advance(held, tasks(LOST, FAILED), NOW) == held
    assert advance(held, tasks(SUCCEEDED, SUCCEEDED), NOW).state is DeploymentState.SUCCEEDED


@pytest.mark.parametrize("state", [DeploymentState.PENDING, DeploymentState.RUNNING, DeploymentState.PAUSED])
@pytest.mark.parametrize(
    ("ends", "state_after"),
    [
        ((SUCCEEDED, FAILED, CANCELLED), DeploymentState.CANCELLED),
        ((FAILED, SUPERSEDED, CANCELLED), DeploymentState.CANCELLED),
        ((SUCCEEDED, FAILED), DeploymentState.CANCELLED),  # what was to be ended failed before it was
        ((SUCCEEDED, SUCCEEDED), DeploymentState.SUCCEEDED),  # all had come to its end before
        ((FAILED, LOST, CANCELLED), DeploymentState.PAUSED),
    ],
)
def test_what_a_person_has_cancelled_is_cancelled_whatever_of_it_has_failed(
    ends: tuple[TaskState, ...], state_after: DeploymentState, state: DeploymentState
) -> None:
    whole = cancelled(deployment(state), "ada")
    assert (whole.state, whole.cancelled_by, cancelled(whole, "grace")) == (state, "ada", whole)
    assert advance(whole, tasks(*ends), NOW).state is state_after


def test_what_ends_in_a_pause_between_batches_waits_for_nothing_any_more() -> None:
    pausing = deployment(rollout=RolloutPolicy(pause_s=5), resume_ms=NOW + 5000)
    assert advance(pausing, tasks(SUCCEEDED, CANCELLED), NOW).resume_ms == 0


def test_a_failure_of_an_earlier_batch_does_not_stop_the_ones_after_the_next() -> None:
    stored = tasks(FAILED, SUCCEEDED, PENDING)
    assert advance(deployment(batch=1), stored, NOW) == deployment(batch=2)


def test_a_person_pauses_and_resumes_it() -> None:
    held = paused(deployment(batch=1), "ada")
    assert held == deployment(DeploymentState.PAUSED, batch=1, reason="paused by ada")
    assert paused(held, "bob") is held
    assert resumed(held, tasks(SUCCEEDED, RUNNING, PENDING)) == deployment(batch=1)
    assert resumed(deployment(batch=1), ()) == deployment(batch=1)


@pytest.mark.parametrize("end", [FAILED, CANCELLED, LOST])
def test_resumed_it_leaves_a_batch_that_ended_badly_behind(end: TaskState) -> None:
    stopped = advance(deployment(), tasks(end, PENDING, PENDING), NOW)
    assert resumed(stopped, tasks(end, PENDING, PENDING)) == deployment(batch=1)


def test_what_was_paused_before_its_last_batch_ended_ends_when_it_is_resumed() -> None:
    held = deployment(DeploymentState.PAUSED, batch=2, reason="paused by ada")
    assert advance(held, tasks(SUCCEEDED, SUCCEEDED, SUCCEEDED), NOW).state is DeploymentState.SUCCEEDED


def test_it_does_not_go_on_when_only_a_persons_word_is_missing() -> None:
    held = deployment(DeploymentState.PAUSED, batch=1)
    with pytest.raises(NotPossible, match="what became of t2 has to be said first"):
        resumed(held, tasks(SUCCEEDED, LOST))


@pytest.mark.parametrize("state", [state for state in DeploymentState if state.final])
def test_what_has_ended_is_neither_paused_nor_resumed(state: DeploymentState) -> None:
    with pytest.raises(NotPossible):
        paused(deployment(state), "ada")
    with pytest.raises(NotPossible):
        resumed(deployment(state), tasks(SUCCEEDED))


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (TaskError(code="internal", message=""), "node-1: "),
        (TaskError(code="internal", message="exit 3\nlast lines\n"), "node-1: exit 3"),
        (TaskError(code="internal", message="exit 3", where="container app"), "node-1: container app: exit 3"),
    ],
)
def test_the_reason_of_an_end_is_a_line_whatever_an_agent_said(error: TaskError, reason: str) -> None:
    (failed,) = tasks(FAILED)
    assert advance(deployment(), [replace(failed, error=error)], NOW).reason == reason


@pytest.mark.parametrize("state", [state for state in DeploymentState if state.final])
def test_what_has_ended_stays_as_it_is(state: DeploymentState) -> None:
    assert advance(deployment(state), tasks(RUNNING), NOW) == deployment(state)


@given(
    states=st.lists(st.sampled_from(TaskState), min_size=1, max_size=5),
    start=st.sampled_from([DeploymentState.PENDING, DeploymentState.RUNNING, DeploymentState.PAUSED]),
    batch=st.integers(0, 4),
    pause_s=st.sampled_from([0.0, 1.0]),
    on_failure=st.sampled_from(OnFailure),
)
def test_to_advance_twice_is_to_advance_once_and_no_end_comes_too_early(
    states: list[TaskState], start: DeploymentState, batch: int, pause_s: float, on_failure: OnFailure
) -> None:
    stored = deployment(start, batch=batch, rollout=RolloutPolicy(pause_s=pause_s, on_failure=on_failure))
    once = advance(stored, tasks(*states), NOW)
    assert advance(once, tasks(*states), NOW) == once
    assert once.state.final == (all(state.final for state in states) and LOST not in states)
    assert once.batch >= stored.batch
