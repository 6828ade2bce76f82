"""What is wanted, released and there, put together for one decision: the nodes and instances of all services."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from composia.core.fitness import PlacementNode
from composia.core.intent import Drain, Intent, Pause
from composia.core.node import Node, NodeState
from composia.core.placement import Placement, nodes_for, place
from composia.core.release import Release
from composia.core.service import Definition, Service
from composia.plugins.node_selector import Candidate, NodeSelector


@dataclass(frozen=True, kw_only=True)
class Moving:
    """A move that is not over: the nodes that the service goes to, those of them that have not begun, and those on which it is
    to be taken down. A newer deploy on one that has not begun takes its place, and with it that of the whole move."""

    deployment: str
    nodes: tuple[str, ...]
    waiting: frozenset[str]
    left: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Fleet:
    """The state of the whole fleet at one moment. Keys of the mappings are (service, node), or the node alone.

    `present` are the instances of which containers were seen, `services_at` the same by node, `released_on` the nodes on
    which a service was ever released, `placement_nodes` the nodes as placement sees them, `coming` the bundle that the newest
    deploy will bring which has not ended.
    """

    records: Mapping[str, Node]
    states: Mapping[str, NodeState]
    releases: Mapping[tuple[str, str], Release]
    good: Mapping[tuple[str, str], Release]
    coming: Mapping[tuple[str, str], str]
    intents: Mapping[tuple[str, str], Intent]
    drains: Mapping[str, Drain]
    pauses: Mapping[str, Pause]
    present: Collection[tuple[str, str]]
    services_at: Mapping[str, Collection[str]]
    released_on: Mapping[str, Collection[str]]
    placement_nodes: Mapping[str, PlacementNode]
    moving: Mapping[str, Moving]
    selector: NodeSelector

    @property
    def nodes(self) -> tuple[Node, ...]:
        """All nodes, by name."""
        return tuple(node for _, node in sorted(self.records.items()))

    def place(self, service: Service, *, anew: bool = False, away_from: str = "") -> Placement:
        """Where a service goes; `anew` as if it were nowhere yet, `away_from` as if it were not on that node."""
        current = () if anew else tuple(node for node in self.placed_last(service.name) if node != away_from)
        nodes = tuple(self.placement_nodes.values())
        return place(service, nodes, current, lambda names: self._rank(service, names))

    def place_briefly(self, service: Service) -> Placement:
        """The same, with a verdict on those nodes only that it names or goes to."""
        nodes = self.nodes_for(service)
        named = {*service.nodes, *nodes}
        if service.placement and nodes != self.aims(service):
            whole = self.place(service)
            return Placement(nodes=nodes, verdicts=tuple(v for v in whole.verdicts if v.node in named))
        known = [self.placement_nodes[name] for name in sorted(named & self.placement_nodes.keys())]
        return place(service, known, self.placed_last(service.name), lambda names: self._rank(service, names))

    def nodes_for(self, service: Service) -> tuple[str, ...]:
        """The nodes that a service goes to, as `place` chooses them."""
        current = self.placed_last(service.name)
        return nodes_for(service, self.placement_nodes, current, lambda names: self._rank(service, names))

    def placed_last(self, service: str) -> tuple[str, ...]:
        """Where the service is being moved to, then the nodes that it was released on, the newest good release first. What is
        behind the `count` of its placement was left when it moved."""
        released = sorted(self.instances(service), key=lambda node: self._age_rank(service, node))
        ahead = self.moving[service].nodes if service in self.moving else ()
        return tuple(dict.fromkeys((*ahead, *released)))

    def aims(self, service: Service) -> tuple[str, ...]:
        """The nodes that a service asks for by name, or those that it is placed on by now."""
        if service.placement is None:
            return service.nodes
        return self.placed_last(service.name)[: service.placement.count]

    def left(self, service: Service, nodes: Sequence[str]) -> tuple[str, ...]:
        """The other nodes on which the service is, by what was seen, or by its placement where nobody stopped it."""
        placed = self.placed_last(service.name)[: service.placement.count] if service.placement else ()
        there = {node for node in self.instances(service.name) if (service.name, node) in self.present}
        there |= {node for node in placed if not self.stopped(service.name, node)}
        return tuple(sorted(there - set(nodes)))

    def stopped(self, service: str, node: str) -> bool:
        """Whether a person stopped the instance."""
        intent = self.intents.get((service, node))
        return intent is not None and intent.stopped

    def changed(self, definition: Definition, node: str) -> bool:
        """Whether something else than the definition's bundle is there in good health, or on its way: what failed may run
        all the same, and a definition that goes back to the one before it changes that too."""
        instance = (definition.name, node)
        release = self.releases.get(instance)
        if release is None or not release.good or release.bundle != definition.bundle:
            return True
        return self.coming.get(instance, definition.bundle) != definition.bundle

    def instances(self, service: str) -> tuple[str, ...]:
        """The nodes on which the service was ever released, wanted or not, by name."""
        return tuple(sorted(self.released_on.get(service, ())))

    def prefix(self, node: str) -> str:
        """What the node's agent puts before each project name."""
        return self.records[node].project_prefix if node in self.records else ""

    def _age_rank(self, service: str, node: str) -> tuple[bool, int]:
        """By the numbers of tasks, which only grow: the clock may have been set."""
        good = self.good.get((service, node))
        release = good or self.releases[service, node]
        return good is None, -int(release.task.removeprefix("t") or 0)

    def _rank(self, service: Service, names: tuple[str, ...]) -> tuple[str, ...]:
        """The service itself counts nowhere, so that it does not run away from itself."""
        return self.selector.rank(service, [self._candidate(service.name, name) for name in names])

    def _candidate(self, service: str, node: str) -> Candidate:
        here = self.services_at.get(node, ())
        return Candidate(node=node, labels=self.records[node].labels, instances=len(here) - (service in here))
