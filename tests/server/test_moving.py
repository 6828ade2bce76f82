"""Moving a placed service, draining a node, and what is said before it."""

from dataclasses import replace

import pytest

from composia.core.deployment import DeploymentState
from composia.core.session import Accepted, Finished, Report, Run
from composia.core.task import TaskKind, TaskState
from composia.errors import Invalid, NotFound, NotPossible
from composia.plugins.api import DeploymentView, DeployRequest, DrainRequest
from composia.plugins.queue import TaskFilter
from tests.server.world import PlayedAgent, World, container

pytestmark = pytest.mark.anyio

PLACED = "placement: {count: 1}\n"


def move(world: World, *services: str) -> DeployRequest:
    return replace(world.request(*services), move=True)


async def down(agent: PlayedAgent, run: Run) -> None:
    """Take it down, as an agent does: nothing is released."""
    assert run.order.kind is TaskKind.DOWN
    assert not run.order.remove_volumes
    await agent.send(Report(attempt=run.attempt, number=1, body=Accepted()))
    await agent.send(Report(attempt=run.attempt, number=2, body=Finished(state=TaskState.SUCCEEDED)))
    await agent.hear()
    await agent.hear()


async def placed_on_a(world: World, first: PlayedAgent) -> None:
    """`web` runs on a, which then is drained."""
    await world.commit("web", meta=PLACED)
    (view,) = (await world.people.deploy(world.request("web"))).deployments
    assert [task.node for task in view.tasks] == ["a"]
    await first.finish(await first.hear_run())
    await first.see(container())
    await world.people.drain_node(DrainRequest(request_id="drain", node="a", move=False))


async def moved(world: World) -> DeploymentView:
    (view,) = (await world.people.deploy(move(world, "web"))).deployments
    return view


async def test_a_move_deploys_on_the_new_node_then_takes_down_on_the_old_one_and_stays_there(world: World) -> None:
    async with world.agent("a") as first, world.agent("b") as second:
        await placed_on_a(world, first)

        view = await moved(world)
        waiting = (await world.people.get_task(view.tasks[1].id)).waiting
        await second.finish(await second.hear_run())
        await second.see(container())
        await down(first, await first.hear_run())
        await first.see()
        done = await world.people.get_deployment(view.deployment.id)
        shown = await world.people.get_service("web")
        (again,) = (await world.people.deploy(world.request("web"))).deployments

    assert [(task.kind, task.node, task.batch) for task in view.tasks] == [
        (TaskKind.DEPLOY, "b", 0),
        (TaskKind.DOWN, "a", 1),
    ]
    assert view.deployment.notes == (
        "moves to b; once it is healthy there, it is taken down on a",
        "a keeps its directory and its volumes, for volumes do not move",
    )
    assert waiting == "until web is healthy where it moves to"
    assert done.deployment.state is DeploymentState.SUCCEEDED
    assert done.deployment.notes == view.deployment.notes
    assert shown.placed == ("b",)
    assert [task.node for task in again.tasks] == ["b"]


async def test_when_the_new_node_fails_the_old_instance_stays_wanted_and_is_not_touched(world: World) -> None:
    async with world.agent("a") as first, world.agent("b") as second:
        await placed_on_a(world, first)

        view = await moved(world)
        await second.finish(await second.hear_run(), TaskState.FAILED, good=False)
        done = await world.people.get_deployment(view.deployment.id)
        shown = await world.people.get_service("web")

    assert done.deployment.state is DeploymentState.FAILED
    assert "a: web stays here, since the deploy on b failed" in done.deployment.reason
    assert done.tasks[1].state is TaskState.CANCELLED
    assert done.tasks[1].attempt == 0
    assert shown.placed == ("a",)


async def test_a_move_that_chooses_the_same_node_says_that_it_stays(world: World) -> None:
    async with world.agent("a") as first:
        await world.commit("web", meta=PLACED)
        await world.people.deploy(world.request("web"))
        await first.finish(await first.hear_run())
        await first.see(container())

        view = await moved(world)

    assert view.deployment.notes == ("stays on a",)
    assert [(task.kind, task.node) for task in view.tasks] == [(TaskKind.DEPLOY, "a")]


async def test_what_cannot_be_moved_is_refused_with_what_helps(world: World) -> None:
    async with world.agent("a"):
        await world.commit("web", "a")
        with pytest.raises(NotPossible, match="its `nodes` say where it runs") as listed:
            await world.people.deploy(move(world, "web"))
        with pytest.raises(Invalid, match="by name"):
            await world.people.deploy(replace(world.request(every=True), move=True))
        with pytest.raises(Invalid, match="chooses the nodes itself"):
            await world.people.deploy(replace(move(world, "web"), nodes=("a",)))

    assert "placement" in listed.value.hint
    assert (await world.plane.queue.tasks(TaskFilter(), 10)).items == ()


async def test_a_drained_node_gets_nothing_new_until_it_is_resumed(world: World) -> None:
    async with world.agent("a"):
        await world.commit("web", meta=PLACED)
        drained = await world.people.drain_node(DrainRequest(request_id="drain", node="a", move=False))
        with pytest.raises(NotPossible) as refused:
            await world.people.deploy(world.request("web"))
        resumed = await world.people.resume_node("a")
        (view,) = (await world.people.deploy(world.request("web"))).deployments
        with pytest.raises(NotFound):
            await world.people.drain_node(DrainRequest(request_id="drain z", node="z"))

    assert drained.node.drain is not None
    assert resumed.drain is None
    assert refused.value.message == (
        "service web has no node to go to:\n  a: drained by ada, so that nothing new is placed there"
    )
    assert [task.node for task in view.tasks] == ["a"]


async def busy(world: World, agent: PlayedAgent) -> Run:
    """A task that leaves the agent no room for another one."""
    await world.commit(f"db-{agent.node}", agent.node)
    await world.people.deploy(world.request(f"db-{agent.node}"))
    return await agent.hear_run()


async def test_a_deploy_that_takes_the_place_of_a_move_that_has_not_begun_moves_it_itself(world: World) -> None:
    async with world.agent("a") as first, world.agent("b", capacity=1) as second:
        await placed_on_a(world, first)
        other = await busy(world, second)
        replaced = await moved(world)
        await world.commit("web", meta=PLACED, image="busybox:2")
        (view,) = (await world.people.deploy(world.request("web"))).deployments
        await second.finish(other)
        await second.finish(await second.hear_run())
        await second.see(container())
        await down(first, await first.hear_run())
        done = await world.people.get_deployment(view.deployment.id)
        before = await world.people.get_deployment(replaced.deployment.id)

    assert view.deployment.notes == (
        f"takes the place of the move {replaced.deployment.id}: moves to b; once it is healthy there, it is taken down on a",
        "a keeps its directory and its volumes, for volumes do not move",
    )
    assert [(task.kind, task.node) for task in view.tasks] == [(TaskKind.DEPLOY, "b"), (TaskKind.DOWN, "a")]
    assert before.deployment.state is DeploymentState.SUPERSEDED
    assert done.deployment.state is DeploymentState.SUCCEEDED


async def test_a_deploy_of_a_part_of_a_move_that_has_not_begun_says_what_stays(world: World) -> None:
    async with world.agent("a") as first, world.agent("b", capacity=1) as b, world.agent("c", capacity=1) as c:
        await placed_on_a(world, first)
        await busy(world, b)
        await busy(world, c)
        await world.commit("web", meta="placement: {count: 2}\n")
        whole = await moved(world)
        (view,) = (await world.people.deploy(replace(world.request("web"), nodes=("b",)))).deployments

    assert sorted((task.kind, task.node) for task in whole.tasks) == [
        (TaskKind.DEPLOY, "b"),
        (TaskKind.DEPLOY, "c"),
        (TaskKind.DOWN, "a"),
    ]
    assert [(task.kind, task.node) for task in view.tasks] == [(TaskKind.DEPLOY, "b")]
    assert view.deployment.notes == (f"takes the place of the move {whole.deployment.id}; it stays on a too",)


async def test_a_deploy_behind_a_move_that_has_begun_takes_nothing_down(world: World) -> None:
    async with world.agent("a") as first, world.agent("b") as second:
        await placed_on_a(world, first)
        await moved(world)
        run = await second.hear_run()
        (view,) = (await world.people.deploy(world.request("web"))).deployments
        await second.finish(run)
        await down(first, await first.hear_run())

    assert [(task.kind, task.node) for task in view.tasks] == [(TaskKind.DEPLOY, "b")]
    assert view.deployment.notes == ()
