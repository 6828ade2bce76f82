"""Prune: have what no container uses removed from a node."""

from composia.clock import Clock
from composia.core.task import Order, Priority, TaskKind
from composia.errors import Invalid
from composia.plugins.api import PruneRequest, Started
from composia.plugins.queue import NewDeployment, NewTask, Queue
from composia.server.deploy import views
from composia.server.limits import Limits
from composia.server.naming import check_nodes


async def prune(
    request: PruneRequest, queue: Queue, clock: Clock, limits: Limits, *, by: str, priority: int = Priority.PERSON
) -> Started:
    """Store a deployment whose target is the node. `NotFound` for an unknown one."""
    if first := await queue.requested(request.request_id):
        return Started(deployments=views(first))
    if not request.what:
        raise Invalid("nothing is named that is to be removed", hint="such as dangling-images")
    check_nodes((request.node,), [node.name for node in await queue.nodes()])
    order = Order(kind=TaskKind.PRUNE, service="", project="", timeouts=limits.timeouts, prune=request.what)
    new = NewDeployment(
        kind=TaskKind.PRUNE,
        service="",
        tasks=(NewTask(node=request.node, order=order),),
        priority=priority,
        created_by=by,
        wait_s=limits.wait_s,
    )
    return Started(deployments=views(await queue.put(request.request_id, [new], clock.now_ms())))
