"""A move: what is left behind is taken down only once all of it is healthy elsewhere."""

from dataclasses import replace

import pytest

from composia.core.deployment import Deployment, DeploymentState, advance, resumed
from composia.core.move import pointless
from composia.core.task import Order, Task, TaskKind, TaskState
from composia.errors import NotPossible

NOW = 1_000
DEPLOY, DOWN = TaskKind.DEPLOY, TaskKind.DOWN
PENDING, RUNNING, SUCCEEDED = TaskState.PENDING, TaskState.RUNNING, TaskState.SUCCEEDED
FAILED, CANCELLED, LOST, SUPERSEDED = TaskState.FAILED, TaskState.CANCELLED, TaskState.LOST, TaskState.SUPERSEDED


def task(sequence: int, kind: TaskKind, node: str, state: TaskState, batch: int) -> Task:
    return Task(
        id=f"t{sequence}",
        sequence=sequence,
        deployment="d1",
        service="web",
        node=node,
        order=Order(kind=kind, service="web", project="web"),
        state=state,
        batch=batch,
    )


def move(*new: TaskState, down: TaskState = PENDING) -> tuple[Task, ...]:
    """The parts on new nodes b, c, one a batch, then the one that takes it down on a."""
    deploys = [task(at, DEPLOY, "bcd"[at], state, at) for at, state in enumerate(new)]
    return (*deploys, task(9, DOWN, "a", down, len(new)))


def deployment(batch: int = 0, batches: int = 2, state: DeploymentState = DeploymentState.RUNNING) -> Deployment:
    return Deployment(
        id="d1", sequence=1, request_id="r1", kind=DEPLOY, service="web", state=state, batch=batch, batches=batches
    )


def ended(of: Deployment, tasks: tuple[Task, ...]) -> tuple[Deployment, tuple[Task, ...]]:
    """Both as a queue stores them."""
    done = {one.id: one for one in pointless(of, tasks, NOW)}
    tasks = tuple(done.get(one.id, one) for one in tasks)
    return advance(of, tasks, NOW), tasks


def test_it_is_taken_down_in_the_batch_after_the_last_that_was_healthy() -> None:
    assert ended(deployment(), move(SUCCEEDED)) == (deployment(batch=1), move(SUCCEEDED))


def test_while_anything_is_still_to_come_nothing_is_given_up() -> None:
    assert pointless(deployment(), move(FAILED, PENDING), NOW) == ()
    assert pointless(deployment(), move(RUNNING), NOW) == ()


@pytest.mark.parametrize(
    ("state", "down", "end", "why"),
    [
        (FAILED, CANCELLED, DeploymentState.FAILED, "web stays here, since the deploy on b failed"),
        (CANCELLED, CANCELLED, DeploymentState.CANCELLED, "web stays here, since the deploy on b was cancelled"),
        (SUPERSEDED, SUPERSEDED, DeploymentState.SUPERSEDED, "web stays here, since the deploy on b was superseded"),
    ],
)
def test_when_the_deploy_on_the_new_node_does_not_succeed_the_old_one_stays_and_the_end_says_so(
    state: TaskState, down: TaskState, end: DeploymentState, why: str
) -> None:
    over, tasks = ended(deployment(), move(state))

    assert (over.state, over.reason) == (end, f"a: {why}")
    assert (tasks[-1].state, tasks[-1].ended_ms) == (down, NOW)


def test_also_of_a_paused_move_and_of_one_that_goes_on_after_a_failure_nothing_is_taken_down() -> None:
    paused = deployment(batch=1, batches=3, state=DeploymentState.PAUSED)

    over, tasks = ended(paused, move(FAILED, SUCCEEDED))

    assert (over.state, tasks[-1].state) == (DeploymentState.FAILED, CANCELLED)


def test_a_move_of_which_a_part_is_lost_waits_for_a_word_and_does_not_go_on_without_it() -> None:
    held, tasks = ended(deployment(batch=1, batches=3), move(LOST, SUCCEEDED))

    assert (held.state, held.batch, tasks[-1].state) == (DeploymentState.PAUSED, 1, PENDING)
    with pytest.raises(NotPossible):
        resumed(held, tasks)
    said = (replace(tasks[0], state=SUCCEEDED), *tasks[1:])
    assert resumed(held, said).batch == 2


def test_what_failed_in_taking_it_down_is_not_given_up_again() -> None:
    assert pointless(deployment(batch=1), move(SUCCEEDED, down=FAILED), NOW) == ()
