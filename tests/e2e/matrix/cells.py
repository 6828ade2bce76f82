"""The cells of the matrix: who dies, and at which step."""

from dataclasses import dataclass
from enum import StrEnum

from composia.core.task import TaskKind


class Victim(StrEnum):
    """Who dies. The network is cut until the node counts as offline, or until the lease of its work has run out."""

    SERVER = "server"
    AGENT = "agent"
    DOCKERD = "dockerd"
    NETWORK = "network"
    LEASE = "network-lease"


STEPS = ("accepted", "fetch", "sync", "pull", "up", "health", "record", "reported")
"""The life of a deploy, from the agent's acceptance to the report of its end."""

CALLS = ("pull", "up", "restart")
"""Steps in which a call of Compose runs: there the call is held too, so that it runs while somebody dies."""


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One cell. `kind` is what is asked for: deploy may be repeated, restart may not."""

    victim: Victim
    step: str
    kind: TaskKind = TaskKind.DEPLOY

    def __str__(self) -> str:
        return f"{self.kind}-{self.victim}-{self.step}"

    @property
    def holder(self) -> str:
        """Whose trap is armed: the server's own when that dies, else the agent's."""
        return "server" if self.victim is Victim.SERVER else "agent"

    @property
    def point(self) -> str:
        """Where it is held."""
        if self.holder == "server":
            names = {"accepted": "accepted applied", "reported": "finished applied"}
            return names.get(self.step, f"{self.step} begun applied")
        # a report that is there may be sent before the network is cut, and then no lease runs out
        reported = "ending" if self.victim is Victim.LEASE else "finished"
        return self.call or {"accepted": "accepted", "reported": reported}.get(self.step, f"{self.step} begun")

    @property
    def call(self) -> str:
        """The call of Compose that is held; empty when none is."""
        return f"compose {self.step}" if self.step in CALLS else ""


CELLS = (
    *(Cell(victim=victim, step=step) for victim in Victim for step in STEPS),
    *(Cell(victim=victim, step=step, kind=TaskKind.RESTART) for victim in Victim for step in ("accepted", "restart")),
)

CANNOT_BE: dict[str, str] = {}
"""Cells that cannot be, each with its reason. There is none: whoever dies, it can be at any step."""
