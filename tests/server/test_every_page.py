"""Whatever is read page by page is read to its end."""

import pytest

from composia.core.task import Order, TaskKind
from composia.plugins.api import RetryRequest
from composia.plugins.queue import NewDeployment, NewTask
from tests.server.world import World

pytestmark = pytest.mark.anyio

NODES = 1005


async def test_a_deployment_on_more_nodes_than_a_page_has_is_shown_and_done_again_whole(world: World) -> None:
    order = Order(kind=TaskKind.STOP, service="web", project="web")
    tasks = tuple(NewTask(node=f"n{number}", order=order) for number in range(NODES))
    await world.plane.queue.put("r1", [NewDeployment(kind=TaskKind.STOP, service="web", tasks=tasks)], 1)

    shown = await world.people.get_deployment("d1")
    await world.people.cancel_deployment("d1")
    (again,) = (await world.people.retry(RetryRequest(request_id="again", deployment="d1"))).deployments

    assert [task.node for task in shown.tasks] == [task.node for task in tasks]
    assert [task.node for task in again.tasks] == [task.node for task in tasks]
