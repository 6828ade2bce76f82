"""What is wanted, released and there, put together for one decision: the nodes and instances of all services."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from composia.core.deployment import DeploymentState
from composia.core.fitness import PlacementNode
from composia.core.intent import Drain, Intent, Pause
from composia.core.node import Node, NodeState
from composia.core.placement import Placement, place
from composia.core.release import Release
from composia.core.service import Catalog, Definition, Service
from composia.core.task import TaskKind, TaskState
from composia.plugins.node_selector import Candidate, NodeSelector
from composia.plugins.queue import Queue, TaskFilter
from composia.server.dispatch import MANY
from composia.server.occupants import occupants
from composia.server.sessions import Sessions
from composia.server.sightings import Sighting, Sightings


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
    """The state of the whole fleet at one moment. Keys of the mappings are (service, node), or the node alone."""

    nodes: tuple[Node, ...]
    states: dict[str, NodeState]
    releases: dict[tuple[str, str], Release]
    good: dict[tuple[str, str], Release]
    intents: dict[tuple[str, str], Intent]
    drains: dict[str, Drain]
    pauses: dict[str, Pause]
    present: frozenset[tuple[str, str]]
    selector: NodeSelector
    catalog: Catalog
    sightings: dict[str, Sighting]
    moving: dict[str, Moving]

    def place(self, service: Service, *, anew: bool = False, away_from: str = "") -> Placement:
        """Where a service goes; `anew` as if it were nowhere yet, `away_from` as if it were not on that node."""
        current = () if anew else tuple(node for node in self.placed_last(service.name) if node != away_from)
        return place(service, self._nodes, current, lambda names: self._rank(service, names))

    def placed_last(self, service: str) -> tuple[str, ...]:
        """Where the service is being moved to, then the nodes that it was released on, the newest good release first. What is
        behind the `count` of its placement was left when it moved."""
        released = sorted(self.instances(service), key=lambda node: self._age_rank(service, node))
        ahead = self.moving[service].nodes if service in self.moving else ()
        return tuple(dict.fromkeys((*ahead, *released)))

    def _age_rank(self, service: str, node: str) -> tuple[bool, int]:
        """By the numbers of tasks, which only grow: the clock may have been set."""
        good = self.good.get((service, node))
        release = good or self.releases[service, node]
        return good is None, -int(release.task.removeprefix("t") or 0)

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
        """Whether the definition's bundle is another than that of the instance's last good release."""
        release = self.good.get((definition.name, node))
        return release is None or release.bundle != definition.bundle

    def instances(self, service: str) -> tuple[str, ...]:
        """The nodes on which the service was ever released, wanted or not."""
        return self._released_on.get(service, ())

    def prefix(self, node: str) -> str:
        """What the node's agent puts before each project name."""
        return next((known.project_prefix for known in self.nodes if known.name == node), "")

    @cached_property
    def _nodes(self) -> tuple[PlacementNode, ...]:
        return tuple(self._as_placement_node(node) for node in self.nodes)

    def _as_placement_node(self, node: Node) -> PlacementNode:
        seen = self.sightings.get(node.name)
        here = {s: self.releases[s, name] for s, name in self.present if name == node.name}
        return PlacementNode(
            name=node.name,
            state=self.states[node.name],
            silent_s=seen.age_s if seen else None,
            labels=dict(node.labels),
            architecture=node.facts.architecture,
            drain=self.drains.get(node.name),
            occupants=tuple(
                occupants(
                    node,
                    wanted=self._wanted_on.get(node.name, ()),
                    released=here,
                    containers=seen.seen.containers if seen else (),
                )
            ),
        )

    @cached_property
    def _wanted_on(self) -> dict[str, list[Service]]:
        """The services that Git wants on each node; a placed one where it is placed by now."""
        found: dict[str, list[Service]] = {}
        for definition in self.catalog.definitions:
            service = definition.service
            if service is None or not service.enabled:
                continue
            placed = self.placed_last(service.name)[: service.placement.count] if service.placement else ()
            for node in service.nodes or placed:
                found.setdefault(node, []).append(service)
        return found

    @cached_property
    def _released_on(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for service, node in sorted(self.releases):
            found[service] = (*found.get(service, ()), node)
        return found

    @cached_property
    def _services_on(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for service, node in self.present:
            found.setdefault(node, set()).add(service)
        return found

    def _rank(self, service: Service, names: tuple[str, ...]) -> tuple[str, ...]:
        """The service itself counts nowhere, so that it does not run away from itself."""
        labels = {node.name: node.labels for node in self.nodes}
        return self.selector.rank(
            service,
            [
                Candidate(
                    node=name, labels=labels[name], instances=len(self._services_on.get(name, set()) - {service.name})
                )
                for name in names
            ],
        )


async def survey(
    queue: Queue, sightings: Sightings, sessions: Sessions, selector: NodeSelector, catalog: Catalog
) -> Fleet:
    """Read the state of the fleet. `catalog` says what is wanted: the definitions at the repository's head."""
    nodes = await queue.nodes()
    releases = {(r.service, r.node): r for r in await queue.releases()}
    return Fleet(
        nodes=nodes,
        states={node.name: sessions.state(node.name) for node in nodes},
        releases=releases,
        good={(r.service, r.node): r for r in await queue.good_releases()},
        intents={(i.service, i.node): i for i in await queue.intents()},
        drains={drain.node: drain for drain in await queue.drains()},
        pauses={pause.node: pause for pause in await queue.pauses()},
        present=frozenset(_present(nodes, releases, sightings)),
        selector=selector,
        catalog=catalog,
        sightings={node.name: sighting for node in nodes if (sighting := sightings.of(node.name))},
        moving=await _moving(queue),
    )


async def _moving(queue: Queue) -> dict[str, Moving]:
    """The services that are being moved just now."""
    found = {}
    tasks = (*await queue.live(), *await queue.waiting())
    for name in {task.deployment for task in tasks if task.kind is TaskKind.DOWN}:
        deployment = await queue.deployment(name)
        if deployment.kind is TaskKind.DEPLOY and deployment.state is not DeploymentState.PAUSED:
            of = tuple(reversed((await queue.tasks(TaskFilter(deployment=name), MANY)).items))
            new = [task for task in of if task.kind is TaskKind.DEPLOY]
            found[deployment.service] = Moving(
                deployment=name,
                nodes=tuple(task.node for task in new),
                waiting=frozenset(task.node for task in new if task.state is TaskState.PENDING),
                left=tuple(task.node for task in of if task.kind is TaskKind.DOWN and not task.state.final),
            )
    return found


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
