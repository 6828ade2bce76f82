"""An instance: a service on one node. Its state is derived from what was seen and what was released."""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from composia.core.age import lasting
from composia.core.condition import Part, condition
from composia.core.container import Container, ContainerState
from composia.core.node import NodeState, NodeStatus
from composia.core.release import Release, ReleasedContainer


class InstanceState(StrEnum):
    """How an instance is doing."""

    RUNNING = "running"
    STARTING = "starting"
    DEGRADED = "degraded"
    STOPPED = "stopped"
    FAILED = "failed"
    MISSING = "missing"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """A state and its reason in one line; the reason is empty where the state says it all. `cause` is the reason without
    how long that is so: of two verdicts with the same state and cause, the later one tells nothing new. `missing` is how many
    containers of the release were not there when it was last seen."""

    state: InstanceState
    reason: str = ""
    cause: str = ""
    missing: int = 0


_ALIVE = frozenset({ContainerState.RUNNING, ContainerState.RESTARTING, ContainerState.PAUSED})
_NO_STATUS = NodeStatus()


def judge(
    *,
    name: str,
    node: NodeState | None,
    containers: tuple[Container, ...],
    release: Release | None,
    stopped: bool,
    status: NodeStatus = _NO_STATUS,
    age_s: float | None = None,
) -> Verdict:
    """The state of an instance on the node `name`, as its table in ARCHITECTURE.md says. `node` is None for a node that was
    never seen, `stopped` is a person's intent; `status` is what the node last said of itself, `age_s` seconds ago, None when it
    has not said anything.

    Nothing here knows of tasks: a state is what was seen, never what a task should have led to.
    """
    if node is None:
        return _plain(InstanceState.UNKNOWN, f"{name} has never been seen")
    if age_s is None:
        which = name if node is NodeState.ONLINE else f"{name}, which is {node},"
        return _plain(InstanceState.UNKNOWN, f"{which} has not told yet what runs there")
    now_ms = status.now_ms and status.now_ms + round(age_s * 1000)
    seen = _judge_seen(containers, release, stopped=stopped, now_ms=now_ms)
    if node is not NodeState.ONLINE:
        return _unknown(f"{name} is {node}", age_s, seen)
    if status.blind_since_ms:
        return _unknown(f"Docker on {name} does not answer", max(0, now_ms - status.blind_since_ms) / 1000, seen)
    return seen


def _unknown(why: str, since_s: float, seen: Verdict) -> Verdict:
    """Nothing is known now; what was seen last is told with it."""
    last = f"last seen {seen.state}"
    return Verdict(
        state=InstanceState.UNKNOWN,
        reason=f"{why} for {lasting(since_s)}; {': '.join(filter(None, (last, seen.reason)))}",
        cause=f"{why}; {': '.join(filter(None, (last, seen.cause)))}",
        missing=seen.missing,
    )


def _plain(state: InstanceState, reason: str) -> Verdict:
    return Verdict(state=state, reason=reason, cause=reason)


def _judge_seen(containers: tuple[Container, ...], release: Release | None, *, stopped: bool, now_ms: int) -> Verdict:
    if not containers:
        if stopped:
            return Verdict(state=InstanceState.STOPPED)
        return _plain(InstanceState.MISSING, "no container" if release else "never deployed")
    one_shots = {c.service for c in release.containers if c.one_shot} if release else set()
    found = [(c, condition(c, one_shot=c.service in one_shots, now_ms=now_ms)) for c in containers]
    gone = _missing(containers, release)
    alive = any(container.state in _ALIVE for container in containers)
    state = _overall({each.part for _, each in found}, missing=bool(gone), stopped=stopped and not alive)
    names, missing = _names(containers), [f"{each.service}: {_told_missing(each, many)}" for each, many in gone]
    return Verdict(
        state=state,
        reason="; ".join([f"{names[c.id]}: {each.told}" for c, each in found if each.reason] + missing),
        cause="; ".join([f"{names[c.id]}: {each.reason}" for c, each in found if each.reason] + missing),
        missing=sum(many for _, many in gone),
    )


def _overall(parts: set[Part], *, missing: bool, stopped: bool) -> InstanceState:
    if not parts & {Part.FINE, Part.STARTING}:
        in_order = not missing and parts <= {Part.DONE, Part.ENDED}
        return InstanceState.STOPPED if stopped or in_order else InstanceState.FAILED
    if missing or parts & {Part.DOWN, Part.LOOPING, Part.ENDED}:
        return InstanceState.DEGRADED
    if Part.STARTING in parts:
        return InstanceState.STARTING
    return InstanceState.DEGRADED if Part.CREATED in parts else InstanceState.RUNNING


def _names(containers: tuple[Container, ...]) -> dict[str, str]:
    """What people call each: its service, or its own name where there are several of that, or none."""
    counts = Counter(container.service for container in containers)
    return {c.id: c.service if c.service and counts[c.service] == 1 else c.name for c in containers}


def _missing(containers: tuple[Container, ...], release: Release | None) -> list[tuple[ReleasedContainer, int]]:
    """What of a release has fewer containers than it left, and how many fewer. More are nobody's loss."""
    there = Counter(container.service for container in containers)
    released = release.containers if release else ()
    return [(each, each.count - there[each.service]) for each in released if there[each.service] < each.count]


def _told_missing(released: ReleasedContainer, many: int) -> str:
    if many == released.count:
        return "missing"
    return f"{many} of {released.count} containers {'is' if many == 1 else 'are'} missing"
