"""When a container counts as up, and when it has failed. Decided from one look at it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto

from composia.builtin_plugins.compose.known_errors import plain
from composia.builtin_plugins.compose.seen import Inspected
from composia.core.container import ContainerHealth, ContainerState

CRASHES = 5
"""Restarts since the gate began that make a crash loop. Docker doubles the pause between them, so these take several
seconds: a container that only has to wait for its database has its chance."""


class Mark(Enum):
    """What one container is at the gate."""

    UP = auto()
    FINISHED = auto()
    WAITING = auto()
    FAILED = auto()


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The mark and its reason, which completes the sentence "it …"."""

    mark: Mark
    reason: str = ""


def finishing(seen: Iterable[Inspected]) -> frozenset[str]:
    """The services that another one waits for to complete."""
    return frozenset[str]().union(*(one.finishing for one in seen))


def judge(one: Inspected, *, finishes: bool, restarts_before: int, stable_for_s: float, now_ms: int) -> Verdict:
    """The verdict. `finishes` says that another service waits for this one to complete, `now_ms` is the engine's."""
    container = one.container
    match container.state:
        case ContainerState.EXITED | ContainerState.DEAD:
            if container.exit_code == 0 and (finishes or one.may_end):
                return Verdict(mark=Mark.FINISHED)
            return Verdict(mark=Mark.FAILED, reason=f"exited with {container.exit_code}")
        case ContainerState.RESTARTING if container.restarts - restarts_before >= CRASHES:
            return Verdict(
                mark=Mark.FAILED,
                reason=f"crashes again and again: {container.restarts - restarts_before} restarts, "
                f"the last exit code is {container.exit_code}",
            )
        case ContainerState.RESTARTING:
            return Verdict(mark=Mark.WAITING, reason=f"restarts after exit code {container.exit_code}")
        case ContainerState.RUNNING:
            return _running(one, finishes=finishes, stable_for_s=stable_for_s, now_ms=now_ms)
        case ContainerState.PAUSED:
            return Verdict(mark=Mark.FAILED, reason="is paused")
        case ContainerState.CREATED if one.error:
            return Verdict(mark=Mark.FAILED, reason=f"did not start: {plain(one.error)}")
        case _:
            return Verdict(mark=Mark.WAITING, reason=f"is {container.state}")


def _running(one: Inspected, *, finishes: bool, stable_for_s: float, now_ms: int) -> Verdict:
    container = one.container
    if finishes:
        return Verdict(mark=Mark.WAITING, reason="has not finished")
    if one.has_healthcheck:
        if container.health is ContainerHealth.HEALTHY:
            return Verdict(mark=Mark.UP)
        return Verdict(mark=Mark.WAITING, reason=_check(one))
    if not stable_for_s or now_ms - container.started_ms >= stable_for_s * 1000:
        return Verdict(mark=Mark.UP)
    return Verdict(mark=Mark.WAITING, reason=f"has not run for {stable_for_s:g} s without a restart")


def _check(one: Inspected) -> str:
    if one.container.health is ContainerHealth.STARTING:
        return "has not become healthy yet"
    return "is unhealthy" + (f", its healthcheck says: {one.check_output}" if one.check_output else "")
