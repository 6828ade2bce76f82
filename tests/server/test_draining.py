"""Draining a node moves away what may move and says what stays; a paused node begins nothing."""

import pytest

from composia.core.deployment import DeploymentState
from composia.core.task import TaskKind
from composia.plugins.api import Drained, DrainRequest, OperateRequest
from composia.plugins.queue import TaskFilter
from tests.server.world import PlayedAgent, World, container

pytestmark = pytest.mark.anyio

PLACED = "placement: {count: 1}\n"


async def drained(world: World, request_id: str = "drain", *, move: bool = True) -> Drained:
    return await world.people.drain_node(DrainRequest(request_id=request_id, node="a", move=move))


async def deployed(world: World, agent: PlayedAgent, service: str = "web") -> None:
    await world.people.deploy(world.request(service))
    await agent.finish(await agent.hear_run())
    await agent.see(container())


def reasons(answer: Drained) -> dict[str, str]:
    return {skipped.service: skipped.reason for skipped in answer.started.skipped}


async def test_a_placed_service_moves_to_the_node_that_fits(world: World) -> None:
    async with world.agent("a") as first:
        await world.commit("web", meta=PLACED)
        await deployed(world, first)
        async with world.agent("b"):
            answer = await drained(world)

    (view,) = answer.started.deployments
    assert [(task.kind, task.node) for task in view.tasks] == [(TaskKind.DEPLOY, "b"), (TaskKind.DOWN, "a")]
    assert answer.node.drain is not None
    assert answer.started.skipped == ()


async def test_the_other_instances_of_a_service_stay_where_they_are(world: World) -> None:
    async with world.agent("a") as first, world.agent("b") as second:
        await world.commit("web", meta="placement: {count: 2}\n")
        (view,) = (await world.people.deploy(world.request("web"))).deployments
        for agent in (first, second):
            await agent.finish(await agent.hear_run())
            await agent.see(container())
        await world.commit("more", "b")  # from now on b is the last that a new choice would fall on
        await deployed(world, second, "more")
        await second.see(container(), container("more"))
        async with world.agent("c"), world.agent("d"):
            answer = await drained(world)

    assert {task.node for task in view.tasks} == {"a", "b"}
    (moved,) = answer.started.deployments
    assert {(task.kind, task.node) for task in moved.tasks} == {
        (TaskKind.DEPLOY, "b"),
        (TaskKind.DEPLOY, "c"),
        (TaskKind.DOWN, "a"),
    }


async def test_what_cannot_move_is_told_with_the_reason_and_left_alone(world: World) -> None:
    async with world.agent("a") as first:
        await world.commit("web", "a")
        await deployed(world, first)
        listed = await drained(world)
        await world.people.resume_node("a")
        await world.commit("web", meta=PLACED)
        alone = await drained(world, "again")
        async with world.agent("b"):
            await world.people.operate(OperateRequest(request_id="stop", kind=TaskKind.STOP, service="web"))
            stopped = await drained(world, "once more")

    assert reasons(listed) == {"web": "its `nodes` say that it runs there"}
    assert reasons(alone) == {"web": "there is no other node"}
    assert reasons(stopped) == {"web": "stopped by hand; `composia deploy NAME --move` starts it elsewhere"}
    assert [answer.started.deployments for answer in (listed, alone, stopped)] == [(), (), ()]


async def test_what_waits_to_be_deployed_there_is_told_with_the_task_and_how_to_end_it(world: World) -> None:
    async with world.agent("a", capacity=1) as first:
        await world.commit("db", "a")
        await world.commit("web", meta=PLACED)
        await world.commit("listed", "a")
        await world.people.deploy(world.request("db"))
        running = await first.hear_run()
        waiting, listed = [
            view.tasks[0] for view in (await world.people.deploy(world.request("web", "listed"))).deployments
        ]
        async with world.agent("b"):
            told, kept = await drained(world), await drained(world, "kept", move=False)
            await world.people.cancel_task(waiting.id)
            (elsewhere,) = (await world.people.deploy(world.request("web"))).deployments
            await first.finish(running)
            await first.finish(await first.hear_run())
            await first.see(container("db"), service="db")
            again = await drained(world, "again")

    assert (waiting.node, elsewhere.tasks[0].node) == ("a", "b")
    assert reasons(told) == reasons(kept)
    assert reasons(told) == {
        "db": f"task {running.attempt.task} is deploying it there; drain the node again when that has ended",
        "web": f"task {waiting.id} waits to deploy it there; `composia task cancel {waiting.id}` ends that, "
        "and then `composia deploy web` has it placed elsewhere",
        "listed": f"task {listed.id} waits to deploy it there; `composia task cancel {listed.id}` ends that",
    }
    assert told.started.deployments == ()
    assert reasons(again) == {"db": "its `nodes` say that it runs there"}


async def test_a_deploy_elsewhere_or_of_what_is_there_already_is_none_that_brings_something(world: World) -> None:
    async with world.agent("a") as first, world.agent("b"):
        await world.commit("web", "a")
        await world.commit("db", "b")
        await deployed(world, first)
        await world.people.deploy(world.request("web", "db"))
        answer = await drained(world)

    assert reasons(answer) == {"web": "its `nodes` say that it runs there"}


async def test_the_same_request_again_moves_nothing_twice_and_one_that_keeps_moves_nothing(world: World) -> None:
    async with world.agent("a") as first:
        await world.commit("web", meta=PLACED)
        await deployed(world, first)
        async with world.agent("b"):
            kept = await drained(world, "kept", move=False)
            one, again = await drained(world), await drained(world)

    assert kept.started.deployments == ()
    assert [view.deployment.id for view in one.started.deployments] == [
        view.deployment.id for view in again.started.deployments
    ]


async def test_on_a_paused_node_a_task_waits_and_says_why_until_the_node_is_resumed(world: World) -> None:
    async with world.agent("a") as first:
        await world.commit("web", "a")
        paused = await world.people.pause_node("a")
        (view,) = (await world.people.deploy(world.request("web"))).deployments
        waiting = await world.people.get_task(view.tasks[0].id)
        resumed = await world.people.resume_node("a")
        await first.finish(await first.hear_run())
        done = await world.people.get_deployment(view.deployment.id)

    assert paused.pause is not None
    assert resumed.pause is None
    assert waiting.waiting == "a is paused by ada"
    assert done.deployment.state is DeploymentState.SUCCEEDED
    assert len((await world.plane.queue.tasks(TaskFilter(), 10)).items) == 1
