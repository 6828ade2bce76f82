"""Every cell: held at the point, killed there, brought back; then all that was promised has to be true."""

import time
from collections.abc import Callable

import pytest

from composia.core.deployment import DeploymentState
from composia.core.node import NodeState
from composia.core.task import TaskKind, TaskState
from tests.e2e.fleet import wait_until
from tests.matrix.cells import CELLS, Cell, Victim
from tests.matrix.report import Report
from tests.matrix.stage import NODE, Stage

pytestmark = [pytest.mark.engine, pytest.mark.timeout(240)]

KILLED = -9


@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_whoever_dies_at_whichever_step_nothing_is_lost_doubled_or_stuck(
    cell: Cell, stage: Stage, turn: Callable[[], int], report: Report
) -> None:
    service, begun = str(cell), time.monotonic()
    stage.write(service, turn())
    if cell.kind is TaskKind.RESTART:
        stage.ended(stage.deploy(service))
    trap = stage.traps[cell.holder]
    trap.arm(cell.point)
    deploys = cell.kind is TaskKind.DEPLOY
    id_ = stage.deploy(service, pull=True) if deploys else stage.operate(cell.kind, service)
    process, point = wait_until(lambda: trap.caught, f"{cell.holder} comes to {cell.point}")

    strike(stage, cell, process)
    trap.disarm()
    task = stage.ended(id_)

    assert point == cell.point
    assert task.state is TaskState.SUCCEEDED or (not deploys and task.state in (TaskState.FAILED, TaskState.LOST)), task
    if cell.victim in (Victim.SERVER, Victim.AGENT):  # they find each other's work again, and nothing is done anew
        assert (task.state, task.attempt) == (TaskState.SUCCEEDED, 1)
    if task.state is TaskState.LOST:
        assert stage.ended(stage.retry(task.id)).state is TaskState.SUCCEEDED
        assert stage.deployment(id_).deployment.state is DeploymentState.SUPERSEDED
    assert stage.calls_that_overlap() == []
    assert stage.gaps(task.id) == []
    assert stage.containers_that_overlap(service) == []
    stage.write(service, turn())
    after = stage.ended(stage.deploy(service))
    assert (after.state, after.attempt) == (TaskState.SUCCEEDED, 1)
    assert len(stage.fleet.containers(NODE, service)) == 1
    report.add(cell, task, time.monotonic() - begun)


def strike(stage: Stage, cell: Cell, caught: int) -> None:
    """Let it die while it is held, prove that it died there, and bring it back."""
    trap = stage.traps[cell.holder]
    match cell.victim:
        case Victim.SERVER | Victim.AGENT:
            assert stage.kill(cell.victim) == KILLED
            if not cell.point.startswith("compose"):  # it was held itself, and has passed nothing since
                assert trap.passed(caught)[-1] == cell.point
            trap.let_go()
            stage.start_server() if cell.victim is Victim.SERVER else stage.start_agent()
        case Victim.DOCKERD:
            stage.engine.kill()
            trap.let_go()
            stage.engine.start()
        case Victim.NETWORK:
            stage.link.cut()
            trap.let_go()
            wait_until(lambda: stage.node_state() is NodeState.OFFLINE, "the node is offline")
            stage.link.mend()
