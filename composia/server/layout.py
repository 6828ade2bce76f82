"""Where services are wanted and where they are, by service and by node, worked out anew only where something has changed."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from composia.core.fitness import PlacementNode
from composia.core.node import NodeState
from composia.core.service import Catalog, Definition, Service
from composia.plugins.node_selector import NodeSelector
from composia.server.facts import Facts, Instance, News
from composia.server.fleet import Fleet
from composia.server.occupants import occupants
from composia.server.sessions import Sessions
from composia.server.sightings import Sightings


@dataclass(kw_only=True)
class Due:
    """What may be shown otherwise than it was: services, single instances, and nodes with all that is on them."""

    services: set[str] = field(default_factory=set)
    instances: set[Instance] = field(default_factory=set)
    nodes: set[str] = field(default_factory=set)
    others_to_place_on: bool = False


class Layout:
    """Puts together what is stored, seen and connected."""

    def __init__(self, facts: Facts, sightings: Sightings, sessions: Sessions, selector: NodeSelector) -> None:
        self._facts = facts
        self._sightings = sightings
        self._sessions = sessions
        self._catalog = Catalog(revision="", definitions=())
        self._states: dict[str, NodeState] = {}
        self._present: set[Instance] = set()
        self._services_at: dict[str, set[str]] = {}
        self._placement_nodes: dict[str, PlacementNode] = {}
        self._aims: dict[str, tuple[Service, tuple[str, ...]]] = {}
        self._aimed_at: dict[str, dict[str, Service]] = {}
        self.present_on: dict[str, set[str]] = {}
        """The nodes on which a service was seen."""
        self.definitions: dict[str, tuple[Definition, ...]] = {}
        """By name; the first one is what counts."""
        self.fleet = Fleet(
            records=facts.records,
            states=self._states,
            releases=facts.releases,
            good=facts.good,
            coming=facts.coming,
            intents=facts.intents,
            drains=facts.drains,
            pauses=facts.pauses,
            present=self._present,
            services_at=self._services_at,
            released_on=facts.released_on,
            placement_nodes=self._placement_nodes,
            moving=facts.moving,
            selector=selector,
        )
        """As it is at any moment; `snapshot` stays as it was."""

    @property
    def catalog(self) -> Catalog:
        """The definitions that were taken in last."""
        return self._catalog

    def snapshot(self) -> Fleet:
        """The fleet as it is now."""
        live = self.fleet
        return replace(
            live,
            records=dict(live.records),
            states=dict(live.states),
            releases=dict(live.releases),
            good=dict(live.good),
            coming=dict(live.coming),
            intents=dict(live.intents),
            drains=dict(live.drains),
            pauses=dict(live.pauses),
            present=frozenset(live.present),
            services_at={node: frozenset(services) for node, services in self._services_at.items()},
            released_on={service: frozenset(nodes) for service, nodes in live.released_on.items()},
            placement_nodes={name: self._with_age(node) for name, node in sorted(self._placement_nodes.items())},
            moving=dict(live.moving),
        )

    def update(self, news: News, catalog: Catalog) -> Due:
        """Work out what follows from news and from the definitions as they are now."""
        due = Due(services=set(news.services), instances=set(news.instances), nodes=set(news.nodes))
        changed = self._take(catalog, due)
        nodes = news.nodes | {node for _, node in news.instances}
        for service in news.services | changed:
            nodes |= self._aim(service)
        for node in nodes & self._facts.records.keys():
            self._look_at(node, due)
        return due

    def states(self) -> set[str]:
        """The nodes that can be reached otherwise than was known, as it may happen by time alone."""
        return {name for name in self._facts.records if self._sessions.state(name) is not self._states.get(name)}

    def _take(self, catalog: Catalog, due: Due) -> set[str]:
        """The services whose definitions are others. A new head is news of every service, for each row names it, or says how far
        behind it is."""
        if catalog is self._catalog:
            return set()
        definitions: dict[str, tuple[Definition, ...]] = {}
        for definition in catalog.definitions:
            definitions[definition.name] = (*definitions.get(definition.name, ()), definition)
        names = definitions.keys() | self.definitions.keys()
        changed = {name for name in names if _other(self.definitions.get(name), definitions.get(name))}
        due.services |= names | self.present_on.keys() if catalog.revision != self._catalog.revision else changed
        self._catalog, self.definitions = catalog, definitions
        return changed

    def _aim(self, name: str) -> set[str]:
        """Find out anew which nodes a service asks for; the nodes for which that changes something."""
        definition = self.definitions.get(name, (None,))[0]
        service = definition.service if definition else None
        before = self._aims.pop(name, None)
        if service is not None:
            self._aims[name] = service, self.fleet.aims(service)
        now = self._aims.get(name)
        if before == now:
            return set()
        for node in before[1] if before else ():
            self._aimed_at[node].pop(name, None)
        for node in now[1] if now else ():
            self._aimed_at.setdefault(node, {})[name] = now[0]  # type: ignore[index] # it is there
        return {*(before[1] if before else ()), *(now[1] if now else ())}

    def _look_at(self, node: str, due: Due) -> None:
        state = self._sessions.state(node)
        if self._states.get(node) is not state:
            self._states[node] = state
            due.nodes.add(node)
        self._find_present(node, due)
        found = self._as_placement_node(node)
        if self._placement_nodes.get(node) != found:
            self._placement_nodes[node] = found
            due.services |= self._aimed_at.get(node, {}).keys()
            due.others_to_place_on = True

    def _find_present(self, node: str, due: Due) -> None:
        """The services of which containers were seen there. What a node says of a service that it was never given counts for
        nothing."""
        seen = self._sightings.seen(node)
        lying = {workspace.service: workspace.project for workspace in seen.workspaces}
        projects = {container.project for container in seen.containers}
        releases = self._facts.releases
        now = {
            service
            for service in self._facts.released_at.get(node, ())
            if lying.get(service, releases[service, node].project) in projects
        }
        before = self._services_at.get(node, set())
        self._services_at[node] = now
        for service in before ^ now:
            nodes = self.present_on.setdefault(service, set())
            (nodes.add if service in now else nodes.discard)(node)
            (self._present.add if service in now else self._present.discard)((service, node))
            if not nodes:
                del self.present_on[service]
            due.services.add(service)

    def _as_placement_node(self, name: str) -> PlacementNode:
        record = self._facts.records[name]
        aimed = self._aimed_at.get(name, {})
        return PlacementNode(
            name=name,
            state=self._states[name],
            labels=dict(record.labels),
            architecture=record.facts.architecture,
            drain=self._facts.drains.get(name),
            occupants=tuple(
                occupants(
                    record,
                    wanted=_enabled(aimed),
                    released={s: self._facts.releases[s, name] for s in sorted(self._services_at[name])},
                    containers=self._sightings.seen(name).containers,
                )
            ),
        )

    def _with_age(self, node: PlacementNode) -> PlacementNode:
        """How long a node is silent is said of those that are away."""
        if node.state is NodeState.ONLINE:
            return node
        sighting = self._sightings.of(node.name)
        return replace(node, silent_s=sighting.age_s if sighting else None)


def _other(before: tuple[Definition, ...] | None, now: tuple[Definition, ...] | None) -> bool:
    """Whether definitions may differ; what did not change is the very same object."""
    if before is None or now is None or len(before) != len(now):
        return True
    return any(one is not other for one, other in zip(before, now, strict=True))


def _enabled(aimed: dict[str, Service]) -> Iterable[Service]:
    return (service for _, service in sorted(aimed.items()) if service.enabled)
