"""What is wanted, released and there, put together for one decision: the nodes and instances of all services."""

from collections.abc import Iterable
from dataclasses import dataclass

from composia.core.intent import Drain, Intent
from composia.core.node import Node
from composia.core.placement import Placement, PlacementNode, place
from composia.core.release import Release
from composia.core.service import Catalog, Definition, Service
from composia.plugins.node_selector import Candidate, NodeSelector
from composia.plugins.queue import Queue
from composia.server.sessions import Sessions
from composia.server.sightings import Sightings


@dataclass(frozen=True, kw_only=True)
class Fleet:
    """The state of the whole fleet at one moment. Keys of the mappings are (service, node)."""

    nodes: tuple[Node, ...]
    online: frozenset[str]
    releases: dict[tuple[str, str], Release]
    good: dict[tuple[str, str], Release]
    intents: dict[tuple[str, str], Intent]
    drains: dict[str, Drain]
    present: frozenset[tuple[str, str]]
    selector: NodeSelector

    def place(self, service: Service) -> Placement:
        """Where a service goes."""
        nodes = tuple(self._as_placement_node(node) for node in self.nodes)
        current = tuple(node for name, node in sorted(self.releases) if name == service.name)
        return place(service, nodes, current, lambda names: self._rank(service, names))

    def wanted(self, definition: Definition) -> tuple[str, ...]:
        """The nodes on which the definition's service is wanted; none while it is broken or disabled."""
        if definition.service is None or not definition.service.enabled:
            return ()
        return self.place(definition.service).nodes

    def stopped(self, service: str, node: str) -> bool:
        """Whether a person stopped the instance."""
        intent = self.intents.get((service, node))
        return intent is not None and intent.stopped

    def changed(self, definition: Definition, node: str) -> bool:
        """Whether the definition's bundle is another than that of the instance's last good release."""
        release = self.good.get((definition.name, node))
        return release is None or release.bundle != definition.bundle

    def instances(self, service: str) -> tuple[str, ...]:
        """The nodes on which the service was ever released, wanted or not."""
        return tuple(sorted(node for name, node in self.releases if name == service))

    def prefix(self, node: str) -> str:
        """What the node's agent puts before each project name."""
        return next((known.project_prefix for known in self.nodes if known.name == node), "")

    def orphans(self, catalog: Catalog) -> tuple[tuple[str, str], ...]:
        """Instances with containers that Git no longer wants."""
        wanted = {(d.name, node) for d in catalog.definitions for node in self._claimed(d)}
        return tuple(sorted(self.present - wanted))

    def _claimed(self, definition: Definition) -> Iterable[str]:
        if definition.service is None:
            return self.instances(definition.name)
        return self.place(definition.service).nodes

    def _as_placement_node(self, node: Node) -> PlacementNode:
        return PlacementNode(
            name=node.name,
            online=node.name in self.online,
            labels=dict(node.labels),
            projects={
                release.project.removeprefix(node.project_prefix): service
                for (service, name), release in self.releases.items()
                if name == node.name and (service, name) in self.present
            },
        )

    def _rank(self, service: Service, names: tuple[str, ...]) -> tuple[str, ...]:
        labels = {node.name: node.labels for node in self.nodes}
        return self.selector.rank(
            service,
            [
                Candidate(node=name, labels=labels[name], instances=sum(on == name for _, on in self.present))
                for name in names
            ],
        )


async def survey(queue: Queue, sightings: Sightings, sessions: Sessions, selector: NodeSelector) -> Fleet:
    """Read the state of the fleet."""
    nodes = await queue.nodes()
    releases = {(r.service, r.node): r for r in await queue.releases()}
    return Fleet(
        nodes=nodes,
        online=frozenset(sessions.online()),
        releases=releases,
        good={(r.service, r.node): r for r in await queue.good_releases()},
        intents={(i.service, i.node): i for i in await queue.intents()},
        drains={drain.node: drain for drain in await queue.drains()},
        present=frozenset(_present(nodes, releases, sightings)),
        selector=selector,
    )


def _present(
    nodes: Iterable[Node], releases: dict[tuple[str, str], Release], sightings: Sightings
) -> Iterable[tuple[str, str]]:
    """The instances of which containers were seen. What a node says of a service that it was never given counts for
    nothing."""
    sightings_of = {node.name: sighting for node in nodes if (sighting := sightings.of(node.name))}
    for (service, node), release in releases.items():
        if node not in sightings_of:
            continue
        seen = sightings_of[node].seen
        lying = {workspace.service: workspace.project for workspace in seen.workspaces}
        if lying.get(service, release.project) in {container.project for container in seen.containers}:
            yield service, node
