"""The schedulers under their contract, and what is their own."""

import pytest

from composia.builtin_plugins.fair import FairScheduler
from composia.core.task import Priority, TaskState
from composia.plugins.scheduler import Held, Load, Schedule
from composia.plugins.testing.scheduler import SchedulerContract, offer, task


class TestFair(SchedulerContract):
    @pytest.fixture
    def scheduler(self) -> FairScheduler:
        return FairScheduler(per_node=None)


def test_fair_fills_a_nodes_free_places_by_priority_then_in_line_and_says_why_the_rest_waits() -> None:
    offered = offer(task(1, Priority.BACKGROUND), task(2), task(3))
    load = Load(node="node-a", live=(task(9, state=TaskState.RUNNING),))

    assert FairScheduler(per_node=3).choose(offered, load, 1) == Schedule(
        start=(task(2), task(3)), held=(Held(task="t1", reason="node-a works on 3 of 3 tasks"),)
    )


def test_fair_gives_a_node_what_its_agent_works_on_at_once() -> None:
    offered = offer(*(task(number) for number in range(1, 6)))

    assert FairScheduler(per_node=None).choose(offered, Load(node="node-a", live=(), capacity=2), 1) == Schedule(
        start=(task(1), task(2)),
        held=tuple(Held(task=f"t{number}", reason="node-a works on 2 of 2 tasks") for number in (3, 4, 5)),
    )


def test_fair_starts_nothing_on_a_node_that_is_full() -> None:
    load = Load(node="node-a", live=(task(8, state=TaskState.RUNNING), task(9, state=TaskState.RUNNING)))

    assert FairScheduler(per_node=1).choose(offer(task(1)), load, 1).start == ()
