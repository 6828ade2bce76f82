"""Every cell: held at the point, killed there, brought back; then all that was promised has to be true."""

import time
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from composia.core.deployment import DeploymentState
from composia.core.node import NodeState
from composia.core.task import Task, TaskKind, TaskState
from tests.e2e.fleet import wait_until
from tests.e2e.matrix.cells import CELLS, Cell, Victim
from tests.e2e.matrix.report import Record, begin, end
from tests.e2e.matrix.stage import NODE, Stage
from tests.e2e.matrix.trap import Trap

pytestmark = pytest.mark.engine

KILLED = -9


@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_whoever_dies_at_whichever_step_nothing_is_lost_doubled_or_stuck(
    cell: Cell, stage: Stage, turn: Callable[[], int], record_property: Record
) -> None:
    service, begun = str(cell), time.monotonic()
    begin(record_property, cell)

    id_, task, calls = play(stage, cell, service, turn)

    assert stage.calls_that_overlap() == []
    assert stage.gaps(task) == []
    if cell.victim in (Victim.SERVER, Victim.AGENT):  # they find each other's work again, and nothing is done anew
        assert (task.state, task.attempt) == (TaskState.SUCCEEDED, 1)
    if (task.state, task.attempt) == (TaskState.SUCCEEDED, 1):
        assert stage.calls_shown(task) == calls
    if cell.victim is Victim.LEASE and cell.kind.repeatable:
        assert (task.state, task.attempt) == (TaskState.SUCCEEDED, 2)
    if cell == Cell(victim=Victim.LEASE, step="restart", kind=TaskKind.RESTART):
        assert task.state is TaskState.LOST
    if task.state is TaskState.LOST:
        assert stage.ended(stage.retry(task.id)).state is TaskState.SUCCEEDED
        assert stage.deployment(id_).deployment.state is DeploymentState.SUPERSEDED
    else:
        assert task.state is TaskState.SUCCEEDED or (not cell.kind.repeatable and task.state is TaskState.FAILED), task
    assert stage.containers_that_overlap(service) == []
    stage.write(service, turn())
    after = stage.ended(stage.deploy(service))
    assert (after.state, after.attempt) == (TaskState.SUCCEEDED, 1)
    assert len(stage.fleet.containers(NODE, service)) == 1
    end(record_property, task, time.monotonic() - begun)


def test_a_person_says_how_work_ended_that_was_lost(stage: Stage, turn: Callable[[], int]) -> None:
    cell = Cell(victim=Victim.LEASE, step="restart", kind=TaskKind.RESTART)
    id_, task, _ = play(stage, cell, "resolved", turn)

    resolved = stage.resolve(task.id, TaskState.SUCCEEDED)

    assert (task.state, resolved.state) == (TaskState.LOST, TaskState.SUCCEEDED)
    assert stage.deployment(id_).deployment.state is DeploymentState.SUCCEEDED


def play(stage: Stage, cell: Cell, service: str, turn: Callable[[], int]) -> tuple[str, Task, set[str]]:
    """Ask for the cell's kind of work, and let the cell's victim die at its step. The deployment, how its task ended, and
    the calls of Compose that were made meanwhile."""
    stage.write(service, turn())
    if cell.kind is TaskKind.RESTART:
        stage.ended(stage.deploy(service))
    before = set(stage.calls(service))
    held = [(stage.traps[cell.holder], cell.holder, cell.point)]
    if cell.call and cell.holder == "server":
        held.append((stage.traps["agent"], "agent", cell.call))
    for trap, _, point in held:
        trap.arm(point)
    deploys = cell.kind is TaskKind.DEPLOY
    id_ = stage.deploy(service, pull=True) if deploys else stage.operate(cell.kind, service)
    for trap, who, point in held:
        process, caught = wait_until(trap.who_is_caught, f"{who} comes to {point}")
        assert caught == point
        assert Path(f"/proc/{process}").exists()

    strike(stage, cell, id_)
    for trap in stage.traps.values():
        trap.disarm()
    task = stage.ended(id_)
    return id_, task, {call for _, call, *_ in set(stage.calls(service)) - before}


def strike(stage: Stage, cell: Cell, id_: str) -> None:
    """Let it die while it is held, prove that it died there, and bring it back. A call of Compose that is held goes on when
    server and agent are back; who has lost the engine or the network goes on without it."""
    traps = stage.traps.values()
    match cell.victim:
        case Victim.SERVER | Victim.AGENT:
            process = stage.process(cell.victim).pid
            assert stage.kill(cell.victim) == KILLED
            prove(stage.traps[cell.victim], process, cell)
            stage.start_server() if cell.victim is Victim.SERVER else stage.start_agent()
        case Victim.DOCKERD:
            stage.engine.kill()
            let_go(traps)
            stage.engine.start()
        case Victim.NETWORK:
            stage.link.cut()
            let_go(traps)
            wait_until(lambda: stage.node_state() is NodeState.OFFLINE, "the node is offline")
            stage.link.mend()
        case Victim.LEASE:
            stage.link.cut()
            let_go(traps)
            wait_until(lambda: given_up(stage, id_), "the lease has run out")
            stage.link.mend()


def prove(trap: Trap, process: int, cell: Cell) -> None:
    """The process was held at the point and passed nothing after it, but that the server may have heard of the end; with a
    call of Compose that is held, the call still runs."""
    caught, point = trap.who_is_caught() or (0, "")
    passed = [name for name in trap.passed(process) if name != "acknowledged"]
    if point == cell.call:
        assert passed[-1:] == [f"{cell.step} begun"]
        assert Path(f"/proc/{caught}").exists()
    else:
        assert (caught, passed[-1:]) == (process, [point])


def let_go(traps: Iterable[Trap]) -> None:
    """Let everybody go who is held."""
    for trap in traps:
        trap.let_go()


def given_up(stage: Stage, id_: str) -> bool:
    """Whether the server has given the attempt up."""
    (task,) = stage.deployment(id_).tasks
    return task.state in (TaskState.PENDING, TaskState.LOST)
