"""The steps of a task, and how long each of them may take."""

from dataclasses import dataclass
from enum import StrEnum


class StepName(StrEnum):
    """The named parts of a task, in the order in which they come. Not every kind has every step."""

    FETCH = "fetch"
    SYNC = "sync"
    RENDER = "render"
    PULL = "pull"
    BUILD = "build"
    UP = "up"
    HEALTH = "health"
    RECORD = "record"
    STOP = "stop"
    START = "start"
    RESTART = "restart"
    DOWN = "down"
    PRUNE = "prune"


class StepState(StrEnum):
    """Where a step is."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, kw_only=True)
class Step:
    """A step as last reported. `started_ms` is by the server's clock; `note` says why it was skipped or failed."""

    name: StepName
    state: StepState
    started_ms: int = 0
    duration_ms: int = 0
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class StepTimeout:
    """How long a step may take."""

    step: StepName
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Timeouts:
    """How long an attempt may take, and single steps of it. Seconds; 0 and steps not named: nothing is said."""

    task_s: float = 0.0
    steps: tuple[StepTimeout, ...] = ()

    def of(self, step: StepName) -> float | None:
        """The limit of a step; None when only the whole is limited."""
        return next((limit.seconds for limit in self.steps if limit.step is step), None)

    def over(self, defaults: "Timeouts") -> "Timeouts":
        """These, and where they say nothing, the defaults; in the order of the steps."""
        limits = {limit.step: limit for limit in (*defaults.steps, *self.steps)}
        return Timeouts(
            task_s=self.task_s or defaults.task_s, steps=tuple(limits[step] for step in StepName if step in limits)
        )
