"""A container as an agent saw it."""

from dataclasses import dataclass
from enum import StrEnum


class ContainerState(StrEnum):
    """Docker's own words."""

    CREATED = "created"
    RUNNING = "running"
    PAUSED = "paused"
    RESTARTING = "restarting"
    REMOVING = "removing"
    EXITED = "exited"
    DEAD = "dead"

    @property
    def is_up(self) -> bool:
        """Whether its processes are there, if only to be woken again."""
        return self in (ContainerState.RUNNING, ContainerState.PAUSED)


class ContainerHealth(StrEnum):
    """Docker's own words; `none` is a container without a healthcheck."""

    NONE = "none"
    STARTING = "starting"
    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"


_EVERY = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared, never bound
"""Every address of one of the two kinds."""


@dataclass(frozen=True, kw_only=True, order=True)
class Port:
    """A port of the host that is published, on one address of it, or on every one where that is empty."""

    number: int
    protocol: str = "tcp"
    address: str = ""

    def __str__(self) -> str:
        number = str(self.number) if self.protocol == "tcp" else f"{self.number}/{self.protocol}"
        return f"{f'[{self.address}]' if ':' in self.address else self.address}:{number}" if self.address else number

    def clashes(self, other: "Port") -> bool:
        """Whether only one of the two can be had on a host."""
        if (self.number, self.protocol) != (other.number, other.protocol):
            return False
        addresses = {self.address, other.address}
        if "" in addresses or len(addresses) == 1:
            return True
        return len({":" in address for address in addresses}) == 1 and bool(addresses & _EVERY)


@dataclass(frozen=True, kw_only=True)
class Container:
    """One container on a node. `project` and `service` are Compose's labels, empty where it has none.

    `image` is the reference it was made from, `image_id` what that was at the time; `config_hash` is the
    hash label that Compose left on it. `ports` are what it publishes while it runs. Times are milliseconds UTC by the
    node's clock, 0 is never.

    `exit_code` is that of its last end; `oom_killed` says that the kernel ended it then, for want of memory, `error` why the
    engine could not start it, `check` what its healthcheck last printed while that fails. `recent_restarts` is how often it
    was started again by Docker in the ten minutes up to the last time, and `recent_ms` how far the first and the last of these
    are apart.
    """

    id: str
    name: str
    project: str
    service: str
    image: str
    image_id: str
    state: ContainerState
    health: ContainerHealth = ContainerHealth.NONE
    exit_code: int = 0
    restarts: int = 0
    started_ms: int = 0
    config_hash: str = ""
    ports: tuple[Port, ...] = ()
    created_ms: int = 0
    ended_ms: int = 0
    oom_killed: bool = False
    error: str = ""
    check: str = ""
    recent_restarts: int = 0
    recent_ms: int = 0
