"""Work that is no longer the node's ends, its children with it, before other work of the service begins."""

import signal
from collections.abc import Callable

import pytest

from composia.core.session import Accepted, Fenced, Finished
from composia.core.task import TaskKind, TaskState
from composia.errors import Unavailable
from tests.agent.host import Host
from tests.agent.line import Line
from tests.agent.making import make_order, make_run
from tests.agent.waiting import eventually

pytestmark = pytest.mark.anyio

STOP = make_order(kind=TaskKind.STOP)
FIRST, SECOND = make_run(STOP), make_run(STOP, number=2)
LONG_S = 60.0


def alive(host: Host) -> Callable[[], bool]:
    return lambda: (host.root / "children").exists() and host.children()[-1:] == ["begin t1.1"]


async def test_the_stale_child_has_ended_before_the_next_attempt_has_one(host: Host) -> None:
    async with host.agent(pace_s=LONG_S):
        host.server.run(FIRST)
        await eventually(alive(host))
        host.server.send(Fenced(attempt=FIRST.attempt))
        host.server.run(SECOND)
        await eventually(lambda: host.children()[-1] == "begin t1.2")
        await eventually(lambda: host.journals() == ["t1.2"])

    assert host.children() == ["begin t1.1", "ended t1.1", "begin t1.2"]
    assert not any(isinstance(body, Finished) for body in host.server.bodies(FIRST.attempt))


async def test_a_child_of_an_earlier_life_too(host: Host) -> None:
    async with host.agent(pace_s=LONG_S):
        host.server.run(FIRST)
        await eventually(alive(host))
    host.server.send(Fenced(attempt=FIRST.attempt))
    host.server.run(SECOND)
    async with host.agent(pace_s=0.02):
        assert (await host.server.ended(SECOND.attempt)).state is TaskState.SUCCEEDED
        await eventually(lambda: not host.journals())

    assert host.children() == ["begin t1.1", "ended t1.1", "begin t1.2", "end t1.2"]
    assert host.server.hellos[-1].attempts == (FIRST.attempt,)


async def test_a_fence_that_came_before_a_kill_is_carried_out_after_it_without_a_server(host: Host) -> None:
    async with host.agent("stopped", pace_s=LONG_S) as process:
        host.server.run(FIRST)
        await eventually(alive(host))
        host.server.send(Fenced(attempt=FIRST.attempt))
        await eventually(lambda: process.poll() is not None)
    assert (process.returncode, host.journals()) == (-signal.SIGKILL, ["t1.1"])
    host.server.refusal = Unavailable("not today")
    async with host.agent(pace_s=LONG_S):
        await eventually(lambda: not host.journals())

    assert host.children() == ["begin t1.1", "ended t1.1"]
    assert not any(isinstance(body, Finished) for body in host.server.bodies(FIRST.attempt))


async def test_children_end_before_the_journals_of_another_database_are_put_aside(host: Host) -> None:
    async with host.agent(pace_s=LONG_S):
        host.server.run(FIRST)
        await eventually(alive(host))
    host.server.database = "db-2"
    host.server.applied.clear()
    async with host.agent(pace_s=0.02):
        await host.server.until(lambda: len(host.server.hellos) == 3)
        assert host.children() == ["begin t1.1", "ended t1.1"]
        host.server.run(FIRST)  # another task of the same name
        assert (await host.server.ended(FIRST.attempt)).state is TaskState.SUCCEEDED

    assert host.children() == ["begin t1.1", "ended t1.1", "begin t1.1", "end t1.1"]
    assert [hello.attempts for hello in host.server.hellos] == [(), (FIRST.attempt,), ()]


async def test_one_prune_at_a_time(line: Line) -> None:
    order = make_order("", kind=TaskKind.PRUNE)
    assert (order.service, order.project) == ("", "")
    async with line.agent():
        first, second = line.server.run(make_run(order)), line.server.run(make_run(order, task="t2"))
        await line.server.until(lambda: line.server.bodies(second) == [Accepted()])
        await line.puppet.until_working(first)
        line.puppet.end(first)
        await line.puppet.until_working(second)

    assert line.puppet.most_at_once == 1
