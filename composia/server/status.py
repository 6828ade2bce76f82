"""Status: wanted, released and seen, side by side, for people."""

from dataclasses import replace

from composia.core.instance import judge
from composia.core.node import Node, Workspace
from composia.core.placement import Placement
from composia.core.service import Catalog, Definition
from composia.core.status import InstanceStatus, NodeView, ServiceStatus, ServiceView, StatusReport, Wanted
from composia.core.task import Task
from composia.server.fleet import Fleet
from composia.server.sessions import Sessions
from composia.server.sightings import Sightings


class StatusReader:
    """Puts the pictures together at one moment."""

    def __init__(self, catalog: Catalog, fleet: Fleet, sightings: Sightings, sessions: Sessions) -> None:
        self._catalog = catalog
        self._fleet = fleet
        self._sightings = sightings
        self._sessions = sessions

    def report(self, services: frozenset[str], live: tuple[Task, ...]) -> StatusReport:
        """Services times nodes; `services` empty means all."""
        rows = [self._service(definition) for definition in self._catalog.definitions]
        defined = {definition.name for definition in self._catalog.definitions}
        gone = sorted({service for service, _ in self._fleet.present} - defined)
        rows += [self._removed(service) for service in gone]
        return StatusReport(
            services=tuple(row for row in rows if not services or row.name in services),
            nodes=tuple(self.node(node, live) for node in self._fleet.nodes),
        )

    def node(self, node: Node, live: tuple[Task, ...]) -> NodeView:
        """A node with its last picture."""
        view = NodeView(
            node=node,
            state=self._sessions.state(node.name),
            running_tasks=tuple(task.id for task in live if task.node == node.name),
            drain=self._fleet.drains.get(node.name),
            pause=self._fleet.pauses.get(node.name),
        )
        sighting = self._sightings.of(node.name)
        if sighting is None:
            return view
        return replace(
            view,
            status=sighting.seen.status,
            seen_age_s=sighting.age_s,
            containers=sighting.seen.containers,
        )

    def service(self, definition: Definition) -> ServiceView:
        """A definition with its placement."""
        service = definition.service
        placement = self._fleet.place(service) if service else Placement()
        return ServiceView(
            name=definition.name,
            directory=definition.directory,
            revision=self._catalog.revision,
            project=service.project if service else "",
            compose_files=service.compose_files if service else (),
            enabled=service.enabled if service else False,
            auto_deploy=service.auto_deploy if service else False,
            bundle=definition.bundle,
            placed=placement.nodes,
            nodes=placement.verdicts,
            problems=definition.problems,
        )

    def _service(self, definition: Definition) -> ServiceStatus:
        wanted_on = self._fleet.place(definition.service).nodes if definition.service else ()
        present = tuple(sorted(node for service, node in self._fleet.present if service == definition.name))
        nodes = (*wanted_on, *(node for node in present if node not in wanted_on))
        # a definition that cannot be read says nothing about where it is wanted, so nothing of it is an orphan
        orphans = frozenset(nodes) - frozenset(wanted_on) if definition.service else frozenset()
        instances = tuple(self._instance(definition.name, node, definition, node in orphans) for node in nodes)
        return ServiceStatus(
            name=definition.name,
            wanted=self._wanted(definition, wanted_on),
            revision=self._catalog.revision,
            instances=instances,
            problems=definition.problems,
        )

    def _removed(self, service: str) -> ServiceStatus:
        nodes = sorted(node for name, node in self._fleet.present if name == service)
        instances = tuple(self._instance(service, node, None, orphaned=True) for node in nodes)
        return ServiceStatus(name=service, wanted=Wanted.REMOVED, instances=instances)

    def _wanted(self, definition: Definition, nodes: tuple[str, ...]) -> Wanted:
        if definition.service is not None and not definition.service.enabled:
            return Wanted.DISABLED
        stopped = [self._fleet.stopped(definition.name, node) for node in nodes]
        return Wanted.STOPPED if stopped and all(stopped) else Wanted.RUNNING

    def _instance(self, service: str, node: str, definition: Definition | None, orphaned: bool) -> InstanceStatus:
        release = self._fleet.releases.get((service, node))
        sighting = self._sightings.of(node)
        workspace = self._workspace(service, node)
        project = workspace.project if workspace else release.project if release else ""
        containers = self._sightings.containers(node, project) if project else ()
        stopped = self._fleet.stopped(service, node)
        verdict = judge(
            name=node,
            node=self._sessions.state(node),
            containers=containers,
            release=release,
            stopped=stopped,
            status=self._sightings.seen(node).status,
            age_s=sighting.age_s if sighting else None,
        )
        return InstanceStatus(
            service=service,
            node=node,
            state=verdict.state,
            reason=verdict.reason,
            revision=release.revision if release else "",
            seen_age_s=sighting.age_s if sighting else None,
            edited=workspace.edited if workspace else (),
            orphaned=orphaned,
            stopped=stopped,
            changed=definition is not None and self._fleet.changed(definition, node),
            containers=containers,
        )

    def _workspace(self, service: str, node: str) -> Workspace | None:
        sighting = self._sightings.of(node)
        workspaces = sighting.seen.workspaces if sighting else ()
        return next((workspace for workspace in workspaces if workspace.service == service), None)
