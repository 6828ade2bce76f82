"""Prune: have what no container uses removed from a node."""

from composia.core.task import Order, Priority, TaskKind
from composia.errors import Invalid
from composia.plugins.api import PruneRequest, Started
from composia.plugins.queue import NewDeployment, NewTask
from composia.server.control_plane import ControlPlane
from composia.server.deploy import views
from composia.server.naming import check_nodes


async def prune(plane: ControlPlane, request: PruneRequest, *, by: str, priority: int = Priority.PERSON) -> Started:
    """Store a deployment whose target is the node. `NotFound` for an unknown one."""
    if first := await plane.queue.requested(request.request_id):
        return Started(deployments=views(first))
    if not request.what:
        raise Invalid("nothing is named that is to be removed", hint="such as dangling-images")
    check_nodes((request.node,), [node.name for node in await plane.queue.nodes()])
    order = Order(kind=TaskKind.PRUNE, service="", project="", timeouts=plane.limits.timeouts, prune=request.what)
    new = NewDeployment(
        kind=TaskKind.PRUNE,
        service="",
        tasks=(NewTask(node=request.node, order=order),),
        priority=priority,
        created_by=by,
        wait_s=plane.limits.wait_s,
    )
    return Started(deployments=views(await plane.queue.put(request.request_id, [new], plane.clock.now_ms())))
