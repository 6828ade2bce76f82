"""The extension point `executor`, second part: what it sees of the engine and of what containers use."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from composia.core.usage import ContainerUsages, DockerUsage, HostUsage


@dataclass(frozen=True, kw_only=True)
class EngineEvent:
    """Something happened to a container. `action` is Docker's word (create, start, die, oom, health_status, rename, destroy,
    …), `at_ns` by the engine's clock, `exit_code` of one that died. With an empty `container` it only says that events are
    listened to from here on."""

    container: str = ""
    action: str = ""
    at_ns: int = 0
    exit_code: int = 0


class Seeing(Protocol):
    """Promises, each tested by `composia.plugins.testing.executor_seeing` and `executor_usage`:

    1. `events` says first that it listens; whatever happens to a container from then on comes, in order, until the stream
       breaks with `Unavailable`. An engine that is gone or hangs breaks it within its deadline. It is closed
       like any generator, and leaves no thread behind.
    2. What `inventory` shows after an event is at least as new as the event.
    3. `usage` has every running container; a column that this host cannot tell is empty. It costs little enough for every
       few seconds.
    4. `disk` tells more once containers, images or volumes take more.
    """

    def events(self) -> AsyncGenerator[EngineEvent]:
        """What happens to containers."""
        ...

    async def usage(self) -> ContainerUsages:
        """What the running containers use now. `Unavailable` when the engine does not answer."""
        ...

    async def disk(self) -> DockerUsage:
        """What Docker takes of the disk; dear, ask seldom. `Unavailable` when the engine does not answer."""
        ...


@runtime_checkable
class Elsewhere(Protocol):
    """An executor that may work on another machine than its agent, and then tells how that is doing."""

    def host_elsewhere(self) -> HostUsage | None:
        """How the machine is doing; None when it is the agent's own."""
        ...
