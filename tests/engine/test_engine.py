"""The machine over both queues, and that it finds bugs which are planted on purpose."""

import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from composia.builtin_plugins.sqlite.queue import open_queue
from composia.plugins.queue import Queue
from tests.engine.life import Life
from tests.engine.machine import Engine
from tests.engine.planted import PLANTED, Bug
from tests.engine.watched import Turns

LEAST_STEPS = 2_000

thorough = settings(
    max_examples=120,
    stateful_step_count=60,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)


def play(machine: type[Engine], how: settings) -> None:
    """Run a machine under a seed of its own, which follows from the one that is printed at the top of the tests."""
    number = random.getrandbits(32)
    print(f"seed {number}")
    run_state_machine_as_test(seed(number)(type(machine.__name__, (machine,), {})), settings=how)


class SqliteEngine(Engine):
    """Over the queue in a file, whose writer is a thread. Each server opens it anew."""

    async def open(self) -> Queue:
        """The queue in this run's directory."""
        return await open_queue(Path(self.directory) / "queue")

    async def reopen(self) -> None:
        """From the file."""
        await self.queue.close()
        self.turns = Turns(await self.open())


@pytest.mark.timeout(600)
def test_whatever_happens_in_whatever_order_the_promises_hold() -> None:
    Life.steps = 0
    play(Engine, thorough)
    print(f"{Life.steps} steps")
    assert Life.steps >= LEAST_STEPS


@pytest.mark.timeout(600)
def test_the_same_holds_over_the_queue_that_keeps_its_work_on_disk() -> None:
    play(SqliteEngine, settings(thorough, max_examples=8, stateful_step_count=40))


@pytest.mark.timeout(600)
@pytest.mark.parametrize("bug", PLANTED, ids=lambda bug: bug.name)
def test_a_bug_that_is_planted_is_found(bug: Bug, monkeypatch: pytest.MonkeyPatch) -> None:
    bug.plant(monkeypatch)
    quick = settings(thorough, max_examples=400, phases=[Phase.generate], print_blob=False)
    with pytest.raises(AssertionError):
        play(Engine, quick)
