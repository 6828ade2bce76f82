"""Watch: a snapshot, then every change, resumed by cursor."""

import anyio
import pytest

from composia.core.task import TaskState
from composia.errors import Invalid
from composia.plugins.api import WatchEvent, WatchRequest
from composia.plugins.queue import Retention
from tests.server.world import World

pytestmark = pytest.mark.anyio


async def take(world: World, request: WatchRequest, count: int) -> list[WatchEvent]:
    events = world.people.watch(request)
    with anyio.fail_after(5):
        taken = [await anext(events) for _ in range(count)]
    aclose = getattr(events, "aclose", None)
    assert aclose is not None
    await aclose()
    return taken


async def test_a_watch_begins_with_what_is_open_and_goes_on_with_each_change(world: World) -> None:
    async with world.agent("a") as agent:
        await world.commit("web", "a")
        (view,) = (await world.people.deploy(world.request("web"))).deployments
        run = await agent.hear_run()
        events = world.people.watch(WatchRequest())
        first = await anext(events)
        await agent.finish(run)
        states = []
        with anyio.fail_after(5):
            async for event in events:
                states += [task.state for task in event.tasks]
                if TaskState.SUCCEEDED in states:
                    break

    assert first.snapshot
    assert [d.id for d in first.deployments] == [view.deployment.id]
    assert [t.state for t in first.tasks] == [TaskState.ASSIGNED]
    assert states[-1] is TaskState.SUCCEEDED


async def test_a_cursor_resumes_without_gap_or_repeat_and_without_a_snapshot(world: World) -> None:
    async with world.agent("a"):
        await world.commit("web", "a")
        await world.commit("api", "a")
        (snapshot,) = await take(world, WatchRequest(), 1)
        await world.people.deploy(world.request("web"))
        await world.people.deploy(world.request("api"))
        every = await take(world, WatchRequest(cursor=snapshot.cursor), 4)
        rest = await take(world, WatchRequest(cursor=every[1].cursor), 2)

    assert not any(event.snapshot for event in every)
    assert rest == every[2:]


@pytest.mark.parametrize("cursor", ["another-database:3", "{database}:999"])
async def test_a_cursor_of_another_epoch_or_from_the_future_gets_a_fresh_snapshot(world: World, cursor: str) -> None:
    cursor = cursor.format(database=world.plane.queue.database)

    (event,) = await take(world, WatchRequest(cursor=cursor), 1)

    assert event.snapshot


async def test_a_cursor_from_before_what_is_kept_gets_a_fresh_snapshot_and_one_after_it_does_not(world: World) -> None:
    async with world.agent("a") as agent:
        (start,) = await take(world, WatchRequest(), 1)
        await world.commit("web", "a")
        await world.people.deploy(world.request("web"))
        await agent.finish(await agent.hear_run())
        (ended,) = await take(world, WatchRequest(), 1)
        now_ms = world.clock.now_ms()
        keep = Retention(ended_since_ms=now_ms + 1, audit_since_ms=now_ms, releases=1)
        await world.plane.queue.forget(keep, 10)
        (old,) = await take(world, WatchRequest(cursor=start.cursor), 1)
        await world.commit("api", "a")
        await world.people.deploy(world.request("api"))
        (new,) = await take(world, WatchRequest(cursor=ended.cursor), 1)

    assert (old.snapshot, new.snapshot) == (True, False)


async def test_a_cursor_that_is_none_is_refused(world: World) -> None:
    with pytest.raises(Invalid, match="a cursor is a text that an event carried"):
        await take(world, WatchRequest(cursor="yesterday"), 1)


async def test_only_the_deployments_asked_for_are_told(world: World) -> None:
    async with world.agent("a"):
        await world.commit("web", "a")
        await world.commit("api", "a")
        (web,) = (await world.people.deploy(world.request("web"))).deployments
        await world.people.deploy(world.request("api"))
        (event,) = await take(world, WatchRequest(deployments=(web.deployment.id,)), 1)

    assert {d.service for d in event.deployments} | {t.service for t in event.tasks} == {"web"}
