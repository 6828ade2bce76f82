"""Housekeeping: what has ended is kept for a time, and then removed."""

import asyncio
import logging
import time
from dataclasses import dataclass

from composia.plugins.queue import Retention
from composia.server.control_plane import ControlPlane

log = logging.getLogger(__name__)

EVERY_S = 3600.0
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
    """Tidy at the start and every hour, for ever."""
    while True:
        await tidy(plane, keeping)
        await asyncio.sleep(EVERY_S)


async def tidy(plane: ControlPlane, keeping: Keeping) -> None:
    """Remove what need not be kept any longer."""
    forgotten = await _forget_work(plane, keeping)
    open_tasks = {task.id for task in (*await plane.queue.live(), *await plane.queue.waiting())}
    output = await plane.output.trim(
        open_tasks, since_s=time.time() - keeping.output_days * DAY_S, size=keeping.output_bytes
    )
    bundles = await plane.bundles.prune(await plane.queue.kept_bundles(), unused_since_s=time.time() - UNUSED_S)
    if forgotten or output or bundles:
        log.info("tidied", extra={"tasks": forgotten, "output_bytes": output, "bundles": bundles})


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
