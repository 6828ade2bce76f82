"""What agents last reported: the owner of "seen". It lives in memory and is saved now and then."""

from dataclasses import dataclass

from composia.clock import Clock
from composia.core.container import Container
from composia.core.node import Seen
from composia.core.session import Heartbeat
from composia.plugins.queue import Queue


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """A picture of a node with its age in seconds by the server's clock."""

    seen: Seen
    age_s: float


class Sightings:
    """The last picture of each node."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen: dict[str, Seen] = {}
        self._heard: dict[str, float] = {}
        self._inventory: dict[str, str] = {}
        self._unsaved: set[str] = set()

    async def load(self, queue: Queue) -> None:
        """Take up what was saved before the server was restarted, as old as it is."""
        for node, seen in (await queue.seen()).items():
            self._seen[node] = seen
            age_s = max(0, self._clock.now_ms() - seen.at_ms) / 1000
            self._heard[node] = self._clock.monotonic() - age_s

    async def save(self, queue: Queue) -> None:
        """Save the pictures that changed since the last time."""
        unsaved, self._unsaved = self._unsaved, set()
        if unsaved:
            await queue.save_seen({node: self._seen[node] for node in sorted(unsaved)})

    def take(self, node: str, heartbeat: Heartbeat) -> bool:
        """Take in a heartbeat; False when its full lists are needed because they changed."""
        last = self._seen.get(node, Seen())
        full = heartbeat.containers is not None and heartbeat.workspaces is not None
        known = full or self._inventory.get(node) == heartbeat.inventory
        if not known:
            return False
        self._seen[node] = Seen(
            status=heartbeat.status,
            containers=last.containers if heartbeat.containers is None else heartbeat.containers,
            workspaces=last.workspaces if heartbeat.workspaces is None else heartbeat.workspaces,
            at_ms=self._clock.now_ms(),
        )
        self._inventory[node] = heartbeat.inventory
        self._heard[node] = self._clock.monotonic()
        self._unsaved.add(node)
        return True

    def of(self, node: str) -> Sighting | None:
        """The last picture of a node, None when it was never seen."""
        if node not in self._seen:
            return None
        return Sighting(seen=self._seen[node], age_s=max(0.0, self._clock.monotonic() - self._heard[node]))

    def containers(self, node: str, project: str) -> tuple[Container, ...]:
        """The containers of a Compose project on a node, as last seen."""
        sighting = self.of(node)
        return tuple(c for c in sighting.seen.containers if c.project == project) if sighting else ()
