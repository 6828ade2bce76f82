"""A schedule: work that is asked for by the clock. When it is due is told from outside; what becomes of it is decided here."""

from dataclasses import dataclass, replace
from enum import StrEnum

from composia.core.task import PruneTarget, TaskKind


class Missed(StrEnum):
    """What becomes of times that passed while the server was away: nothing, or one run for all of them."""

    SKIP = "skip"
    ONCE = "once"


class RunOutcome(StrEnum):
    """What became of the last time that a schedule was due."""

    STARTED = "started"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """What is to be done and when. `services` and `nodes` are names; a deploy of none is one of all that changed, or of all
    with `all`. `jitter_s` is how much later than the cron expression says it may be, another time each time."""

    name: str
    cron: str
    timezone: str
    kind: TaskKind
    services: tuple[str, ...] = ()
    nodes: tuple[str, ...] = ()
    all: bool = False
    pull: bool = False
    prune: tuple[PruneTarget, ...] = ()
    missed: Missed = Missed.SKIP
    jitter_s: float = 0.0

    @property
    def when(self) -> str:
        """What tells its times; with another one it begins anew."""
        return f"{self.cron} {self.timezone} {self.jitter_s:g}"

    @property
    def what(self) -> str:
        """What it does, in a line."""
        whole = "all services" if self.all else "what changed"
        target = ", ".join(self.services) or ("" if self.kind is TaskKind.PRUNE else whole)
        parts = (
            self.kind,
            target,
            f"on {', '.join(self.nodes)}" if self.nodes else "",
            "with --pull" if self.pull else "",
        )
        return " ".join(part for part in parts if part)


@dataclass(frozen=True, kw_only=True)
class ScheduleState:
    """What is kept of a schedule: the time that it is due next (`due_ms` by the cron expression, `next_ms` with the jitter),
    for the `when` that it was reckoned with, and what became of the last time. Milliseconds UTC, 0 is never."""

    name: str
    when: str = ""
    due_ms: int = 0
    next_ms: int = 0
    last_ms: int = 0
    last: RunOutcome | None = None
    reason: str = ""
    deployments: tuple[str, ...] = ()


LATE_MS = 60_000
"""A run that is this late was missed: the server was away, or its clock was set."""


def is_missed(schedule: Schedule, state: ScheduleState, now_ms: int) -> bool:
    """Whether its time passed while nobody could keep it, and it is not to be made up for."""
    return schedule.missed is Missed.SKIP and now_ms - state.next_ms > LATE_MS


def ran(
    state: ScheduleState, outcome: RunOutcome, at_ms: int, reason: str = "", deployments: tuple[str, ...] = ()
) -> ScheduleState:
    """The state after a run, or after none."""
    return replace(state, last_ms=at_ms, last=outcome, reason=reason, deployments=deployments)
