"""What people are told of what nodes and containers use, from the heartbeats that a server has heard."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from composia.builtin_plugins.metrics_history.history import History
from composia.builtin_plugins.metrics_history.store import DAY_S, Keep
from composia.core.measure import CONTAINER
from composia.core.node import NodeStatus
from composia.core.session import Goodbye, Heartbeat, Pace
from composia.core.usage import ContainerUsages, HostUsage, NodeUsage, Series, UsageQuery
from composia.errors import Invalid, NotFound, NotPossible
from composia.server.people import People
from tests.server.world import ADA, PlayedAgent, World, container, make_world

pytestmark = pytest.mark.anyio

HOST = HostUsage(cpu_percent=12.5, memory_bytes=1000, memory_available_bytes=400)
USED = ContainerUsages(names=("other", "web-main-1"), cpu_percent=(1.0, 2.0), memory_bytes=(10, 20))


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with make_world(tmp_path) as world, history(world, tmp_path):
        yield world


@asynccontextmanager
async def history(world: World, directory: Path) -> AsyncIterator[None]:
    """With a real history in the place of none."""
    keep = Keep(detail_s=3600, minutes_s=2 * DAY_S, quarters_s=30 * DAY_S, node_bytes=8 << 20)
    kept = History(directory / "history", keep, 500, world.clock)
    world.plane = replace(world.plane, metrics=kept)
    yield
    await kept.close()


async def beat(agent: PlayedAgent, used: ContainerUsages | None = USED, host: HostUsage = HOST) -> None:
    """A heartbeat between two full ones."""
    agent.heartbeats += 1
    status = NodeStatus(host=host)
    await agent.send(Heartbeat(number=agent.heartbeats, status=status, inventory="i1", usage=used))
    await agent.hear()


async def deployed(world: World, agent: PlayedAgent, *services: str) -> None:
    for service in services or ("web",):
        await world.commit(service, "node-a")
        await world.people.deploy(world.request(service))
        await agent.finish(await agent.hear_run())
    await agent.see(container())


async def test_the_last_readings_are_told_with_their_age(world: World) -> None:
    async with world.agent("node-a") as agent, world.agent("node-b"):
        await agent.see(container())
        await beat(agent)
        world.clock.advance(7)
        told = await world.people.get_usage(())
        assert await agent.hear() == Pace(usage_s=5.0)  # for somebody looks

    assert told == (NodeUsage(node="node-a", host=HOST, containers=USED, containers_age_s=7.0, host_age_s=7.0),)


async def test_a_node_that_nobody_knows_is_refused_with_the_one_that_may_be_meant(world: World) -> None:
    async with world.agent("node-a"):
        with pytest.raises(NotFound) as refused:
            await world.people.get_usage(["node-a", "nod-a"])
        with pytest.raises(NotFound):
            await world.people.query_usage(UsageQuery(node="nod-a"))

    assert "node-a" in refused.value.hint


async def test_the_history_of_a_service_is_that_of_its_own_containers(world: World) -> None:
    async with world.agent("node-a") as agent:
        await deployed(world, agent)
        await beat(agent)
        world.clock.advance(30)
        await beat(agent)
        found = await world.people.query_usage(UsageQuery(service="web", since_s=60))

    cpu = [series for series in found if series.metric == "cpu_percent"]
    assert [(series.node, series.service, series.container) for series in cpu] == [("node-a", "web", "web-main-1")]
    assert 2.0 in cpu[0].values


async def test_a_service_that_was_taken_down_still_has_its_history(world: World) -> None:
    async with world.agent("node-a") as agent:
        await deployed(world, agent)
        await beat(agent)
        world.clock.advance(60)
        await agent.see()  # nothing is there any more
        found = await world.people.query_usage(UsageQuery(service="web", since_s=120, metrics=("cpu_percent",)))

    assert [(series.service, series.container) for series in found] == [("web", "web-main-1")]
    assert 2.0 in found[0].values


async def test_a_container_that_is_no_more_is_of_the_service_whose_name_it_begins_with_most_of(world: World) -> None:
    before = ContainerUsages(
        names=("web-main-1", "web-old-1", "web-eu-main-1"), cpu_percent=(1, 2, 4), memory_bytes=(1, 2, 4)
    )
    async with world.agent("node-a") as agent:
        await deployed(world, agent, "web", "web-eu")
        await beat(agent, before)
        asked = UsageQuery(service="web", since_s=60, metrics=("cpu_percent",))
        each = await world.people.query_usage(asked)
        [whole] = await world.people.query_usage(replace(asked, by_service=True))

    assert [series.container for series in each] == ["web-main-1", "web-old-1"]
    assert 3.0 in whole.values


async def test_of_containers_that_are_no_more_there_are_as_many_as_an_answer_has_room_for(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("web-main-1", *(f"web-main-run-{number}" for number in range(9)))
    async with world.agent("node-a") as agent:
        await deployed(world, agent)
        await beat(agent, ContainerUsages(names=names, cpu_percent=(1,) * 10, memory_bytes=(1,) * 10))
        monkeypatch.setattr("composia.server.usage.MAX_VALUES", 8)
        asked = UsageQuery(service="web", since_s=60, points=2, metrics=("cpu_percent",))
        found = [series.container for series in await world.people.query_usage(asked)]

    assert len(found) == 4
    assert "web-main-1" in found


async def test_services_have_the_sum_of_their_containers_also_of_those_that_are_no_more(world: World) -> None:
    async with world.agent("node-a") as agent:
        await deployed(world, agent)
        before = ContainerUsages(
            names=("other", "web-main-1", "web-old-1", "web2-main-1"),
            cpu_percent=(1, 2, 4, 8),
            memory_bytes=(1, 2, 4, 8),
        )
        await beat(agent, before)
        world.clock.advance(60)
        await beat(agent)
        asked = UsageQuery(by_service=True, since_s=120, metrics=("cpu_percent",))
        found = await world.people.query_usage(asked)
        of_web = await world.people.query_usage(replace(asked, service="web", node="node-a"))

    assert [(s.node, s.service, s.container, s.metric) for s in found] == [("", "web", "", "cpu_percent")]
    assert found[0].values[-2:] == (6.0, 2.0)
    assert of_web == (replace(found[0], node="node-a"),)


async def test_many_who_ask_for_all_services_at_once_share_an_answer_for_some_seconds(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = UsageQuery(by_service=True, since_s=120, metrics=("cpu_percent",))
    questions = []
    query = world.plane.metrics.query

    async def counted(*words: Any) -> tuple[Series, ...]:
        questions.append(words)
        return await query(*words)

    async with world.agent("node-a") as agent:
        await deployed(world, agent)
        await beat(agent)
        monkeypatch.setattr(world.plane.metrics, "query", counted)
        answers = await asyncio.gather(*(world.people.query_usage(asked) for _ in range(50)))
        at_once = len(questions)
        await world.people.query_usage(replace(asked, points=7))
        world.clock.advance(5)
        await world.people.query_usage(asked)

    assert at_once == 1
    assert all(answer is answers[0] for answer in answers)
    assert len(questions) == 3


async def test_a_question_that_failed_is_asked_again(world: World) -> None:
    asked = UsageQuery(by_service=True, service="web", since_s=120)
    async with world.agent("node-a") as agent:
        with pytest.raises(NotFound):
            await world.people.query_usage(asked)
        await deployed(world, agent)
        assert await world.people.query_usage(asked) == ()


@pytest.mark.parametrize(
    ("query", "hint"),
    [
        (UsageQuery(node="node-a", metrics=("load_1",)), "load_1m"),
        (UsageQuery(node="node-a", metrics=("cpu_percent", "pids")), ""),
        (UsageQuery(by_service=True, metrics=("memory_byte",)), "memory_bytes"),
    ],
)
async def test_a_metric_that_nothing_has_is_refused_with_the_one_that_may_be_meant(
    world: World, query: UsageQuery, hint: str
) -> None:
    async with world.agent("node-a"):
        with pytest.raises(NotFound) as refused:
            await world.people.query_usage(query)

    assert hint in refused.value.hint


async def test_the_history_of_a_node_is_that_of_its_host_whether_its_lists_were_known_or_not(world: World) -> None:
    async with world.agent("node-a") as agent:
        await beat(agent)  # the server has never had the lists, and asks for them
        world.clock.advance(5)
        found = await world.people.query_usage(UsageQuery(node="node-a", since_s=60))

    assert {series.container for series in found} == {""}
    assert {series.metric: 12.5 in series.values for series in found}["cpu_percent"]


async def test_a_service_that_nobody_knows_or_that_is_elsewhere_is_refused(world: World) -> None:
    async with world.agent("node-a") as agent, world.agent("node-b"):
        await deployed(world, agent)
        with pytest.raises(NotFound) as unknown:
            await world.people.query_usage(UsageQuery(service="wbe"))
        with pytest.raises(NotPossible) as elsewhere:
            await world.people.query_usage(UsageQuery(service="web", node="node-b"))

    assert "web" in unknown.value.hint
    assert elsewhere.value.hint == "it is on node-a"


@pytest.mark.parametrize(
    "used",
    [
        replace(USED, cpu_percent=(1.0,)),
        replace(USED, memory_bytes=()),
        replace(USED, pids=(1, 2, 3)),
        replace(USED, restarts=(1,)),
        ContainerUsages(sent_bytes=(1,)),
    ],
)
async def test_readings_that_do_not_fit_together_end_the_session_of_who_sent_them(
    world: World, used: ContainerUsages
) -> None:
    async with world.agent("node-a") as agent:
        agent.heartbeats += 1
        await agent.send(Heartbeat(number=1, status=NodeStatus(host=HOST), inventory="i1", usage=used))
        goodbye = await agent.hear()

    assert isinstance(goodbye, Goodbye)
    assert "do not fit together" in goodbye.reason


async def test_of_many_containers_there_are_fewer_points_and_of_too_many_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world.agent("node-a") as agent:
        await deployed(world, agent)
        for _ in range(8):
            await beat(agent)
            world.clock.advance(15)
        monkeypatch.setattr("composia.server.usage.MAX_VALUES", len(CONTAINER))
        [one] = [s for s in await world.people.query_usage(UsageQuery(service="web", since_s=120)) if "cpu" in s.metric]
        monkeypatch.setattr("composia.server.usage.MAX_VALUES", len(CONTAINER) - 1)
        with pytest.raises(Invalid, match="too many") as refused:
            await world.people.query_usage(UsageQuery(service="web", since_s=120))

    assert len(one.values) == 1
    assert refused.value.hint == "ask for one node"


@pytest.mark.parametrize(
    "query",
    [
        UsageQuery(node="node-a", since_s=0),
        UsageQuery(node="node-a", since_s=60, until_s=60),
        UsageQuery(node="node-a", since_s=60, until_s=-5),
        UsageQuery(node="node-a", since_s=float("nan")),
        UsageQuery(node="node-a", since_s=float("inf")),
        UsageQuery(node="node-a", points=-1),
        UsageQuery(),
    ],
)
async def test_a_question_without_sense_is_refused(world: World, query: UsageQuery) -> None:
    async with world.agent("node-a"):
        with pytest.raises(Invalid):
            await world.people.query_usage(query)


async def test_without_a_history_the_last_readings_are_told_all_the_same(tmp_path: Path) -> None:
    async with make_world(tmp_path) as world, world.agent("node-a") as agent:
        await agent.see(container())
        await beat(agent)
        assert await People(world.plane, ADA).get_usage(["node-a"])
        with pytest.raises(NotPossible) as refused:
            await world.people.query_usage(UsageQuery(node="node-a"))

    assert refused.value.hint == "metrics: {provider: history}"
