"""The extension point `scheduler`: which of the tasks that could start are started now. One is chosen."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from composia.core.task import Task


@dataclass(frozen=True, kw_only=True)
class Load:
    """What a node is doing: the live tasks it holds, and how many its agent works on at once."""

    node: str
    live: tuple[Task, ...]
    capacity: int = 4


@dataclass(frozen=True, kw_only=True)
class Held:
    """A task that is not started now, and why; the reason is shown to people as what the task waits for."""

    task: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """The tasks to start now, in order, and those held back. A task in neither waits without a reason."""

    start: tuple[Task, ...]
    held: tuple[Held, ...] = ()


class Scheduler(Protocol):
    """Promises, each tested by `composia.plugins.testing.scheduler`:

    1. It starts only tasks that were offered, none twice, and says of none both "start" and "held".
    2. It is pure and quick (called on the server's loop): equal input gives equal output.
    3. An idle node that is offered a task is given one, and no node gets more than its capacity.
    """

    def choose(self, offered: Sequence[Task], load: Load, now_ms: int) -> Schedule:
        """Order and drop. `offered` holds the first waiting task of each free instance of one node (at most 100),
        by priority, then sequence."""
        ...
