"""For a while somebody dies at any moment while people ask for this and that; then all that was promised has to be true."""

import contextlib
import random
import time
from collections.abc import Callable

import pytest

from composia.core.deployment import DeploymentState
from composia.core.task import TaskKind, TaskState
from composia.errors import ComposiaError
from composia.plugins.api import DeploymentView
from tests.e2e.fleet import wait_until
from tests.e2e.matrix.cells import Victim
from tests.e2e.matrix.stage import ENDED_S, LEASE_S, Stage

pytestmark = pytest.mark.engine

SERVICES = ("random-a", "random-b", "random-c")
KINDS = (TaskKind.DEPLOY, TaskKind.DEPLOY, TaskKind.DEPLOY, TaskKind.STOP, TaskKind.START, TaskKind.RESTART)
LONGEST_S = 2.5
"""How long everybody lives at most between two deaths, and how long the network is cut."""


@pytest.mark.timeout(900)
def test_whoever_dies_at_any_moment_nothing_is_lost_doubled_or_stuck(
    stage: Stage, turn: Callable[[], int], pytestconfig: pytest.Config
) -> None:
    seed, until = pytestconfig.getoption("--matrix-seed"), time.monotonic() + pytestconfig.getoption("--matrix-seconds")
    print(f"--matrix-seed {seed}")  # a failure shows it
    chance = random.Random(seed)
    for service in SERVICES:
        stage.write(service, turn())
        assert stage.ended(stage.deploy(service)).state is TaskState.SUCCEEDED
    asked: list[str] = []
    while time.monotonic() < until:
        asked += ask_for_something(stage, turn, chance)
        time.sleep(chance.uniform(0, LONGEST_S))  # the moment of death is by chance, and chance is seeded
        strike(stage, chance.choice(list(Victim)), chance.uniform(0, LONGEST_S))

    shown = [wait_for_the_end(stage, id_) for id_ in asked]

    assert shown, "nothing was asked for"
    for view in shown:
        (task,) = view.tasks
        if task.state is TaskState.LOST:
            assert task.error, "a lost task says why"
        else:
            assert view.deployment.state.final
    assert stage.calls_that_overlap() == []
    for service in SERVICES:
        assert stage.containers_that_overlap(service) == []
        stage.write(service, turn())
        assert stage.ended(stage.deploy(service)).state is TaskState.SUCCEEDED
    for view in shown:
        assert stage.gaps(view.tasks[0]) == []


def ask_for_something(stage: Stage, turn: Callable[[], int], chance: random.Random) -> list[str]:
    """Ask for one to three things; the deployments that were answered for. What cannot be, such as a start where there is
    no release yet, is refused, and that is an answer too."""
    asked = []
    for _ in range(chance.randint(1, 3)):
        service, kind = chance.choice(SERVICES), chance.choice(KINDS)
        with contextlib.suppress(ComposiaError):
            if kind is TaskKind.DEPLOY:
                stage.write(service, turn())
                asked.append(stage.deploy(service, pull=chance.random() < 0.3))
            else:
                asked.append(stage.operate(kind, service))
    return asked


def strike(stage: Stage, victim: Victim, cut_s: float) -> None:
    """Let somebody die, and bring it back."""
    match victim:
        case Victim.SERVER:
            stage.kill(victim)
            stage.start_server()
        case Victim.AGENT:
            stage.kill(victim)
            stage.start_agent()
        case Victim.DOCKERD:
            stage.engine.kill()
            stage.engine.start()
        case Victim.NETWORK:
            stage.link.cut()
            time.sleep(cut_s)
            stage.link.mend()
        case Victim.LEASE:
            stage.link.cut()
            time.sleep(LEASE_S + cut_s)
            stage.link.mend()


def wait_for_the_end(stage: Stage, id_: str) -> DeploymentView:
    """A deployment that has ended, or that only a person's word is missing to."""

    def over() -> bool:
        return stage.deployment(id_).deployment.state not in (DeploymentState.PENDING, DeploymentState.RUNNING)

    wait_until(over, f"{id_} has ended", ENDED_S)
    return stage.deployment(id_)
