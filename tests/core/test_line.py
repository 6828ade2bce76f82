from hypothesis import given
from hypothesis import strategies as st

from composia.core.deployment import Deployment, DeploymentState
from composia.core.line import first_in_line, may_start
from composia.core.task import Order, Priority, Task, TaskKind, TaskState


def task(
    sequence: int,
    *,
    service: str = "web",
    node: str = "node-a",
    state: TaskState = TaskState.PENDING,
    priority: int = Priority.PERSON,
    batch: int = 0,
    deployment: str = "d1",
) -> Task:
    return Task(
        id=f"t{sequence}",
        sequence=sequence,
        deployment=deployment,
        service=service,
        node=node,
        order=Order(kind=TaskKind.DEPLOY, service=service, project=service),
        state=state,
        priority=priority,
        batch=batch,
        not_before_ms=100,
        deadline_ms=200,
    )


def test_the_first_of_each_free_instance_is_served_by_priority_then_sequence() -> None:
    later = task(1, service="one", priority=Priority.SCHEDULE)
    person, other = task(2, service="two"), task(4, service="three")
    behind = task(5, service="two")
    busy = [task(6, service="four", state=TaskState.RUNNING), task(7, service="four")]
    ended = task(8, service="five", state=TaskState.FAILED)
    assert first_in_line([behind, *busy, ended, other, later, person], ()) == (person, other, later)


def test_a_person_does_not_overtake_inside_an_instance() -> None:
    scheduled = task(1, priority=Priority.BACKGROUND)
    assert first_in_line([task(2, priority=Priority.PERSON), scheduled], ()) == (scheduled,)


def test_the_same_service_on_two_nodes_is_two_instances() -> None:
    here, there = task(1, node="node-a", state=TaskState.ASSIGNED), task(2, node="node-b")
    assert first_in_line([here, there], ()) == (there,)


tasks = st.lists(
    st.builds(
        task,
        st.integers(1, 1000),
        service=st.sampled_from(["a", "b", "c"]),
        state=st.sampled_from(TaskState),
        priority=st.sampled_from([0, 10, 20]),
    ),
    unique_by=lambda task: task.sequence,
)


@given(tasks)
def test_nobody_in_line_has_someone_of_its_instance_before_it(stored: list[Task]) -> None:
    line = first_in_line(stored, ())
    assert len({task.service for task in line}) == len(line)
    for first in line:
        others = [task for task in stored if task.service == first.service]
        assert not any(task.state.live for task in others)
        assert first.sequence == min(task.sequence for task in others if task.state is TaskState.PENDING)


def starts(state: DeploymentState, *, let_go: int, now_ms: int = 100) -> bool:
    deployment = Deployment(
        id="d1", sequence=1, request_id="r1", kind=TaskKind.DEPLOY, service="web", state=state, batch=let_go
    )
    return may_start(task(1, batch=1), deployment, now_ms)


def test_a_task_may_start_once_its_batch_was_let_go() -> None:
    assert [starts(DeploymentState.RUNNING, let_go=batch) for batch in (0, 1, 2)] == [False, True, True]


def test_a_task_may_start_from_its_time_on_until_its_deadline() -> None:
    assert [starts(DeploymentState.RUNNING, let_go=1, now_ms=now) for now in (99, 100, 199, 200)] == [
        False,
        True,
        True,
        False,
    ]


def test_nothing_starts_while_its_deployment_is_paused_or_has_ended() -> None:
    assert {state for state in DeploymentState if starts(state, let_go=1)} == {
        DeploymentState.PENDING,
        DeploymentState.RUNNING,
    }


def test_a_task_of_a_paused_deployment_stands_in_nobodys_way_and_is_not_offered() -> None:
    held, behind, alone = task(1), task(2, deployment="d2"), task(3, service="other")
    assert first_in_line([held, behind, alone], {held.deployment}) == (behind,)
