"""Coming back: when, how often, and with what."""

import anyio
import pytest

from composia.agent.backoff import Backoff
from composia.agent.journal import StopReason
from composia.agent.link import Link
from composia.agent.stop import Stop
from composia.errors import Cancelled, Unavailable
from tests.agent.fake_server import FakeConnection, FakeServer
from tests.agent.line import Line

pytestmark = pytest.mark.anyio


async def test_each_try_has_a_connection_of_its_own_and_lets_go_of_it(line: Line) -> None:
    async with line.agent():
        for _ in range(3):
            await line.server.until(lambda: line.server.heartbeats)
            line.server.heartbeats.clear()
            line.server.cut()

    assert len({id(connection) for connection in line.transport.connections}) == len(line.transport.connections) >= 3
    assert all(connection.closed for connection in line.transport.connections)


def test_delays_are_random_below_a_bound_that_doubles() -> None:
    backoff = Backoff(first_s=1.0, longest_s=5.0)
    rounds = []
    for _ in range(300):
        backoff.reset()
        rounds.append([backoff.next() for _ in range(5)])

    most = [max(delays) for delays in zip(*rounds, strict=True)]
    assert [
        low < high <= bound for low, high, bound in zip((0.9, 1.8, 3.6, 4.5, 4.5), most, (1, 2, 4, 5, 5), strict=True)
    ] == [True] * 5
    assert min(delay for delays in rounds for delay in delays) < 0.1


def test_delays_stay_below_a_bound_that_was_lowered() -> None:
    backoff = Backoff(first_s=1.0, longest_s=30.0)
    for _ in range(10):
        backoff.next()
    backoff.longest_s = 2.0
    assert max(backoff.next() for _ in range(100)) <= 2.0


async def test_who_needs_the_link_waits_for_it_and_is_told_when_it_is_gone() -> None:
    link = Link()
    connection = FakeConnection(FakeServer())
    said: list[str] = []

    async def use() -> None:
        try:
            async with link.connected() as api:
                assert api is connection
                said.append("up")
                await anyio.sleep_forever()
        except Unavailable as error:
            said.append(error.message)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(use)
        await anyio.wait_all_tasks_blocked()
        assert said == []
        link.up(connection)
        await anyio.wait_all_tasks_blocked()
        assert said == ["up"]
        await link.down()
        assert said == ["up", "the connection to the server was lost"]


async def test_what_may_be_interrupted_is_and_only_then() -> None:
    stop = Stop()
    with stop.interrupts():
        await anyio.lowlevel.checkpoint()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_expect_interruption, stop)
        await anyio.wait_all_tasks_blocked()
        stop.call(StopReason.TIMED_OUT)
    with pytest.raises(Cancelled), stop.interrupts():
        pytest.fail("it began")
    await stop.wait()


async def _expect_interruption(stop: Stop) -> None:
    with pytest.raises(Cancelled), stop.interrupts():
        await anyio.sleep_forever()


def test_the_first_reason_to_stop_stays_unless_the_attempt_is_fenced() -> None:
    stop = Stop()
    reasons = []
    for reason in (StopReason.TIMED_OUT, StopReason.CANCELLED, StopReason.FENCED, StopReason.CANCELLED):
        stop.call(reason)
        reasons.append(stop.reason)

    assert reasons == [StopReason.TIMED_OUT, StopReason.TIMED_OUT, StopReason.FENCED, StopReason.FENCED]
