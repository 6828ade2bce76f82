"""How one container is doing: whether that is well, and why not."""

from dataclasses import dataclass
from enum import StrEnum
from math import inf

from composia.core.age import lasting
from composia.core.container import Container, ContainerHealth, ContainerState

LOOP = 3
"""Restarts of late from which on it counts as a crash loop: one that had to wait for its database has its chance."""

SETTLED_S = 10.0
"""How long a container has to be up after a restart. Docker, too, begins its pauses anew then."""

LONGEST_S = 300.0
"""How long at most one that crashed seldom has to be up."""

_SIGNALLED = {134: "aborted", 137: "killed", 139: "segmentation fault", 143: "terminated"}
_SIGNALLED |= {126: "not executable", 127: "command not found"}
_IN_ORDER = (0, 143)


class Part(StrEnum):
    """What a container is for its instance."""

    FINE = "fine"
    STARTING = "starting"
    CREATED = "created"
    DONE = "done"
    ENDED = "ended"
    LOOPING = "looping"
    DOWN = "down"


@dataclass(frozen=True, kw_only=True)
class Condition:
    """`reason` is empty where nothing is to be said. `since_s` is how long it has been so, None where that does not matter."""

    part: Part
    reason: str = ""
    since_s: float | None = None

    @property
    def told(self) -> str:
        """The reason with how long ago."""
        return self.reason if self.since_s is None else f"{self.reason}, {lasting(self.since_s)} ago"


def condition(container: Container, *, one_shot: bool, now_ms: int) -> Condition:
    """How a container is doing at `now_ms` of its node's clock, 0 when that is not known. A `one_shot` is there to end."""
    match container.state:
        case ContainerState.RUNNING:
            return _running(container, now_ms)
        case ContainerState.RESTARTING:
            part = Part.LOOPING if container.recent_restarts >= LOOP else Part.STARTING
            return Condition(part=part, reason=_restarting(container))
        case ContainerState.CREATED | ContainerState.EXITED if container.error:
            return Condition(part=Part.DOWN, reason=f"did not start: {container.error}")
        case ContainerState.CREATED if _since_s(container.created_ms, now_ms) < SETTLED_S:
            return Condition(part=Part.STARTING, reason="created")
        case ContainerState.CREATED:
            return Condition(part=Part.CREATED, reason="created, not started")
        case ContainerState.EXITED if container.exit_code == 0 and one_shot:
            return Condition(part=Part.DONE)
        case ContainerState.EXITED:
            part = Part.ENDED if container.exit_code in _IN_ORDER and not container.oom_killed else Part.DOWN
            since_s = _since_s(container.ended_ms, now_ms)
            return Condition(
                part=part, reason=f"exited {_code(container)}", since_s=None if since_s == inf else since_s
            )
        case _:
            return Condition(part=Part.DOWN, reason=container.state.value)


def _running(container: Container, now_ms: int) -> Condition:
    up_s = _since_s(container.started_ms, now_ms)
    if container.recent_restarts >= LOOP and up_s < _patience_s(container):
        return Condition(part=Part.LOOPING, reason=_restarting(container))
    if container.health is ContainerHealth.UNHEALTHY:
        return Condition(part=Part.DOWN, reason=f"unhealthy: {container.check}".removesuffix(": "))
    if container.health is ContainerHealth.STARTING:
        return Condition(part=Part.STARTING, reason="health: starting")
    if container.recent_restarts and up_s < SETTLED_S:
        return Condition(part=Part.STARTING, reason=_restarting(container))
    return Condition(part=Part.FINE)


def _patience_s(container: Container) -> float:
    """How long it has to be up until nobody has to fear the next crash: twice as long as it was on average."""
    between_s = container.recent_ms / 1000 / max(1, container.recent_restarts - 1)
    return min(LONGEST_S, max(SETTLED_S, 2 * between_s))


def _restarting(container: Container) -> str:
    count = container.recent_restarts
    times = {0: "", 1: ", once", 2: ", twice"}.get(count, f", {count} times")
    span = f" in {lasting(container.recent_ms / 1000)}" if count > 1 and container.recent_ms >= 1000 else ""
    is_known = container.exit_code or container.state is not ContainerState.RUNNING
    return f"restarting{f', exit {_code(container)}' if is_known else ''}{times}{span}"


def _code(container: Container) -> str:
    word = "out of memory" if container.oom_killed else _SIGNALLED.get(container.exit_code, "")
    return f"{container.exit_code} ({word})" if word else str(container.exit_code)


def _since_s(moment_ms: int, now_ms: int) -> float:
    return max(0, now_ms - moment_ms) / 1000 if moment_ms and now_ms else inf
