"""What agents last reported: the owner of "seen". It lives in memory and is saved now and then."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from math import inf

from composia.clock import Clock
from composia.core.container import Container
from composia.core.node import Seen
from composia.core.session import Changes, Heartbeat
from composia.core.usage import ContainerUsages, NodeUsage
from composia.plugins.queue import Queue
from composia.server.believable import check_counts

NEWER_S = 300.0
"""How much older a saved picture may be than the one of memory, while they show the same: after a crash of the server it is
taken to be that much older than it is, until the agent is back."""

SAME_S = 0.25
"""How long readings are told as they were, though their age has changed."""

OLD_S = 60.0
"""After how long what containers used is not what they use now: several times the slowest pace at which they are read."""


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """A picture of a node with its age in seconds by the server's clock."""

    seen: Seen
    age_s: float


class Sightings:
    """The last picture of each node. `on_change` is called with a node of which anything but its load is seen to be other
    than before, `on_usage` with a node of which new readings have come."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen: dict[str, Seen] = {}
        self._heard: dict[str, float] = {}
        self._inventory: dict[str, str] = {}
        self._usage: dict[str, tuple[float, ContainerUsages]] = {}
        self._told: dict[str, tuple[float, NodeUsage]] = {}
        self._unsaved: set[str] = set()
        self._saved: dict[str, float] = {}
        self.on_change: Callable[[str], None] = lambda node: None
        self.on_usage: Callable[[str], None] = lambda node: None

    async def load(self, queue: Queue) -> None:
        """Take up what was saved before the server was restarted, as old as it is."""
        for node, seen in (await queue.seen()).items():
            self._seen[node] = seen
            age_s = max(0, self._clock.now_ms() - seen.at_ms) / 1000
            self._heard[node] = self._saved[node] = self._clock.monotonic() - age_s

    async def save(self, queue: Queue, *, all_heard: bool = False) -> None:
        """Save the pictures that changed since the last time, and now and then those that are only newer; with `all_heard`
        those too."""
        now = self._clock.monotonic()
        longest_s = 0.0 if all_heard else NEWER_S
        newer = (node for node, heard in self._heard.items() if heard - self._saved.get(node, -inf) > longest_s)
        due, self._unsaved = {*self._unsaved, *newer}, set()
        if due:
            await queue.save_seen({node: self._seen[node] for node in sorted(due)})
            self._saved |= dict.fromkeys(due, now)

    def take(self, node: str, heartbeat: Heartbeat) -> bool:
        """Take in a heartbeat; False when its full lists are needed because they changed."""
        full = heartbeat.containers is not None and heartbeat.workspaces is not None
        if not full and self._inventory.get(node) != heartbeat.inventory:
            return False
        last = self._seen.get(node, Seen())
        containers = last.containers if heartbeat.containers is None else _in_order(heartbeat.containers)
        workspaces = last.workspaces if heartbeat.workspaces is None else heartbeat.workspaces
        other = (
            node not in self._seen
            or heartbeat.status.problem != last.status.problem
            or heartbeat.status.blind_since_ms != last.status.blind_since_ms
            or (full and (containers, workspaces) != (last.containers, last.workspaces))
        )
        self._keep(
            node,
            Seen(status=heartbeat.status, containers=containers, workspaces=workspaces, at_ms=self._clock.now_ms()),
        )
        self._inventory[node] = heartbeat.inventory
        if heartbeat.usage is not None:
            self._usage[node] = self._clock.monotonic(), heartbeat.usage
        if other:
            self._unsaved.add(node)
            self.on_change(node)
        self.on_usage(node)
        return True

    def take_changes(self, node: str, changes: Changes) -> bool:
        """Take in what became of some containers and service directories; False when it is not known what they were before, so
        that the full lists are needed."""
        last = self._seen.get(node)
        if last is None or self._inventory.get(node) != changes.before:
            return False
        new = {container.id: container for container in changes.containers}
        gone = frozenset(changes.gone)
        containers = [new.pop(c.id, c) for c in last.containers if c.id not in gone]
        containers += new.values()
        others = {workspace.service: workspace for workspace in last.workspaces}
        others |= {workspace.service: workspace for workspace in changes.workspaces}
        workspaces = tuple(others[service] for service in sorted(others))
        check_counts(node, containers, workspaces)
        passed_ms = round((self._clock.monotonic() - self._heard[node]) * 1000)
        status = replace(last.status, now_ms=last.status.now_ms and last.status.now_ms + passed_ms)
        seen = Seen(status=status, containers=_in_order(containers), workspaces=workspaces, at_ms=self._clock.now_ms())
        self._keep(node, seen)
        self._inventory[node] = changes.inventory
        self._unsaved.add(node)
        self.on_change(node)
        return True

    def now_s(self) -> float:
        """The time that ages are counted by, in seconds."""
        return self._clock.monotonic()

    def of(self, node: str) -> Sighting | None:
        """The last picture of a node, None when it was never seen."""
        if node not in self._seen:
            return None
        return Sighting(seen=self._seen[node], age_s=max(0.0, self._clock.monotonic() - self._heard[node]))

    def seen(self, node: str) -> Seen:
        """The last picture of a node without its age; an empty one when it was never seen."""
        return self._seen.get(node, _NEVER)

    def usage(self, node: str) -> NodeUsage | None:
        """The last readings of a node, None when it was never seen; of containers none that are old, for an agent whose engine
        does not answer goes on without them. Many who ask at the same time get the very same."""
        if node not in self._seen:
            return None
        now, host = self._clock.monotonic(), self._seen[node].status.host
        read_at, read = self._usage.get(node, (now, None))
        containers = read if now - read_at <= OLD_S else None
        told_at, told = self._told.get(node, (-inf, None))
        if told is None or now - told_at >= SAME_S or (told.host, told.containers) != (host, containers):
            told = NodeUsage(
                node=node,
                host=host,
                containers=containers,
                containers_age_s=max(0.0, now - read_at),
                host_age_s=max(0.0, now - self._heard[node]),
            )
            self._told[node] = now, told
        return told

    def containers(self, node: str, project: str) -> tuple[Container, ...]:
        """The containers of a Compose project on a node, as last seen."""
        return tuple(c for c in self.seen(node).containers if c.project == project)

    def _keep(self, node: str, seen: Seen) -> None:
        self._seen[node] = seen
        self._heard[node] = self._clock.monotonic()


_NEVER = Seen()


def _in_order(containers: Iterable[Container]) -> tuple[Container, ...]:
    """In one order, whether they came all together or one by one."""
    return tuple(sorted(containers, key=lambda container: (container.name, container.id)))
