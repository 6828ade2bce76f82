"""Housekeeping: what has ended is kept for a time, and then removed."""

import asyncio
import logging
import time
from dataclasses import dataclass

from composia.core.task import TaskKind
from composia.plugins.queue import Queue, Retention, TaskFilter
from composia.server.control_plane import ControlPlane
from composia.server.retry import RETRIED

log = logging.getLogger(__name__)

EVERY_S = 3600.0
PAGE = 500
BITE = 200
"""How many deployments are forgotten in one transaction, so that work never waits long for it."""

DAY_S = 86_400
UNUSED_S = 3600.0
"""How long a bundle may have been unused: a deploy that has just made it, or found it, has yet to be stored."""


@dataclass(frozen=True, kw_only=True)
class Keeping:
    """For how long what has ended is kept, in days, and how much of it."""

    deployments_days: float = 90.0
    audit_days: float = 365.0
    output_days: float = 30.0
    output_bytes: int = 4096 * 1024 * 1024
    releases: int = 20


async def keep_house(plane: ControlPlane, keeping: Keeping) -> None:
    """Tidy at the start and every hour, for ever. Files that cannot be removed are tried again; a queue that fails ends
    the server."""
    while True:
        try:
            await tidy(plane, keeping)
        except OSError:
            log.exception("not tidied")
        await asyncio.sleep(EVERY_S)


async def tidy(plane: ControlPlane, keeping: Keeping) -> None:
    """Remove what need not be kept any longer."""
    forgotten = await _forget_work(plane, keeping)
    open_tasks = {task.id for task in (*await plane.queue.live(), *await plane.queue.waiting())}
    output = await plane.output.trim(
        open_tasks, since_s=time.time() - keeping.output_days * DAY_S, size=keeping.output_bytes
    )
    # in this order: what is retried meanwhile is open by the time that is looked at
    wanted = await _to_be_retried(plane.queue) | await plane.queue.kept_bundles()
    bundles = await plane.bundles.prune(wanted, unused_since_s=time.time() - UNUSED_S)
    if forgotten or output or bundles:
        log.info("tidied", extra={"tasks": forgotten, "output_bytes": output, "bundles": bundles})


async def _to_be_retried(queue: Queue) -> frozenset[str]:
    """The bundles of what did not succeed: a retry gives the stored order again."""
    bundles: set[str] = set()
    after, more = "", True
    while more:
        page = await queue.tasks(TaskFilter(states=RETRIED, kinds=(TaskKind.DEPLOY,)), PAGE, after)
        bundles |= {task.order.bundle for task in page.items}
        after, more = page.next, bool(page.next)
    return frozenset(bundles)


async def _forget_work(plane: ControlPlane, keeping: Keeping) -> int:
    now_ms, forgotten = plane.clock.now_ms(), 0
    keep = Retention(
        ended_since_ms=now_ms - round(keeping.deployments_days * DAY_S * 1000),
        audit_since_ms=now_ms - round(keeping.audit_days * DAY_S * 1000),
        releases=keeping.releases,
    )
    more = True
    while more:
        gone = await plane.queue.forget(keep, BITE)
        await plane.output.forget(gone.tasks)
        forgotten, more = forgotten + len(gone.tasks), gone.more
    return forgotten
