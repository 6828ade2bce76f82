"""Drain: place nothing new on a node, and move away what may move; what stays, or is still to come, is told with the reason."""

from dataclasses import replace

from composia.core.service import Catalog, Service
from composia.core.task import Task, TaskKind, TaskState
from composia.errors import NotPossible
from composia.plugins.api import DeploymentView, DeployRequest, DrainRequest, Skipped, Started
from composia.server.control_plane import ControlPlane
from composia.server.deploy import deploy, views
from composia.server.fleet import Fleet


async def drain(plane: ControlPlane, request: DrainRequest, by: str) -> Started:
    """Place nothing new on a node from now on, and move away what may move if that is asked for."""
    await plane.queue.drain(request.node, by, plane.clock.now_ms())
    fleet = await plane.fleet()
    coming = await _coming(plane, request.node, fleet)
    moved = await _move_away(plane, request, by, fleet) if request.move else Started(deployments=())
    return replace(moved, skipped=(*moved.skipped, *coming))


async def _coming(plane: ControlPlane, node: str, fleet: Fleet) -> list[Skipped]:
    """The services that are not there yet and that a deploy from before the drain will bring: it is a person's order, which a
    person ends."""
    deploys = {
        task.service: task
        for task in (*await plane.queue.live(), *await plane.queue.waiting())
        if task.node == node and task.kind is TaskKind.DEPLOY and (task.service, node) not in fleet.present
    }
    return [Skipped(service=name, reason=_comes(task, plane.repository.head)) for name, task in sorted(deploys.items())]


def _comes(task: Task, catalog: Catalog) -> str:
    if task.state is not TaskState.PENDING:
        return f"task {task.id} is deploying it there; drain the node again when that has ended"
    definition = catalog.find(task.service)
    elsewhere = definition is not None and definition.service is not None and definition.service.placement is not None
    return f"task {task.id} waits to deploy it there; `composia task cancel {task.id}` ends that" + (
        f", and then `composia deploy {task.service}` has it placed elsewhere" if elsewhere else ""
    )


async def _move_away(plane: ControlPlane, request: DrainRequest, by: str, fleet: Fleet) -> Started:
    """Deploy the services that are on a drained node elsewhere, each as a deployment of its own, and take them down there
    once they are healthy. Asked with the same request id again, it does nothing twice."""
    reading = await plane.repository.at("")
    deployments: list[DeploymentView] = []
    skipped: list[Skipped] = []
    for name in sorted(service for service, node in fleet.present if node == request.node):
        if first := await plane.queue.requested(f"{request.request_id}:{name}"):
            deployments += views(first)
            continue
        definition = reading.catalog.find(name)
        service = definition.service if definition else None
        why = _stays(service, request.node, fleet) if service else "it cannot be read in Git, or is not there any more"
        if why or service is None:
            skipped.append(Skipped(service=name, reason=why))
            continue
        try:
            move = DeployRequest(request_id=f"{request.request_id}:{name}", services=(name,), move=True)
            started = await deploy(plane, move, reading, fleet, by=by, away_from=request.node)
        except NotPossible as error:
            skipped.append(Skipped(service=name, reason=error.message))
        else:
            deployments += started.deployments
    return Started(deployments=tuple(deployments), skipped=tuple(skipped))


def _stays(service: Service, node: str, fleet: Fleet) -> str:
    """Why a service stays on a node; empty when it may leave."""
    if not service.enabled:
        return "disabled"
    if fleet.stopped(service.name, node):
        return "stopped by hand; `composia deploy NAME --move` starts it elsewhere"
    if service.placement is None:
        return "its `nodes` say that it runs there" if node in service.nodes else "an orphan; `composia down` ends it"
    if node not in fleet.placed_last(service.name)[: service.placement.count]:
        return "it has left already, or is an orphan; `composia down` ends it"
    there = len(fleet.placed_last(service.name)[: service.placement.count])
    placement = fleet.place(service, away_from=node)
    if len(placement.nodes) < there:
        others = (refusal for refusal in placement.refusals if refusal.node != node)
        reasons = "; ".join(f"{refusal.node}: {refusal.reason}" for refusal in others)
        return f"no other node fits: {reasons}" if reasons else "there is no other node"
    return ""
