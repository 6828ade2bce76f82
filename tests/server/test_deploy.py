"""A deploy request becomes stored work, or one clear error and nothing."""

from dataclasses import replace
from pathlib import Path

import anyio
import pytest

from composia.builtin_plugins.directory.source import DirectorySource
from composia.core.deployment import DeploymentState
from composia.core.service import Catalog
from composia.core.status import Refusal
from composia.core.task import TaskKind, TaskState
from composia.errors import ComposiaError, Invalid, NotFound, NotPossible
from composia.plugins.api import DeployRequest, OperateRequest, Skipped
from composia.plugins.queue import TaskFilter
from composia.server.repository import Repository
from tests.server.world import World, container

pytestmark = pytest.mark.anyio


async def test_the_order_carries_all_that_the_agent_needs(world: World) -> None:
    async with world.agent("a") as agent:
        await world.commit("web", "a", meta="project_name: shop\ndeploy: {health: {deadline: 9s}}\n")

        started = await world.people.deploy(world.request("web"))
        run = await agent.hear_run()

    (view,) = started.deployments
    definition = world.plane.repository.head.find("web")
    assert definition is not None
    assert run.attempt.task == view.tasks[0].id
    assert run.order == view.tasks[0].order
    assert (run.order.project, run.order.bundle, run.order.compose_files, run.order.health.deadline_s) == (
        "shop",
        definition.bundle,
        ("compose.yaml",),
        9.0,
    )


async def test_the_same_request_again_gets_the_first_answer(world: World) -> None:
    async with world.agent("a"):
        await world.commit("web", "a")
        request = world.request("web")

        first = await world.people.deploy(request)
        again = await world.people.deploy(request)

    assert [v.deployment.id for v in again.deployments] == [v.deployment.id for v in first.deployments]
    assert len((await world.plane.queue.tasks(TaskFilter(), 10)).items) == 1


@pytest.mark.parametrize(
    ("request_", "error", "message"),
    [
        (DeployRequest(request_id="r", services=("wbe",)), NotFound, "no service named wbe"),
        (DeployRequest(request_id="r", services=("broken",)), Invalid, "service broken cannot be deployed"),
        (DeployRequest(request_id="r", services=("off",)), NotPossible, "service off is disabled"),
        (
            DeployRequest(request_id="r", services=("far",)),
            NotPossible,
            "service far has no node to go to:\n  z: no agent",
        ),
        (DeployRequest(request_id="r", services=("web",), nodes=("z",)), NotFound, "no node named z"),
        (DeployRequest(request_id="r", services=("web",), nodes=("b",)), NotPossible, "service web cannot go to b"),
        (DeployRequest(request_id="r", services=("web",), revision="nope"), NotFound, "revision nope was never seen"),
        (DeployRequest(request_id="r"), Invalid, "say which services to deploy"),
        (DeployRequest(request_id="r", all=True, changed=True), Invalid, "say which services to deploy"),
        (DeployRequest(request_id="", services=("web",)), Invalid, "a request that changes something needs"),
    ],
)
async def test_what_cannot_be_deployed_is_one_clear_error_and_nothing_is_stored(
    world: World, request_: DeployRequest, error: type[ComposiaError], message: str
) -> None:
    async with world.agent("a"), world.agent("b"):
        await world.commit("web", "a")
        await world.commit("broken", meta="nodes: 3\n")
        await world.commit("off", "a", meta="enabled: false\n")
        await world.commit("far", "z")

        with pytest.raises(error) as caught:
            await world.people.deploy(request_)

    assert caught.value.message.startswith(message)
    assert (await world.plane.queue.tasks(TaskFilter(), 10)).items == ()


async def test_a_broken_service_among_several_names_stores_none_of_them(world: World) -> None:
    async with world.agent("a"):
        await world.commit("web", "a")
        await world.commit("broken", meta="nodes: 3\n")

        with pytest.raises(Invalid):
            await world.people.deploy(world.request("web", "broken"))

    assert (await world.plane.queue.tasks(TaskFilter(), 10)).items == ()


async def test_a_node_of_the_service_that_never_joined_is_left_out_with_its_reason(world: World) -> None:
    async with world.agent("a"):
        await world.commit("web", "a", "z")

        (view,) = (await world.people.deploy(world.request("web"))).deployments

    assert [task.node for task in view.tasks] == ["a"]
    assert view.refusals == (Refusal(node="z", reason="no agent of this name has joined"),)


async def test_changed_is_what_differs_from_the_last_good_release(world: World) -> None:
    async with world.agent("a") as agent:
        await world.commit("web", "a")
        await world.commit("api", "a")
        for name in ("web", "api"):
            await world.people.deploy(world.request(name))
            await agent.finish(await agent.hear_run())
        assert (await world.people.deploy(world.request(changed=True))).deployments == ()

        await world.commit("web", "a", image="busybox:2")
        changed = await world.people.deploy(world.request(changed=True))

    assert [view.deployment.service for view in changed.deployments] == ["web"]


async def test_a_failed_release_leaves_the_service_changed(world: World) -> None:
    async with world.agent("a") as agent:
        await world.commit("web", "a")
        await world.people.deploy(world.request("web"))
        await agent.finish(await agent.hear_run(), TaskState.FAILED, good=False)

        changed = await world.people.deploy(world.request(changed=True))

    assert [view.deployment.service for view in changed.deployments] == ["web"]


@pytest.mark.parametrize("ended", [True, False])
async def test_a_definition_that_goes_back_is_deployed_over_what_failed_or_is_still_on_its_way(
    world: World, *, ended: bool
) -> None:
    async with world.agent("a") as agent:
        await world.commit("web", "a")
        await world.people.deploy(world.request("web"))
        await agent.finish(good := await agent.hear_run())
        await world.commit("web", "a", image="busybox:broken")
        await world.people.deploy(world.request("web"))
        run = await agent.hear_run()
        if ended:
            await agent.finish(run, TaskState.FAILED, good=False)

        await world.commit("web", "a")
        (shown,) = (await world.people.get_status(())).services
        (view,) = (await world.people.deploy(world.request(changed=True))).deployments

    assert shown.instances[0].changed
    assert view.tasks[0].order.bundle == good.order.bundle


async def test_what_a_person_stopped_is_left_alone_until_it_is_deployed_by_name(world: World) -> None:
    async with world.agent("a") as agent:
        await world.commit("web", "a")
        await world.people.deploy(world.request("web"))
        await agent.finish(await agent.hear_run())
        await world.people.operate(OperateRequest(request_id="stop", kind=TaskKind.STOP, service="web"))
        assert (await agent.hear_run()).order.kind is TaskKind.STOP
        await world.commit("web", "a", image="busybox:2")

        skipped = [
            (await world.people.deploy(world.request(changed=True))).skipped,
            (await world.people.deploy(world.request(every=True))).skipped,
        ]
        by_name = await world.people.deploy(world.request("web"))

    assert skipped == [(Skipped(service="web", reason="stopped on a"),)] * 2
    assert [view.deployment.service for view in by_name.deployments] == ["web"]
    assert [intent for intent in await world.plane.queue.intents() if intent.stopped] == []


async def test_operating_on_what_was_never_deployed_says_so(world: World) -> None:
    async with world.agent("a"):
        await world.commit("web", "a")

        with pytest.raises(NotPossible, match="service web was never deployed"):
            await world.people.operate(OperateRequest(request_id="r", kind=TaskKind.STOP, service="web"))
        with pytest.raises(NotFound, match="no service named wbe"):
            await world.people.operate(OperateRequest(request_id="r", kind=TaskKind.STOP, service="wbe"))


async def test_a_deploy_over_two_nodes_starts_the_second_when_the_first_is_good(world: World) -> None:
    async with world.agent("a") as first, world.agent("b") as second:
        await world.commit("web", "a", "b")
        (view,) = (await world.people.deploy(world.request("web"))).deployments
        waiting = (await world.people.get_task(view.tasks[1].id)).waiting

        await first.finish(await first.hear_run())
        await second.finish(await second.hear_run())
        done = await world.people.get_deployment(view.deployment.id)

    assert waiting == "batch 2 of 2"
    assert done.deployment.state is DeploymentState.SUCCEEDED


async def test_a_failure_on_the_first_node_pauses_before_the_second(world: World) -> None:
    async with world.agent("a") as first, world.agent("b"):
        await world.commit("web", "a", "b")
        (view,) = (await world.people.deploy(world.request("web"))).deployments

        await first.finish(await first.hear_run(), TaskState.FAILED, good=False)
        paused = await world.people.get_deployment(view.deployment.id)

    assert paused.deployment.state is DeploymentState.PAUSED
    assert [task.state for task in paused.tasks] == [TaskState.FAILED, TaskState.PENDING]


async def test_a_task_for_a_node_that_is_away_waits_and_goes_when_it_is_back(world: World) -> None:
    async with world.agent("a"):
        await world.commit("web", "a")
    (view,) = (await world.people.deploy(world.request("web"))).deployments
    waiting = (await world.people.get_task(view.tasks[0].id)).waiting

    async with world.agent("a") as agent:
        run = await agent.hear_run()

    assert waiting == "a disconnected"
    assert run.attempt.task == view.tasks[0].id


async def test_status_is_what_was_seen_not_what_a_task_should_have_led_to(world: World) -> None:
    async with world.agent("a") as agent:
        await world.commit("web", "a")
        await world.people.deploy(world.request("web"))
        await agent.finish(await agent.hear_run())
        silent = (await world.people.get_status(())).services[0].instances[0]
        await agent.see()
        before = (await world.people.get_status(())).services[0].instances[0]
        await agent.see(container())
        running = (await world.people.get_status(())).services[0].instances[0]
        world.clock.advance(2)
        aged = (await world.people.get_status(())).services[0].instances[0]
    gone = (await world.people.get_status(())).services[0].instances[0]

    assert (silent.state, silent.reason) == ("unknown", "a has not told yet what runs there")
    assert (before.state, before.reason) == ("missing", "no container")
    assert (running.state, running.seen_age_s) == ("running", 0.0)
    assert aged.seen_age_s == 2.0
    assert (gone.state, gone.containers) == ("unknown", (container(),))
    assert gone.reason == "a is disconnected for 2 s; last seen running"


async def test_a_container_that_is_gone_while_others_of_its_service_are_there_is_missed(world: World) -> None:
    second = replace(container(), id="web-id-2", name="web-main-2")
    async with world.agent("a") as agent:
        await world.commit("web", "a")
        await world.people.deploy(world.request("web"))
        await agent.finish(await agent.hear_run(), count=2)
        await agent.see(container(), second)
        whole = (await world.people.get_status(())).services[0].instances[0]
        await agent.see(container())
        part = (await world.people.get_status(())).services[0].instances[0]

    assert (whole.state, whole.reason, whole.missing) == ("running", "", 0)
    assert (part.state, part.reason, part.missing) == ("degraded", "main: 1 of 2 containers is missing", 1)


async def test_a_service_taken_out_of_git_is_an_orphan_and_down_still_works(world: World) -> None:
    async with world.agent("a") as agent:
        await world.commit("web", "a")
        await world.people.deploy(world.request("web"))
        await agent.finish(await agent.hear_run())
        await agent.see(container())
        (world.repo / "web" / "composia-meta.yaml").unlink()
        await world.plane.repository.sync()

        (service,) = (await world.people.get_status(())).services
        await world.people.operate(OperateRequest(request_id="down", kind=TaskKind.DOWN, service="web"))
        run = await agent.hear_run()

    assert (service.name, service.wanted, [i.orphaned for i in service.instances]) == ("web", "removed", [True])
    assert (run.order.kind, run.order.project) == (TaskKind.DOWN, "web")


async def test_auto_deploy_deploys_what_a_new_head_changed_and_nothing_twice(world: World) -> None:
    from composia.server.auto_deploy import deploy_by_itself  # noqa: PLC0415 - wired as main does it

    world.plane.repository.on_new_head = lambda catalog: deploy_by_itself(world.plane, catalog)
    async with world.agent("a") as agent:
        await world.commit("web", "a", meta="auto_deploy: true\n")
        await agent.finish(await agent.hear_run())
        await deploy_by_itself(world.plane, world.plane.repository.head)
        await world.commit("other", "a")
        with anyio.move_on_after(0.1) as scope:
            await agent.hear_run()

    assert scope.cancelled_caught
    assert [t.service for t in (await world.plane.queue.tasks(TaskFilter(), 10)).items] == ["web"]


async def test_a_restart_deploys_nothing_by_itself_though_a_person_went_back_to_an_older_revision(
    world: World, tmp_path: Path
) -> None:
    async with world.agent("a") as agent:
        await world.commit("web", "a", meta="auto_deploy: true\n")
        old = world.plane.repository.state.head
        await world.commit("web", "a", meta="auto_deploy: true\n", image="busybox:2")
        await world.people.deploy(replace(world.request("web"), revision=old))
        await agent.finish(await agent.hear_run())

        plane = world.plane
        restarted = Repository(DirectorySource(world.repo, tmp_path / "again"), plane.queue, plane.bundles, plane.clock)
        heads: list[str] = []

        async def note(catalog: Catalog) -> None:
            heads.append(catalog.revision)

        restarted.on_new_head = note
        await restarted.load()
        await restarted.sync()
        same = list(heads)
        (world.repo / "web" / "more").write_text("new")
        await restarted.sync()

    assert (same, heads) == ([], [restarted.state.head])
