"""Watch: a snapshot, then every change, resumed by cursor."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import anyio
import pytest

from composia.core.deployment import Deployment, DeploymentState
from composia.core.task import Task, TaskState
from composia.errors import Invalid
from composia.plugins.queue import Page, Retention
from composia.plugins.watching import WatchEvent, WatchRequest, WatchTopic
from composia.server import watch
from composia.server.reasons import Reasons
from tests.server.world import World

pytestmark = pytest.mark.anyio

WORK = WatchRequest(topics=(WatchTopic.WORK,))


async def take(world: World, request: WatchRequest, count: int) -> list[WatchEvent]:
    events = world.people.watch(request)
    with anyio.fail_after(60):
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
        events = world.people.watch(WORK)
        first = await anext(events)
        await agent.finish(run)
        states = []
        with anyio.fail_after(60):
            async for event in events:
                states += [task.state for task in event.tasks]
                if TaskState.SUCCEEDED in states:
                    break

    assert first.snapshot
    assert [d.id for d in first.deployments] == [view.deployment.id]
    assert [t.state for t in first.tasks] == [TaskState.ASSIGNED]
    assert states[-1] is TaskState.SUCCEEDED


async def test_who_follows_deployments_by_name_is_told_of_each_change_without_a_pause(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "PACE_S", 3600.0)
    async with world.agent("a") as agent:
        await world.commit("web", "a")
        (view,) = (await world.people.deploy(world.request("web"))).deployments
        run = await agent.hear_run()
        events = world.people.watch(replace(WORK, deployments=(view.deployment.id,)))
        await anext(events)
        await agent.finish(run)
        with anyio.fail_after(60):
            async for event in events:
                if any(deployment.state.final for deployment in event.deployments):
                    break


async def test_the_end_of_a_deployment_is_told_to_who_was_away_when_it_came_and_to_who_was_not(world: World) -> None:
    async with world.agent("a") as agent:
        await world.commit("web", "a")
        await world.people.deploy(world.request("web"))
        run = await agent.hear_run()
        events = world.people.watch(WORK)
        first = await anext(events)
        await agent.finish(run)
        known: dict[str, DeploymentState] = {}
        with anyio.fail_after(60):
            while not any(state.final for state in known.values()):
                known |= {d.id: d.state for d in (await anext(events)).deployments}
        (back,) = await take(world, replace(WORK, cursor=first.cursor), 1)
        (new,) = await take(world, WORK, 1)

    assert known == {"d1": DeploymentState.SUCCEEDED}
    assert [(d.id, d.state, d.ended_ms > 0) for d in back.deployments] == [("d1", DeploymentState.SUCCEEDED, True)]
    assert [task.state for task in back.tasks] == [TaskState.SUCCEEDED]
    assert (new.snapshot, new.deployments, new.tasks) == (True, (), ())


async def test_what_is_open_is_read_once_for_all_who_come_at_the_same_time_and_anew_after_a_change(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = []
    queue = world.plane.queue
    deployments = queue.deployments

    async def counted(*words: Any) -> Page[Deployment]:
        reads.append(words)
        return await deployments(*words)

    async with world.agent("a"):
        await world.commit("web", "a")
        await world.people.deploy(world.request("web"))
        await take(world, WORK, 1)
        monkeypatch.setattr(queue, "deployments", counted)
        found = await asyncio.gather(*(take(world, WORK, 1) for _ in range(20)))
        before = len(reads)
        await world.people.deploy(world.request("web"))
        (after,) = await take(world, WORK, 1)

    assert before <= 1
    assert {tuple(d.id for d in event.deployments) for (event,) in found} == {("d1",)}
    assert len(reads) > before
    assert [d.id for d in after.deployments] == ["d2"]


async def test_a_cursor_resumes_without_gap_or_repeat_and_without_a_snapshot(world: World) -> None:
    async with world.agent("a"):
        await world.commit("web", "a")
        await world.commit("api", "a")
        (snapshot,) = await take(world, WORK, 1)
        await world.people.deploy(world.request("web"))
        (first,) = await take(world, replace(WORK, cursor=snapshot.cursor), 1)
        await world.people.deploy(world.request("api"))
        (second,) = await take(world, replace(WORK, cursor=first.cursor), 1)
        (again,) = await take(world, replace(WORK, cursor=first.cursor), 1)

    assert not any(event.snapshot for event in (first, second))
    assert [task.service for event in (first, second) for task in event.tasks] == ["web", "api"]
    assert again.tasks == second.tasks


async def test_who_comes_back_and_has_missed_nothing_is_told_so_at_once(world: World) -> None:
    (snapshot,) = await take(world, WORK, 1)

    (event,) = await take(world, replace(WORK, cursor=snapshot.cursor), 1)

    assert event == WatchEvent(cursor=snapshot.cursor)


@pytest.mark.parametrize("cursor", ["another-database:3:e:0", "{database}:999:e:0"])
async def test_a_cursor_of_another_epoch_or_from_the_future_gets_a_fresh_snapshot(world: World, cursor: str) -> None:
    cursor = cursor.format(database=world.plane.queue.database)

    (event,) = await take(world, replace(WORK, cursor=cursor), 1)

    assert event.snapshot


async def test_a_cursor_from_before_what_is_kept_gets_a_fresh_snapshot_and_one_after_it_does_not(world: World) -> None:
    async with world.agent("a") as agent:
        (start,) = await take(world, WORK, 1)
        await world.commit("web", "a")
        for _ in range(2):  # the last one is kept
            await world.people.deploy(world.request("web"))
            await agent.finish(await agent.hear_run())
        (ended,) = await take(world, WORK, 1)
        now_ms = world.clock.now_ms()
        keep = Retention(ended_since_ms=now_ms + 1, audit_since_ms=now_ms, releases=1)
        await world.plane.queue.forget(keep, 10)
        (old,) = await take(world, replace(WORK, cursor=start.cursor), 1)
        await world.commit("api", "a")
        await world.people.deploy(world.request("api"))
        (new,) = await take(world, replace(WORK, cursor=ended.cursor), 1)

    assert (old.snapshot, new.snapshot) == (True, False)


async def test_a_cursor_that_is_none_is_refused(world: World) -> None:
    with pytest.raises(Invalid, match="a cursor is a text that an event carried"):
        await take(world, replace(WORK, cursor="yesterday"), 1)


async def test_only_the_deployments_asked_for_are_told(world: World) -> None:
    async with world.agent("a"):
        await world.commit("web", "a")
        await world.commit("api", "a")
        (web,) = (await world.people.deploy(world.request("web"))).deployments
        await world.people.deploy(world.request("api"))
        (event,) = await take(world, replace(WORK, deployments=(web.deployment.id,)), 1)

    assert {d.service for d in event.deployments} | {t.service for t in event.tasks} == {"web"}


async def waits(events: AsyncIterator[WatchEvent], reason: str) -> WatchEvent:
    """The next event in which a task waits for that reason."""
    with anyio.fail_after(20):
        async for event in events:
            if reason in [task.waiting for task in event.tasks]:
                return event
    raise AssertionError("the watch ended")


async def test_a_snapshot_says_why_tasks_wait_and_an_event_says_when_it_is_for_another_reason(world: World) -> None:
    async with world.agent("a"), world.agent("b"):
        await world.commit("web", "a", "b", meta="deploy: {max_parallel: 2}\n")
    (view,) = (await world.people.deploy(world.request("web"))).deployments
    events = world.people.watch(WORK)
    snapshot = await anext(events)
    await world.people.pause_deployment(view.deployment.id)
    paused = await waits(events, f"{view.deployment.id} is paused")

    assert sorted(task.waiting for task in snapshot.tasks) == ["a disconnected", "b disconnected"]
    assert (paused.snapshot, paused.deployments) == (False, ())
    assert {task.state for task in paused.tasks} == {TaskState.PENDING}


async def test_a_resumed_watch_says_again_why_tasks_wait(world: World) -> None:
    async with world.agent("a"):
        await world.commit("web", "a")
    await world.people.deploy(world.request("web"))
    (snapshot,) = await take(world, WORK, 1)

    event = await waits(world.people.watch(replace(WORK, cursor=snapshot.cursor)), "a disconnected")

    assert (event.snapshot, event.cursor) == (False, snapshot.cursor)


class AlwaysAnother(Reasons):
    """Another reason each time, also of tasks that wait no more, as one hears who was just told the last one."""

    def __init__(self) -> None:
        self.asked = 0

    async def by_task(self) -> dict[str, str]:
        self.asked += 1
        return {f"t{number}": f"reason {self.asked}" for number in range(1, 4)}


async def test_a_reason_is_never_told_of_a_task_that_has_been_told_to_be_further(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "REASONS_S", 0.01)
    async with world.agent("a", capacity=1) as agent:
        for service in ("web", "api", "db"):
            await world.commit(service, "a")
            await world.people.deploy(world.request(service))
        run = await agent.hear_run()
        events = watch.watch(WORK, replace(world.plane, reasons=AlwaysAnother()))
        seen: list[Task] = []
        with anyio.fail_after(20):
            async for event in events:
                if event.snapshot:
                    await agent.finish(run)
                if ("t2", TaskState.ASSIGNED) in [(task.id, task.state) for task in event.tasks]:
                    break
            seen.clear()
            async for event in events:
                seen += event.tasks
                if len({task.waiting for task in seen if task.id == "t3"}) == 3:
                    break

    assert {task.id for task in seen} == {"t3"}
