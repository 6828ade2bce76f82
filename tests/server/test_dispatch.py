"""The dispatcher: what wakes it, what it does when something fails, and what it makes of clocks."""

from collections.abc import Sequence

import pytest

from composia.core.session import Accepted, Attempt, Report
from composia.core.task import Task, TaskState
from composia.plugins.scheduler import Load, Schedule
from tests.server.world import PlayedAgent, World

pytestmark = pytest.mark.anyio


async def running(world: World, agent: PlayedAgent) -> Task:
    """A deploy that its agent has accepted."""
    await world.commit("web", agent.node)
    await world.people.deploy(world.request("web"))
    run = await agent.hear_run()
    await agent.send(Report(attempt=run.attempt, number=1, body=Accepted()))
    await agent.hear()
    return await world.people.get_task(run.attempt.task)


async def test_a_node_gets_as_many_orders_as_its_agent_works_on_at_once(world: World) -> None:
    async with world.agent("a", capacity=2) as agent:
        for number in range(4):
            await world.commit(f"web-{number}", "a")
        await world.people.deploy(world.request(every=True))
        for _ in range(2):
            await agent.hear_run()
        await agent.see()
        waiting = [await world.people.get_task(task.id) for task in await world.plane.queue.waiting()]
        (node,) = await world.plane.queue.nodes()

    assert [task.waiting for task in waiting] == ["a works on 2 of 2 tasks"] * 2
    assert node.capacity == 2


async def test_a_lease_ends_with_silence_and_begins_again_with_the_server(world: World) -> None:
    async with world.agent("a") as agent:
        task = await running(world, agent)
        world.clock.advance(59)
        await world.plane.dispatcher.begin()
        world.clock.advance(59)
        await world.plane.dispatcher.tick()
        assert (await world.people.get_task(task.id)).state is TaskState.RUNNING
        world.clock.advance(2)
        await world.plane.dispatcher.tick()
        after = await world.people.get_task(task.id)
    assert (after.state, after.attempt) == (TaskState.PENDING, 1)
    assert after.waiting.startswith(("try 2 in 5 s", "a "))


@pytest.mark.parametrize("seconds", [3_600, -3_600, 86_400 * 365])
async def test_a_clock_that_is_set_ends_no_lease_and_makes_none_last(world: World, seconds: int) -> None:
    async with world.agent("a") as agent:
        task = await running(world, agent)
        world.clock.set_wall(seconds)
        await world.plane.dispatcher.tick()
        moved = await world.people.get_task(task.id)
        assert (moved.state, moved.lease_until_ms - world.clock.now_ms()) == (TaskState.RUNNING, 60_000)
        world.clock.advance(61)
        await world.plane.dispatcher.tick()
        assert (await world.people.get_task(task.id)).state is TaskState.PENDING


@pytest.mark.parametrize("seconds", [3_600, -3_600])
async def test_a_lease_that_is_renewed_just_after_the_clock_was_set_is_as_long_as_any(
    world: World, seconds: int
) -> None:
    async with world.agent("a") as agent:
        task = await running(world, agent)
        agent.attempts = (Attempt(task=task.id, number=1),)
        world.clock.set_wall(seconds)
        await agent.see()
        await world.plane.dispatcher.tick()
        after = await world.people.get_task(task.id)

    assert (after.state, after.lease_until_ms - world.clock.now_ms()) == (TaskState.RUNNING, 60_000)


class Broken:
    """A scheduler with a bug."""

    def choose(self, offered: Sequence[Task], load: Load, now_ms: int) -> Schedule:
        """Fails."""
        raise ZeroDivisionError("by zero")


async def test_a_scheduler_that_fails_holds_its_tasks_and_says_so_and_the_server_lives(world: World) -> None:
    fair = world.plane.dispatcher._scheduler
    async with world.agent("a") as agent:
        await world.commit("web", "a")
        world.plane.dispatcher._scheduler = Broken()
        started = await world.people.deploy(world.request("web"))
        await agent.see()
        task = started.deployments[0].tasks[0].id
        assert (await world.people.get_task(task)).waiting == "the scheduler failed: by zero"
        world.plane.dispatcher._scheduler = fair
        world.plane.dispatcher.wake("a")
        assert (await agent.hear_run()).attempt.task == task
