"""An instance: a service on one node. Its state is derived from what was seen and what was released."""

from dataclasses import dataclass
from enum import StrEnum

from composia.core.container import Container, ContainerHealth, ContainerState
from composia.core.node import NodeState
from composia.core.release import Release


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
    """A state and its reason in one line; the reason is empty where the state says it all."""

    state: InstanceState
    reason: str = ""


class _Part(StrEnum):
    FINE = "fine"
    STARTING = "starting"
    DONE = "done"
    DOWN = "down"


def judge(
    *, node: NodeState | None, containers: tuple[Container, ...], release: Release | None, stopped: bool
) -> Verdict:
    """The state of an instance. `node` is None for a node that was never seen; `stopped` is a person's intent.

    Nothing here knows of tasks: a state is what was seen, never what a task should have led to.
    """
    if node is None:
        return Verdict(state=InstanceState.UNKNOWN, reason="the node has never been seen")
    if node is not NodeState.ONLINE:
        return Verdict(state=InstanceState.UNKNOWN, reason=f"the node is {node}")
    if not containers:
        if stopped:
            return Verdict(state=InstanceState.STOPPED)
        return Verdict(state=InstanceState.MISSING, reason="no container" if release else "never deployed")
    parts = {container.name: _judge_container(container, release) for container in containers}
    found = [part for part, _ in parts.values()]
    gone = _missing_services(containers, release)
    reason = "; ".join([f"{name}: {why}" for name, (_, why) in parts.items() if why] + [f"{s}: missing" for s in gone])
    return Verdict(state=_overall(found, missing=bool(gone), stopped=stopped), reason=reason)


def _overall(parts: list[_Part], *, missing: bool, stopped: bool) -> InstanceState:
    up = sum(part in (_Part.FINE, _Part.STARTING) for part in parts)
    down = parts.count(_Part.DOWN)
    if not up:
        if stopped:
            return InstanceState.STOPPED
        return InstanceState.FAILED if down or missing else InstanceState.STOPPED
    if down or missing:
        return InstanceState.DEGRADED
    return InstanceState.STARTING if _Part.STARTING in parts else InstanceState.RUNNING


def _judge_container(container: Container, release: Release | None) -> tuple[_Part, str]:
    match container.state:
        case ContainerState.RUNNING if container.health is ContainerHealth.UNHEALTHY:
            return _Part.DOWN, "unhealthy"
        case ContainerState.RUNNING if container.health is ContainerHealth.STARTING:
            return _Part.STARTING, "health: starting"
        case ContainerState.RUNNING:
            return _Part.FINE, ""
        case ContainerState.CREATED:
            return _Part.DOWN, "created, not started"
        case ContainerState.RESTARTING:
            return _Part.DOWN, f"restarting, exit {container.exit_code}, {container.restarts} times"
        case ContainerState.EXITED if container.exit_code == 0 and _is_one_shot(container, release):
            return _Part.DONE, ""
        case ContainerState.EXITED:
            return _Part.DOWN, f"exited ({container.exit_code})"
        case _:
            return _Part.DOWN, container.state.value


def _is_one_shot(container: Container, release: Release | None) -> bool:
    return release is not None and any(c.service == container.service and c.one_shot for c in release.containers)


def _missing_services(containers: tuple[Container, ...], release: Release | None) -> tuple[str, ...]:
    present = {container.service for container in containers}
    return tuple(c.service for c in release.containers if c.service not in present) if release else ()
