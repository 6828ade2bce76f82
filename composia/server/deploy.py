"""Deploy: from a request to stored deployments. Then `dispatch.py` sends the orders, and `agents.py` hears the ends."""

from collections.abc import Sequence

from composia.core.intent import Intent
from composia.core.task import Order, Priority, TaskKind
from composia.plugins.api import DeploymentView, DeployRequest, Started
from composia.plugins.queue import NewDeployment, Stored
from composia.server.choice import Choice, choose
from composia.server.control_plane import ControlPlane
from composia.server.fleet import Fleet
from composia.server.orders import in_batches, order_for
from composia.server.repository import Reading


async def deploy(
    plane: ControlPlane,
    request: DeployRequest,
    reading: Reading,
    fleet: Fleet,
    *,
    by: str,
    priority: int = Priority.PERSON,
    away_from: str = "",
) -> Started:
    """Store a deployment for each chosen service of the definitions in `reading`, all in one transaction; what is wrong
    is said before that. A move goes `away_from` one node, or from all."""
    if first := await plane.queue.requested(request.request_id):
        return Started(deployments=views(first))
    choices, skipped = choose(request, reading.catalog, fleet, away_from)
    new = [await _plan(plane, choice, request, reading, fleet, by, priority) for choice in choices]
    stored = await plane.queue.put(request.request_id, new, plane.clock.now_ms())
    return Started(deployments=views(stored, choices), skipped=skipped)


async def _plan(
    plane: ControlPlane,
    choice: Choice,
    request: DeployRequest,
    reading: Reading,
    fleet: Fleet,
    by: str,
    priority: int,
) -> NewDeployment:
    service, limits = choice.service, plane.limits
    order = Order(
        kind=TaskKind.DEPLOY,
        service=service.name,
        project=service.project,
        revision=reading.catalog.revision,
        bundle=await plane.repository.bundle(reading, service),
        compose_files=service.compose_files,
        health=service.rollout.health,
        timeouts=service.rollout.timeouts.over(limits.timeouts),
        pull=request.pull,
        overwrite_edits=request.overwrite_edits,
        logs=service.logs,
    )
    down = [
        (
            node,
            order_for(TaskKind.DOWN, fleet.releases[service.name, node], fleet.prefix(node), service.rollout, limits),
        )
        for node in choice.left
    ]
    return NewDeployment(
        kind=TaskKind.DEPLOY,
        service=service.name,
        revision=reading.catalog.revision,
        rollout=service.rollout,
        tasks=in_batches([*((node, order) for node in choice.nodes), *down], service.rollout),
        # only a deploy that names the service says that it is to run
        intents=tuple(Intent(service=service.name, node=node, stopped=False, by=by) for node in choice.nodes)
        if request.services
        else (),
        priority=priority,
        created_by=by,
        wait_s=limits.wait_s,
        notes=choice.notes,
    )


def views(stored: tuple[Stored, ...], choices: Sequence[Choice] = ()) -> tuple[DeploymentView, ...]:
    """Stored deployments as shown, each with the nodes that were not chosen."""
    of = {choice.service.name: choice for choice in choices}
    return tuple(
        DeploymentView(
            deployment=s.deployment,
            tasks=s.tasks,
            refusals=of[s.deployment.service].refusals if s.deployment.service in of else (),
        )
        for s in stored
    )
