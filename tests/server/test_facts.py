"""What a control plane knows of its queue is whole, whoever is broken off while it is read."""

import pytest

from composia.builtin_plugins.memory.queue import MemoryQueue
from composia.core.intent import Drain
from composia.core.task import Order, TaskKind
from composia.errors import Unavailable
from composia.plugins.queue import NewDeployment, NewTask
from composia.server.facts import Facts

pytestmark = pytest.mark.anyio


class Failing(MemoryQueue):
    """Does not answer once."""

    fails = False

    async def drains(self) -> tuple[Drain, ...]:
        """The drains, unless it is to fail."""
        if self.fails:
            self.fails = False
            raise Unavailable("the disk is away")
        return await super().drains()


async def test_news_that_could_not_be_read_to_the_end_come_with_the_next_ones() -> None:
    queue = Failing()
    facts = Facts(queue)
    await facts.catch_up()
    order = Order(kind=TaskKind.DEPLOY, service="web", project="web", bundle="sha256:b")
    task = NewTask(node="a", order=order)
    await queue.put("r1", [NewDeployment(kind=TaskKind.DEPLOY, service="web", tasks=(task,))], 1)

    queue.fails = True
    with pytest.raises(Unavailable):
        await facts.catch_up()
    news = await facts.catch_up()

    assert news.deployed == {"web"}
    assert ("web", "a") in news.instances
