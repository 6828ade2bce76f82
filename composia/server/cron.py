"""When a schedule is due: a cron expression on the clock of a time zone."""

import hashlib
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

from composia.core.schedule import Schedule
from composia.core.suggest import shown
from composia.errors import Invalid

NAMED = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
}
"""What people know from their crontabs."""


def check_times(cron: str, timezone: str) -> None:
    """`Invalid` for an expression that cannot be read, or is never due, and for a time zone that nobody knows."""
    try:
        zone = ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Invalid(
            f"there is no time zone {shown(timezone) or '(nothing)'}", hint="such as UTC or Europe/Berlin"
        ) from error
    try:
        next(CronSim(NAMED.get(cron, cron), datetime.now(zone)))
    except CronSimError as error:
        raise Invalid(
            f"{shown(cron)} is no cron expression: {str(error).lower()}", hint="such as 30 3 * * 1-5"
        ) from error
    except StopIteration as error:
        raise Invalid(f"{shown(cron)} never comes", hint="such as 30 3 * * 1-5") from error


def due_after(schedule: Schedule, after_ms: int) -> int:
    """The first time after that, in milliseconds UTC. An hour that the clocks skip in spring is due when they have, one that
    they repeat in autumn is due once."""
    after = datetime.fromtimestamp(after_ms / 1000, UTC).astimezone(ZoneInfo(schedule.timezone))
    times = (round(due.timestamp() * 1000) for due in CronSim(NAMED.get(schedule.cron, schedule.cron), after))
    # asked at the very moment when clocks go back, it begins with a time of the hour that was
    return next(due_ms for due_ms in times if due_ms > after_ms)


def with_jitter(schedule: Schedule, due_ms: int) -> int:
    """That time and up to `jitter_s` more: another part of it each time, but the same after a restart."""
    drawn = hashlib.sha256(f"{schedule.name} {due_ms}".encode()).digest()
    return due_ms + round(schedule.jitter_s * 1000 * int.from_bytes(drawn[:4]) / 2**32)
