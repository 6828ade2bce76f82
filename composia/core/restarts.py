"""How often containers were started again by Docker of late."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from composia.core.container import Container, ContainerState

WINDOW_MS = 600_000
"""What "of late" is: up to the last restart, so that nothing changes while nothing happens."""


@dataclass(frozen=True, kw_only=True)
class _Past:
    """Docker's count, when the restarts of late were, and how the container last ended."""

    count: int
    times: tuple[int, ...] = ()
    exit_code: int = 0
    oom_killed: bool = False


class Restarts:
    """Remembers what was seen of each container before."""

    def __init__(self) -> None:
        self._past: dict[str, _Past] = {}

    def noted(self, containers: Iterable[Container], now_ms: int) -> tuple[Container, ...]:
        """These containers, with their restarts of late; one that is up again is told with how it ended the last time.
        Of each that is not among them, nothing is remembered."""
        seen, past = tuple(containers), self._past
        self._past = {c.id: _followed(past[c.id], c) if c.id in past else _first(c, now_ms) for c in seen}
        return tuple(_told(container, self._past[container.id]) for container in seen)


def _first(container: Container, now_ms: int) -> _Past:
    """Of one that is new to us only Docker's count is known, and since when it may have counted."""
    count, ended_ms = container.restarts, container.ended_ms
    times: tuple[int, ...] = ()
    if count and now_ms - container.created_ms <= WINDOW_MS:
        times = _spread(container.created_ms, ended_ms, count)
    elif count and container.state is ContainerState.RESTARTING:
        times = (ended_ms,) * count
    elif count and now_ms - ended_ms <= WINDOW_MS:
        times = (ended_ms,)
    return replace(_ended(container), times=times)


def _followed(past: _Past, container: Container) -> _Past:
    if not container.created_ms:  # nobody could inspect it
        return past
    if container.restarts < past.count:  # somebody has started it anew
        return _ended(container)
    new = container.restarts - past.count
    before_ms = past.times[-1] if past.times else container.created_ms
    times = past.times + (_spread(before_ms, container.ended_ms, new) if new > 1 else (container.ended_ms,) * new)
    times = tuple(moment for moment in times if times[-1] - moment <= WINDOW_MS)
    now = _ended(container)
    if container.state is ContainerState.RUNNING:  # Docker has forgotten how it ended
        now = replace(now, exit_code=past.exit_code, oom_killed=past.oom_killed)
    return replace(now, times=times)


def _ended(container: Container) -> _Past:
    return _Past(count=container.restarts, exit_code=container.exit_code, oom_killed=container.oom_killed)


def _spread(from_ms: int, to_ms: int, count: int) -> tuple[int, ...]:
    """Restarts that nobody has seen, the last one at the end."""
    return tuple(from_ms + (to_ms - from_ms) * number // count for number in range(1, count + 1))


def _told(container: Container, past: _Past) -> Container:
    if not past.times:
        return container
    return replace(
        container,
        recent_restarts=len(past.times),
        recent_ms=past.times[-1] - past.times[0],
        exit_code=past.exit_code,
        oom_killed=past.oom_killed,
    )
