"""When a simulated container counts as up, and when it has failed."""

from collections.abc import Set as AbstractSet

from composia.core.container import Container, ContainerHealth, ContainerState
from composia.errors import NotPossible


def failure(container: Container, one_shots: AbstractSet[str], says: str) -> NotPossible | None:
    """The error of a container that will not come up any more; `says` are its last words."""
    words = f"; its last lines:\n  {says}" if says else ""
    if container.state is ContainerState.RESTARTING:
        return NotPossible(
            f"it crashes again and again: {container.restarts} restarts, "
            f"the last exit code is {container.exit_code}{words}",
            where=f"container {container.name}",
        )
    if container.state is ContainerState.EXITED and not (container.service in one_shots and container.exit_code == 0):
        return NotPossible(f"it exited with {container.exit_code}{words}", where=f"container {container.name}")
    return None


def passed(container: Container, one_shots: AbstractSet[str], stable_for_s: float, now_ms: int) -> bool:
    """Whether it is healthy, or has run long enough without a healthcheck, or has done its work."""
    if container.state is ContainerState.EXITED:
        return container.service in one_shots
    if container.health is ContainerHealth.NONE:
        return now_ms >= container.started_ms + stable_for_s * 1000
    return container.health is ContainerHealth.HEALTHY
