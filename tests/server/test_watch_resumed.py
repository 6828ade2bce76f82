"""Where a watch begins: with a picture, in parts when that is large, or where a cursor was."""

from dataclasses import replace

import pytest

from composia.core.node import NodeStatus
from composia.core.session import Changes, Heartbeat
from composia.plugins.watching import WatchEvent, WatchRequest, WatchTopic
from composia.server import board, watch, work_feed
from composia.server.told import Told
from tests.server.watching import SERVICES, STOPPED, deployed, told, watching
from tests.server.world import World

pytestmark = pytest.mark.anyio


async def test_who_comes_back_with_a_cursor_is_told_what_has_changed_meanwhile_and_no_more(world: World) -> None:
    async with world.agent("a") as agent:
        await deployed(world, agent)
        await world.commit("api", "a")
        async with watching(world, SERVICES) as events:
            cursor = (await told(events)).cursor
        await agent.send(Changes(before="i1", inventory="i2", containers=(STOPPED,)))
        await agent.send(Changes(before="i2", inventory="i3", containers=(replace(STOPPED, exit_code=3),)))
        await agent.send(Heartbeat(number=2, status=NodeStatus(), inventory="i3"))
        await agent.hear()  # which answers once all before it is taken in
        async with watching(world, replace(SERVICES, cursor=cursor)) as events:
            event = await told(events)

    assert (event.snapshot, event.services) == (False, ())
    assert [instance.containers[0].exit_code for instance in event.instances] == [3]


async def test_a_server_that_was_started_anew_gives_a_fresh_snapshot_of_services_and_goes_on_with_work(
    world: World,
) -> None:
    async with world.agent("a") as agent:
        await deployed(world, agent)
        async with watching(world, WatchRequest()) as events:
            cursor = (await told(events)).cursor
    for number in range(5):  # so that the numbers of the new board have passed those of the old one
        await world.commit(f"s{number}", "a")
    plane = world.plane
    anew = replace(
        plane,
        board=board.Board(
            plane.queue, plane.sightings, plane.sessions, plane.selector, lambda: plane.repository.head, lambda *_: None
        ),
    )
    again = world.people.__class__(anew, world.people.principal)
    whole = await told(again.watch(WatchRequest(cursor=cursor)))
    await world.people.deploy(replace(world.request("web")))
    work = await told(again.watch(WatchRequest(cursor=cursor, topics=(WatchTopic.WORK,))))

    assert (whole.snapshot, "web" in [service.name for service in whole.services]) == (True, True)
    assert (work.snapshot, [deployment.service for deployment in work.deployments]) == (False, ["web"])


async def test_who_is_too_far_behind_gets_a_fresh_snapshot(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work_feed, "TOO_FAR", 3)
    async with world.agent("a") as agent:
        await deployed(world, agent)
        async with watching(world, WatchRequest(topics=(WatchTopic.WORK,))) as events:
            first = await told(events)
            for _ in range(2):
                await world.people.deploy(world.request("web"))
                await agent.finish(await agent.hear_run())
            second = await told(events)

    assert (first.snapshot, second.snapshot, second.tasks) == (True, True, ())


async def test_who_missed_that_something_is_gone_gets_a_fresh_snapshot(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board, "GONE", 1)
    await world.commit("web", "a")
    async with watching(world, SERVICES) as events:
        cursor = (await told(events)).cursor
    for service in ("web", "api"):
        await world.commit(service, "a")
        async with watching(world, SERVICES) as events:
            await told(events)
        for file in (world.repo / service).iterdir():
            file.unlink()
        await world.plane.repository.sync()
        await world.plane.board.refresh()
    async with watching(world, replace(SERVICES, cursor=cursor)) as events:
        event = await told(events)

    assert (event.snapshot, event.services, event.gone_services) == (True, (), ())


async def test_a_large_fleet_comes_in_parts_each_of_which_can_be_gone_on_from(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board, "AT_ONCE", 2)
    for number in range(5):
        await world.commit(f"s{number}", "a")
    async with watching(world, SERVICES) as events:
        parts = [await told(events) for _ in range(2)]
    async with watching(world, replace(SERVICES, cursor=parts[-1].cursor)) as events:
        rest = await told(events)

    names = [service.name for event in (*parts, rest) for service in event.services]
    assert [len(event.services) for event in (*parts, rest)] == [2, 2, 1]
    assert sorted(names) == [f"s{number}" for number in range(5)]
    assert [event.snapshot for event in (*parts, rest)] == [True, False, False]
    assert [event.more for event in (*parts, rest)] == [True, True, False]


async def test_whoever_was_told_that_more_follows_is_told_its_end_though_nothing_followed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was left to be told may be gone again by its turn; a part that is held back until the end waits for no keepalive."""
    monkeypatch.setattr(board, "AT_ONCE", 1)
    monkeypatch.setattr(watch, "KEEPALIVE_S", 1000.0)
    await world.commit("web", "a")
    async with world.agent("a") as agent:
        await deployed(world, agent)
        whole = world.plane.board.since(0)
        first, last = replace(whole, more=True), Told(number=whole.number)
        answers = iter((first, last))
        monkeypatch.setattr(world.plane.board, "since", lambda *_, **__: next(answers, last))
        async with watching(world, SERVICES) as events:
            begun, end = await told(events), await told(events)

    assert (begun.snapshot, begun.more) == (True, True)
    assert replace(end, cursor="") == WatchEvent(cursor="")
