"""The machine over both queues, and that it finds bugs which are planted on purpose."""

import asyncio
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from composia.builtin_plugins.sqlite.queue import open_queue
from composia.plugins.queue import Queue
from tests.engine.machine import Engine
from tests.engine.planted import PLANTED, Bug

LEAST_STEPS = 2_000

thorough = settings(
    max_examples=80, stateful_step_count=60, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
)


class SqliteEngine(Engine):
    """Over the queue in a file, whose writer is a thread."""

    async def open(self) -> Queue:
        """The queue in this run's directory."""
        return await open_queue(Path(self.directory) / "queue")

    async def settle(self) -> None:
        """Wait until nothing has changed for a while."""
        quiet, last, until = 0, -1, time.monotonic() + 10
        while quiet < 3 and time.monotonic() < until:
            await asyncio.sleep(0.001)
            change = await self.queue.last_change() if hasattr(self, "queue") else 0
            quiet, last = (quiet + 1, change) if change == last else (0, change)


@pytest.mark.timeout(600)
def test_whatever_happens_in_whatever_order_the_promises_hold() -> None:
    Engine.steps = 0
    run_state_machine_as_test(Engine, settings=thorough)
    print(f"{Engine.steps} steps")
    assert Engine.steps >= LEAST_STEPS


@pytest.mark.timeout(600)
def test_the_same_holds_over_the_queue_that_keeps_its_work_on_disk() -> None:
    run_state_machine_as_test(SqliteEngine, settings=settings(thorough, max_examples=8, stateful_step_count=40))


@pytest.mark.timeout(600)
@pytest.mark.parametrize("bug", PLANTED, ids=lambda bug: bug.name)
def test_a_bug_that_is_planted_is_found(bug: Bug, monkeypatch: pytest.MonkeyPatch) -> None:
    bug.plant(monkeypatch)
    quick = settings(thorough, max_examples=400, database=None, phases=[Phase.generate], print_blob=False)
    with pytest.raises(AssertionError):
        run_state_machine_as_test(Engine, settings=quick)
