"""How often an agent measures, and how what it has measured comes to the server."""

from dataclasses import replace

import pytest

from composia.agent.filesystems import Filesystems
from composia.agent.host import Host
from composia.agent.usage import LONGEST_S, SHORTEST_S, Usage, only, with_restarts
from composia.clock import SystemClock
from composia.core.session import Pace
from composia.core.usage import ContainerUsages, DockerUsage
from composia.errors import Unavailable
from tests.agent.line import Line
from tests.agent.making import make_container

pytestmark = pytest.mark.anyio

USED = ContainerUsages(names=("web-1", "zoo-1"), cpu_percent=(1.0, 2.0), memory_bytes=(10, 20), pids=())


async def test_what_was_read_is_in_one_heartbeat_and_the_host_in_each(line: Line) -> None:
    line.puppet.used, line.puppet.on_disk = USED, DockerUsage(images_bytes=5)
    async with line.agent():
        await line.server.until(lambda: any(beat.status.host.docker for beat in line.server.heartbeats))
        last = line.server.heartbeats[-1].number
        await line.server.until(lambda: line.server.heartbeats[-1].number > last + 2)

    assert [beat.usage for beat in line.server.heartbeats if beat.usage] == [USED]
    hosts = [beat.status.host for beat in line.server.heartbeats]
    assert all(host.memory_bytes and host.filesystems for host in hosts)
    assert hosts[-1].docker == DockerUsage(images_bytes=5)
    assert all(beat.status.now_ms for beat in line.server.heartbeats)


async def test_a_server_that_wants_to_know_more_often_is_told_more_often_until_it_is_gone(line: Line) -> None:
    line.puppet.used = USED
    async with line.agent():
        await line.server.until(lambda: line.server.heartbeats)
        line.server.send(Pace(usage_s=1.0))
        await line.server.until(lambda: sum(beat.usage is not None for beat in line.server.heartbeats) >= 3)
        line.server.cut()
        await line.server.until(lambda: len(line.server.hellos) == 2)
        read = line.puppet.read
        beats = line.server.heartbeats[-1].number
        await line.server.until(lambda: line.server.heartbeats[-1].number > beats + 20)
        assert line.puppet.read <= read + 1


async def test_with_a_prefix_only_its_own_containers_are_told_of(line: Line) -> None:
    line.settings = replace(line.settings, project_prefix="web")
    line.puppet.used = USED
    line.puppet.containers = (make_container("web"), make_container("zoo"))
    async with line.agent():
        await line.server.until(lambda: any(beat.usage for beat in line.server.heartbeats))

    [told] = [beat.usage for beat in line.server.heartbeats if beat.usage]
    assert told == ContainerUsages(names=("web-1",), cpu_percent=(1.0,), memory_bytes=(10,), restarts=(0,))


def make_usage(line: Line) -> Usage:
    return Usage(line.puppet, Host(Filesystems(line.settings.data), SystemClock()), lambda: None, dict)


async def test_an_engine_that_does_not_answer_leaves_no_reading_and_the_next_one_counts(line: Line) -> None:
    usage = make_usage(line)
    line.puppet.used, line.puppet.silence = USED, Unavailable("no engine")
    await usage.read()
    assert usage.take() is None
    line.puppet.silence = None
    await usage.read()
    assert usage.take() == USED
    assert usage.take() is None


async def test_an_engine_that_answers_something_odd_does_not_end_the_agent_and_it_is_said_once(
    line: Line, caplog: pytest.LogCaptureFixture
) -> None:
    line.puppet.refusal = KeyError("odd")
    async with line.agent():
        await line.server.until(lambda: line.server.heartbeats)
        line.server.send(Pace(usage_s=1.0))
        read = line.puppet.read
        await line.server.until(lambda: line.puppet.read > read + 1)
        line.puppet.used, line.puppet.refusal = USED, None
        await line.server.until(lambda: any(beat.usage for beat in line.server.heartbeats))

    assert [getattr(record, "what", "") for record in caplog.records if "what is used" in record.message] == [
        "containers",
        "disk",
    ]


@pytest.mark.parametrize(("asked", "kept"), [(0.0, SHORTEST_S), (5.0, 5.0), (1e9, LONGEST_S)])
async def test_a_pace_is_kept_within_bounds(line: Line, asked: float, kept: float) -> None:
    usage = make_usage(line)
    usage.pace(asked)

    assert usage.every_s == kept


async def test_how_often_a_container_was_started_again_is_told_with_what_it_uses(line: Line) -> None:
    again = {"web": 3, "zoo": 0}
    line.puppet.used = USED
    line.puppet.containers = tuple(replace(make_container(name), restarts=count) for name, count in again.items())
    async with line.agent():
        await line.server.until(lambda: line.server.heartbeats)
        line.server.send(Pace(usage_s=1.0))
        await line.server.until(lambda: any(beat.usage and beat.usage.restarts for beat in line.server.heartbeats))

    told = [beat.usage for beat in line.server.heartbeats if beat.usage]
    assert told[-1] == replace(USED, restarts=(3, 0))


def test_while_a_container_was_not_seen_yet_nothing_is_said_of_restarts() -> None:
    assert with_restarts(USED, {"web-1": 3}) == USED
    assert with_restarts(USED, {"web-1": 3, "zoo-1": 0, "gone-1": 7}) == replace(USED, restarts=(3, 0))


def test_a_column_that_is_not_known_stays_so() -> None:
    assert only(USED, frozenset({"zoo-1", "other"})) == ContainerUsages(
        names=("zoo-1",), cpu_percent=(2.0,), memory_bytes=(20,)
    )
    assert only(USED, frozenset()) == ContainerUsages()
