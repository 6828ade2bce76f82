from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composia.core.step import Step, StepName, StepState
from composia.core.task import TRANSITIONS, Order, Task, TaskKind, TaskState, move, with_step
from composia.errors import NotPossible


def task(state: TaskState = TaskState.PENDING) -> Task:
    order = Order(kind=TaskKind.DEPLOY, service="web", project="web")
    return Task(id="t1", sequence=1, deployment="d1", service="web", node="node-a", order=order, state=state)


ARROWS = {(start, end) for start, ends in TRANSITIONS.items() for end in ends}


@pytest.mark.parametrize("start", TaskState)
@pytest.mark.parametrize("end", TaskState)
def test_a_task_moves_along_an_arrow_and_no_other_way(start: TaskState, end: TaskState) -> None:
    if (start, end) in ARROWS:
        assert move(task(start), end, ended_ms=5) == replace(task(end), ended_ms=5)
    else:
        with pytest.raises(NotPossible) as refused:
            move(task(start), end)
        assert str(refused.value) == f"task t1: a task that is {start} cannot become {end}"


def test_these_are_the_states_that_nothing_follows() -> None:
    assert {state for state in TaskState if state.final} == {
        TaskState.SUCCEEDED,
        TaskState.FAILED,
        TaskState.CANCELLED,
        TaskState.LOST,
        TaskState.SUPERSEDED,
    }


def test_only_what_an_agent_holds_is_live() -> None:
    assert {state for state in TaskState if state.live} == {TaskState.ASSIGNED, TaskState.RUNNING}


def test_every_task_can_come_to_every_end_but_superseded_once_it_is_claimed() -> None:
    ends = {state for state in TaskState if state.final} - {TaskState.SUPERSEDED}
    for start in (TaskState.ASSIGNED, TaskState.RUNNING):
        assert ends <= TRANSITIONS[start]
        assert TaskState.SUPERSEDED not in TRANSITIONS[start]


def test_all_but_a_restart_may_be_repeated() -> None:
    assert {kind for kind in TaskKind if not kind.repeatable} == {TaskKind.RESTART}


def test_a_step_takes_the_place_of_the_one_of_its_name() -> None:
    fetch = Step(name=StepName.FETCH, state=StepState.SUCCEEDED)
    begun = Step(name=StepName.UP, state=StepState.RUNNING, started_ms=5)
    health = Step(name=StepName.HEALTH, state=StepState.RUNNING)
    ended = Step(name=StepName.UP, state=StepState.FAILED, started_ms=5, duration_ms=9, note="exit 1")
    stored = task()
    for step in (fetch, begun, health, ended):
        stored = with_step(stored, step)
    assert stored.steps == (fetch, ended, health)


steps = st.builds(Step, name=st.sampled_from(StepName), state=st.sampled_from(StepState), started_ms=st.integers(0))


@given(st.lists(steps))
def test_a_task_has_the_last_report_of_each_step_in_the_order_of_their_first(reported: list[Step]) -> None:
    stored = task()
    for step in reported:
        stored = with_step(stored, step)
    assert stored.steps == tuple({step.name: step for step in reported}.values())
