"""The scheduler `fair`: so many tasks a node side by side, by priority, first in first out."""

from collections.abc import Sequence

import msgspec

from composia.config import Count
from composia.core.task import Task
from composia.plugins import Context, Provider, hookimpl
from composia.plugins.scheduler import Held, Load, Schedule, Scheduler


class FairConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`per_node`: how many tasks a node works on at once at most, whatever its agent could do; None is no such limit."""

    per_node: Count | None = None


class FairScheduler:
    """Fills a node's free places in the order in which tasks are offered, which is by priority and sequence."""

    def __init__(self, per_node: int | None) -> None:
        self._per_node = per_node

    def choose(self, offered: Sequence[Task], load: Load, now_ms: int) -> Schedule:
        """Start as many as there are free places."""
        places = min(self._per_node or load.capacity, load.capacity)
        free = max(0, places - len(load.live))
        busy = f"{load.node} works on {len(load.live) + len(offered[:free])} of {places} tasks"
        return Schedule(
            start=tuple(offered[:free]), held=tuple(Held(task=task.id, reason=busy) for task in offered[free:])
        )


async def _open(config: FairConfig, _context: Context) -> Scheduler:
    return FairScheduler(config.per_node)


@hookimpl
def composia_scheduler() -> Provider[Scheduler]:
    """Register it."""
    return Provider(name="fair", open=_open, config=FairConfig, summary="so many tasks a node, first in first out")
