"""The contract of a scheduler. Subclass it, give it a fixture `scheduler`, and pytest runs every promise.

Where the promises of `composia.plugins.scheduler` are tested:

1. test_it_starts_only_what_was_offered_and_nothing_twice
2. test_equal_input_gives_equal_output
3. test_an_idle_node_gets_something_to_do, test_no_node_gets_more_than_its_capacity
"""

from collections.abc import Sequence

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from composia.core.task import Order, Priority, Task, TaskKind, TaskState
from composia.plugins.scheduler import Load, Scheduler


def task(sequence: int, priority: int = Priority.PERSON, state: TaskState = TaskState.PENDING) -> Task:
    """A task of an instance of its own."""
    service = f"service-{sequence}"
    return Task(
        id=f"t{sequence}",
        sequence=sequence,
        deployment=f"d{sequence}",
        service=service,
        node="node-a",
        order=Order(kind=TaskKind.DEPLOY, service=service, project=service),
        state=state,
        priority=priority,
    )


def offer(*tasks: Task) -> tuple[Task, ...]:
    """Tasks in the order in which a queue offers them."""
    return tuple(sorted(tasks, key=lambda t: (-t.priority, t.sequence)))


class SchedulerContract:
    """Every promise of a scheduler."""

    @given(st.lists(st.integers(1, 50), unique=True, max_size=20), st.integers(0, 8))
    @settings(
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors], max_examples=50
    )
    def test_it_starts_only_what_was_offered_and_nothing_twice(
        self, scheduler: Scheduler, sequences: Sequence[int], live: int
    ) -> None:
        """Promise 1."""
        offered = offer(*(task(sequence) for sequence in sequences))
        load = Load(node="node-a", live=tuple(task(100 + n, state=TaskState.RUNNING) for n in range(live)))

        schedule = scheduler.choose(offered, load, 1)

        started = [chosen.id for chosen in schedule.start]
        assert len(started) == len(set(started))
        assert {*started, *(held.task for held in schedule.held)} <= {known.id for known in offered}
        assert not set(started) & {held.task for held in schedule.held}

    def test_equal_input_gives_equal_output(self, scheduler: Scheduler) -> None:
        """Promise 2."""
        offered, load = offer(task(1), task(2)), Load(node="node-a", live=())

        assert scheduler.choose(offered, load, 1) == scheduler.choose(offered, load, 1)

    def test_an_idle_node_gets_something_to_do(self, scheduler: Scheduler) -> None:
        """Promise 3: one that starts nothing at all on an idle node would stop the fleet."""
        assert scheduler.choose(offer(task(1)), Load(node="node-a", live=()), 1).start

    @given(st.integers(0, 12), st.integers(0, 6), st.integers(1, 6))
    @settings(
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors], max_examples=50
    )
    def test_no_node_gets_more_than_its_capacity(
        self, scheduler: Scheduler, offered: int, live: int, capacity: int
    ) -> None:
        """Promise 3."""
        tasks = offer(*(task(number) for number in range(1, offered + 1)))
        busy = tuple(task(100 + number, state=TaskState.RUNNING) for number in range(live))

        started = scheduler.choose(tasks, Load(node="node-a", live=busy, capacity=capacity), 1).start

        assert len(started) <= max(0, capacity - live)
