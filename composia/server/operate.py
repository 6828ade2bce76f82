"""Stop, start, restart and down of a service's instances."""

from composia.core.intent import Intent
from composia.core.service import Catalog, RolloutPolicy
from composia.core.suggest import unknown
from composia.core.task import Priority, TaskKind
from composia.errors import Invalid, NotPossible
from composia.plugins.api import OperateRequest, Started
from composia.plugins.queue import NewDeployment
from composia.server.control_plane import ControlPlane
from composia.server.deploy import views
from composia.server.fleet import Fleet
from composia.server.naming import check_nodes
from composia.server.orders import in_batches, order_for

STOPS = (TaskKind.STOP, TaskKind.DOWN)
KINDS = (TaskKind.STOP, TaskKind.START, TaskKind.RESTART, TaskKind.DOWN)


async def operate(plane: ControlPlane, request: OperateRequest, *, by: str, priority: int = Priority.PERSON) -> Started:
    """Store a deployment of that kind for the instances that exist."""
    if request.kind not in KINDS:
        raise Invalid(f"{request.kind} is not an operation on instances", hint=f"one of {', '.join(KINDS)}")
    if first := await plane.queue.requested(request.request_id):
        return Started(deployments=views(first))
    catalog, fleet = plane.repository.head, await plane.fleet()
    nodes = _nodes(request, catalog, fleet)
    definition = catalog.find(request.service)
    rollout = definition.service.rollout if definition and definition.service else RolloutPolicy()
    new = NewDeployment(
        kind=request.kind,
        service=request.service,
        revision="",
        rollout=rollout,
        tasks=in_batches(
            [
                (
                    node,
                    order_for(
                        request.kind,
                        fleet.releases[request.service, node],
                        fleet.prefix(node),
                        rollout,
                        plane.limits,
                        remove_volumes=request.remove_volumes,
                    ),
                )
                for node in nodes
            ],
            rollout,
        ),
        intents=tuple(
            Intent(service=request.service, node=node, stopped=request.kind in STOPS, by=by) for node in nodes
        ),
        priority=priority,
        created_by=by,
        wait_s=plane.limits.wait_s,
    )
    return Started(deployments=views(await plane.queue.put(request.request_id, [new], plane.clock.now_ms())))


def _nodes(request: OperateRequest, catalog: Catalog, fleet: Fleet) -> tuple[str, ...]:
    released = fleet.instances(request.service)
    if not released and catalog.find(request.service) is None:
        known = {d.name for d in catalog.definitions} | {service for service, _ in fleet.releases}
        raise unknown("service", request.service, known)
    check_nodes(request.nodes, {node.name for node in fleet.nodes})
    for node in request.nodes:
        if node not in released:
            raise NotPossible(f"service {request.service} was never deployed on {node}", where=f"node {node}")
    if not released:
        raise NotPossible(f"service {request.service} was never deployed", hint=f"composia deploy {request.service}")
    return tuple(node for node in released if not request.nodes or node in request.nodes)
