"""Status: wanted, released and seen, side by side, for people."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from composia.core.container import Container, ContainerState
from composia.core.deployment import Deployment
from composia.core.instance import Verdict, judge
from composia.core.node import NodeStatus, Workspace
from composia.core.placement import Placement
from composia.core.service import Catalog, Definition
from composia.core.status import InstanceStatus, LastDeployment, NodeView, ServiceStatus, ServiceView, Wanted
from composia.server.fleet import Fleet
from composia.server.sightings import Sightings

Behind = Callable[[str, str], int | None]
"""How many commits since a revision changed a service's files; None when that is not known."""


class StatusReader:
    """Puts the pictures together at one moment. What it says of instances and nodes is without what changes all the time: how
    old a picture is, and the load of a host; `with_age` and `with_load` add that."""

    def __init__(self, fleet: Fleet, sightings: Sightings, behind: Behind = lambda _service, _revision: None) -> None:
        self._fleet = fleet
        self._sightings = sightings
        self._behind = behind

    def service(self, definition: Definition, catalog: Catalog, *, briefly: bool = False) -> ServiceView:
        """A definition with its placement; `briefly` with a verdict on those nodes only that it names or goes to."""
        service = definition.service
        place = self._fleet.place_briefly if briefly else self._fleet.place
        placement = place(service) if service else Placement()
        return ServiceView(
            name=definition.name,
            directory=definition.directory,
            revision=catalog.revision,
            project=service.project if service else "",
            compose_files=service.compose_files if service else (),
            enabled=service.enabled if service else False,
            auto_deploy=service.auto_deploy if service else False,
            bundle=definition.bundle,
            placed=placement.nodes,
            nodes=placement.verdicts,
            problems=definition.problems,
        )

    def head(
        self, name: str, definitions: tuple[Definition, ...], nodes: tuple[str, ...], revision: str
    ) -> ServiceStatus:
        """A service without its instances; `nodes` are those that it is placed on. Of several definitions of one name the
        first counts, and the problems of all are told."""
        if not definitions:
            return ServiceStatus(name=name, wanted=Wanted.REMOVED)
        problems = tuple(problem for definition in definitions for problem in definition.problems)
        return ServiceStatus(
            name=name, wanted=self._wanted(definitions[0], nodes), revision=revision, problems=problems
        )

    def _wanted(self, definition: Definition, nodes: Iterable[str]) -> Wanted:
        if definition.service is not None and not definition.service.enabled:
            return Wanted.DISABLED
        stopped = [self._fleet.stopped(definition.name, node) for node in nodes]
        return Wanted.STOPPED if stopped and all(stopped) else Wanted.RUNNING

    def instance(self, service: str, node: str, definition: Definition | None, *, orphaned: bool) -> InstanceStatus:
        """An instance as last seen."""
        release = self._fleet.releases.get((service, node))
        workspace = self._workspace(service, node)
        project = workspace.project if workspace else release.project if release else ""
        containers = self._sightings.containers(node, project) if project else ()
        verdict = self._judge(service, node, containers)
        shown = InstanceStatus(
            service=service,
            node=node,
            state=verdict.state,
            reason=verdict.cause,
            revision=release.revision if release else "",
            edited=workspace.edited if workspace else (),
            orphaned=orphaned,
            stopped=self._fleet.stopped(service, node),
            changed=definition is not None and self._fleet.changed(definition, node),
            containers=containers,
            missing=verdict.missing,
        )
        return self.with_behind(shown)

    def with_behind(self, instance: InstanceStatus) -> InstanceStatus:
        """The instance, with how far its revision is behind the head."""
        behind = self._behind(instance.service, instance.revision) if instance.revision else None
        return instance if behind == instance.behind else replace(instance, behind=behind)

    def with_age(self, instance: InstanceStatus) -> InstanceStatus:
        """The instance, with how old that picture is now."""
        sighting = self._sightings.of(instance.node)
        return replace(instance, seen_age_s=sighting.age_s if sighting else None)

    def with_times(self, instance: InstanceStatus) -> InstanceStatus:
        """The same, with since when it has been so, for whoever asks once: a watcher would read that after it is true."""
        shown = self.with_age(instance)
        if not instance.reason:
            return shown
        verdict = self._judge(instance.service, instance.node, instance.containers)
        return replace(shown, state=verdict.state, reason=verdict.reason)

    def _judge(self, service: str, node: str, containers: tuple[Container, ...]) -> Verdict:
        sighting = self._sightings.of(node)
        return judge(
            name=node,
            node=self._fleet.states.get(node),
            containers=containers,
            release=self._fleet.releases.get((service, node)),
            stopped=self._fleet.stopped(service, node),
            status=self._sightings.seen(node).status,
            age_s=sighting.age_s if sighting else None,
        )

    def node(self, name: str, running: Iterable[str]) -> NodeView:
        """A node with its last picture; `running` are the tasks that its agent has."""
        seen = self._sightings.seen(name)
        # before a definition was rendered its project is not known, and containers of none belong to no service
        ours = {workspace.project for workspace in seen.workspaces if workspace.project}
        of_ours, others = _parted(seen.containers, ours)
        return NodeView(
            node=self._fleet.records[name],
            state=self._fleet.states[name],
            status=NodeStatus(problem=seen.status.problem, blind_since_ms=seen.status.blind_since_ms),
            running_tasks=tuple(running),
            drain=self._fleet.drains.get(name),
            pause=self._fleet.pauses.get(name),
            containers=of_ours,
            others=others,
        )

    def with_load(self, view: NodeView) -> NodeView:
        """The node, with its load as last seen, and how old that picture is now."""
        sighting = self._sightings.of(view.node.name)
        return replace(view, status=sighting.seen.status, seen_age_s=sighting.age_s) if sighting else view

    def _workspace(self, service: str, node: str) -> Workspace | None:
        workspaces = self._sightings.seen(node).workspaces
        return next((workspace for workspace in workspaces if workspace.service == service), None)


def last_deployment(deployment: Deployment | None) -> LastDeployment | None:
    """What is shown of a service's last deployment."""
    if deployment is None:
        return None
    return LastDeployment(
        id=deployment.id,
        kind=deployment.kind,
        state=deployment.state,
        created_ms=deployment.created_ms,
        ended_ms=deployment.ended_ms,
        created_by=deployment.created_by,
    )


def may_settle(instance: InstanceStatus) -> bool:
    """Whether time alone may make another state of it."""
    return any(
        container.state is ContainerState.CREATED
        or (container.state is ContainerState.RUNNING and container.recent_restarts > 0)
        for container in instance.containers
    )


def _parted(containers: Iterable[Container], projects: set[str]) -> tuple[tuple[Container, ...], tuple[Container, ...]]:
    """Those of the projects, and the others."""
    ours: list[Container] = []
    others: list[Container] = []
    for container in containers:
        (ours if container.project in projects else others).append(container)
    return tuple(ours), tuple(others)
