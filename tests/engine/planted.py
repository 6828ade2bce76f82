"""Bugs to be planted, each of which the machine has to find."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from composia.builtin_plugins.memory.work import Work
from composia.core import attempt as rules
from composia.core.session import Attempt
from composia.core.task import Task, TaskState
from composia.server.dispatch import Dispatcher


@dataclass(frozen=True, kw_only=True)
class Bug:
    """A bug, and how it gets in."""

    name: str
    plant: Callable[[pytest.MonkeyPatch], None]


def _no_check_of_the_attempt(patch: pytest.MonkeyPatch) -> None:
    def is_live(task: Task, attempt: Attempt) -> bool:
        return task.state.live

    patch.setattr(rules, "is_live", is_live)


def _double_claim(patch: pytest.MonkeyPatch) -> None:
    def claim(self: Work, task: str, *, server: str, lease_ms: int, now_ms: int) -> Task | None:
        stored = self.task(task)
        if stored.state.final:
            return None
        waiting = replace(stored, state=TaskState.PENDING)
        return self._apply([rules.claimed(waiting, server=server, lease_ms=lease_ms, now_ms=now_ms)], now_ms)[0]

    patch.setattr(Work, "claim", claim)


def _lost_wake_up(patch: pytest.MonkeyPatch) -> None:
    def wake(self: Dispatcher, node: str) -> None:
        self._due.add(node)
        if len(self._due) > 1:  # it is told of the second one only
            self._wake.set()

    patch.setattr(Dispatcher, "wake", wake)


PLANTED = (
    Bug(name="no check of the attempt", plant=_no_check_of_the_attempt),
    Bug(name="double claim", plant=_double_claim),
    Bug(name="lost wake-up", plant=_lost_wake_up),
)
