"""Watch of services, nodes and what they use: the picture first, then what is another one, and nothing that is not."""

import asyncio
from dataclasses import replace

import anyio
import pytest

from composia.core.deployment import DeploymentState
from composia.core.instance import InstanceState
from composia.core.node import NodeState, NodeStatus
from composia.core.session import Changes, Heartbeat, Pace
from composia.core.status import LastDeployment
from composia.core.task import TaskKind
from composia.core.usage import ContainerUsages, HostUsage
from composia.errors import NotFound
from composia.plugins.watching import WatchEvent, WatchRequest, WatchTopic
from composia.server import watch
from tests.server.watching import NODES, SERVICES, STOPPED, USAGE, deployed, told, watching
from tests.server.world import World, container

pytestmark = pytest.mark.anyio


async def test_a_container_that_stops_is_told_at_once_as_its_instance_and_load_alone_is_not(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "LOOK_S", 1000.0)  # nobody looks for it by itself
    monkeypatch.setattr(watch, "KEEPALIVE_S", 1000.0)
    async with world.agent("a") as agent:
        await deployed(world, agent)
        async with watching(world, SERVICES) as events:
            first = await told(events)
            load = NodeStatus(now_ms=world.clock.now_ms(), host=HostUsage(load_1m=7.0))
            await agent.send(Heartbeat(number=2, status=load, inventory="i1"))
            await agent.hear()
            upcoming = asyncio.ensure_future(told(events))
            await asyncio.sleep(0.1)  # it has looked by now, and waits
            quiet = not upcoming.done()
            await agent.send(Changes(before="i1", inventory="i2", containers=(STOPPED,)))
            event = await upcoming

    assert quiet
    assert (first.snapshot, [s.name for s in first.services], first.nodes) == (True, ["web"], ())
    assert [i.state for s in first.services for i in s.instances] == [InstanceState.RUNNING]
    assert [(i.service, i.node, i.containers) for i in event.instances] == [("web", "a", (STOPPED,))]
    assert [i.reason for i in event.instances] == ["main: exited 0"], "how long ago is true for a moment only"
    assert (event.snapshot, event.services, event.nodes, event.tasks) == (False, (), (), ())


async def test_a_node_is_told_when_it_comes_goes_is_drained_or_has_a_problem(world: World) -> None:
    async with watching(world, NODES) as events:
        assert (await told(events)).nodes == ()
        async with world.agent("a") as agent:
            assert [view.state for view in (await told(events)).nodes] == [NodeState.ONLINE]
            await agent.send(
                Heartbeat(
                    number=1, status=NodeStatus(problem="a full disk"), inventory="i", containers=(), workspaces=()
                )
            )
            assert [view.status.problem for view in (await told(events)).nodes] == ["a full disk"]
            await world.plane.queue.drain("a", "ada", world.clock.now_ms())
            assert [bool(view.drain) for view in (await told(events)).nodes] == [True]
        assert [view.state for view in (await told(events)).nodes] == [NodeState.DISCONNECTED]
        world.clock.advance(15)
        assert [view.state for view in (await told(events)).nodes] == [NodeState.OFFLINE]


async def test_a_node_is_told_with_the_address_that_its_agent_connects_from_while_it_does(world: World) -> None:
    async with watching(world, NODES) as events:
        await told(events)
        async with world.agent("a") as agent:
            first = await told(events)
            again = replace(agent, address="2001:db8::7")
            await again.connect()
            second = await told(events)
            await again.leave()
            gone = await told(events)

    assert [view.address for event in (first, second, gone) for view in event.nodes] == ["192.0.2.7", "2001:db8::7", ""]


async def test_a_service_is_told_again_with_each_step_of_its_last_deployment_and_with_its_end(world: World) -> None:
    async with world.agent("a") as agent:
        await world.commit("web", "a")
        async with watching(world, SERVICES) as events:
            before = await told(events)
            await world.people.deploy(world.request("web"))
            run = await agent.hear_run()
            begun = await told(events)
            await agent.finish(run)
            ended = begun
            with anyio.fail_after(60):
                while not any(service.last and service.last.ended_ms for service in ended.services):
                    ended = await told(events)

    (unknown,), (live,), (last,) = ([s.last for s in event.services] for event in (before, begun, ended))
    now_ms = world.clock.now_ms()
    assert unknown is None
    assert live
    assert (live.id, live.state) in {("d1", "pending"), ("d1", "running")}
    assert last == LastDeployment(
        id="d1",
        kind=TaskKind.DEPLOY,
        state=DeploymentState.SUCCEEDED,
        created_ms=now_ms,
        ended_ms=now_ms,
        created_by="ada",
    )
    assert [s.last for s in (await world.people.get_status(())).services] == [last]


async def test_the_repository_is_told_whenever_a_sync_came_to_something_else(world: World) -> None:
    repository = world.plane.repository
    async with watching(world, WatchRequest(topics=(WatchTopic.REPOSITORY,))) as events:
        first = await told(events)
        await world.commit("web", "a")
        second = await told(events)
        await repository.sync()
        upcoming = asyncio.ensure_future(told(events))
        await asyncio.sleep(0.1)  # it has looked by now, and waits
        quiet = not upcoming.done()
        world.clock.advance(60)
        await repository.sync()
        third = await upcoming
        now_ms = world.clock.now_ms()

    assert (first.snapshot, first.repository and first.repository.error) == (True, "not synced yet")
    assert second.repository
    assert (second.repository.head, second.services) == (repository.head.revision, ())
    assert quiet
    assert third.repository == replace(second.repository, tried_ms=now_ms, synced_ms=now_ms)


async def test_who_watches_all_and_comes_back_is_told_of_the_repository_only_when_it_was_synced_meanwhile(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "KEEPALIVE_S", 0.2)
    await world.commit("web", "a")
    async with watching(world, WatchRequest()) as events:
        first = await told(events)
    async with watching(world, WatchRequest(cursor=first.cursor)) as events:
        quiet = await told(events)
    await world.commit("api", "a")
    async with watching(world, WatchRequest(cursor=first.cursor)) as events:
        news = await told(events)
    async with watching(world, replace(SERVICES, cursor=first.cursor)) as events:
        services = await told(events)

    assert first.repository == replace(world.plane.repository.state, head=first.services[0].revision)
    assert quiet == WatchEvent(cursor=first.cursor)
    assert (news.snapshot, news.repository) == (False, world.plane.repository.state)
    assert ([service.name for service in services.services], services.repository) == (["api", "web"], None)


async def test_containers_of_services_are_told_apart_from_the_others_of_the_host(world: World) -> None:
    theirs = replace(container("theirs"), project="")
    async with world.agent("a") as agent:
        await agent.see(container(), theirs)
        async with watching(world, NODES) as events:
            (view,) = (await told(events)).nodes

    assert (view.containers, view.others) == ((container(),), (theirs,))


async def test_containers_of_no_project_are_of_no_service_whose_project_is_not_known_yet(world: World) -> None:
    theirs = replace(container("theirs"), project="")
    async with world.agent("a") as agent:
        await agent.see(theirs, project="")
        async with watching(world, NODES) as events:
            (view,) = (await told(events)).nodes

    assert (view.containers, view.others) == ((), (theirs,))


async def test_nodes_that_are_asked_for_bare_have_only_the_containers_that_no_instance_has(world: World) -> None:
    theirs = replace(container("theirs"), project="")
    async with world.agent("a") as agent:
        await deployed(world, agent)
        await agent.see(container(), theirs)
        async with watching(world, WatchRequest(bare_nodes=True)) as bare, watching(world, WatchRequest()) as full:
            first, whole = await told(bare), await told(full)
            await agent.send(Changes(before="i2", inventory="i3", containers=(STOPPED,)))
            news = await told(bare)

    (instance,) = first.services[0].instances
    assert (instance.containers, first.nodes[0].containers, first.nodes[0].others) == ((container(),), (), (theirs,))
    assert whole.nodes[0].containers == (container(),)
    assert [one.containers for one in news.instances] == [(STOPPED,)]
    assert all(view.containers == () for view in news.nodes)


async def test_a_service_that_is_taken_out_of_git_and_down_is_gone(world: World) -> None:
    async with world.agent("a") as agent:
        await deployed(world, agent)
        async with watching(world, SERVICES) as events:
            await told(events)
            for file in (world.repo / "web").iterdir():
                file.unlink()
            await world.plane.repository.sync()
            world.plane.board.stir()
            orphaned = await told(events)
            await agent.see()
            gone = await told(events)

    assert [(s.wanted, i.orphaned) for s in orphaned.services for i in s.instances] == [("removed", True)]
    assert (gone.gone_services, gone.services) == (("web",), ())


async def test_only_what_is_named_is_told(world: World) -> None:
    async with world.agent("a") as agent, world.agent("b"):
        await deployed(world, agent)
        await world.commit("api", "a", "b")
        request = WatchRequest(services=("api",), nodes=("b",), topics=(WatchTopic.SERVICES, WatchTopic.NODES))
        async with watching(world, request) as events:
            first = await told(events)
            await agent.send(Changes(before="i1", inventory="i2", containers=(STOPPED,)))
            await world.people.pause_node("b")
            event = await told(events)

    assert ([s.name for s in first.services], [view.node.name for view in first.nodes]) == (["api"], ["b"])
    assert ([view.node.name for view in event.nodes], event.instances, event.services) == (["b"], (), ())


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (replace(SERVICES, services=("wbe",)), "no service named wbe"),
        (replace(NODES, nodes=("aa",)), "no node named aa"),
        (replace(USAGE, nodes=("aa",)), "no node named aa"),
    ],
)
async def test_a_name_that_nothing_has_is_refused_with_what_may_be_meant(
    request_: WatchRequest, message: str, world: World
) -> None:
    async with world.agent("a"):
        await world.commit("web", "a")
        with pytest.raises(NotFound, match=message) as caught:
            await told(world.people.watch(request_))

    assert "did you mean" in caught.value.hint


async def test_usage_comes_with_each_reading_and_agents_read_more_often_while_somebody_watches(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "USAGE_S", 0.01)
    read = ContainerUsages(names=("web-main-1",), cpu_percent=(1.0,), memory_bytes=(7,))
    async with world.agent("a") as agent, world.agent("b") as other:
        await agent.see(container())
        async with watching(world, replace(USAGE, nodes=("a",))) as events:
            first = await told(events)
            closer = await agent.hear()
            status = NodeStatus(host=HostUsage(load_1m=7.0))
            await agent.send(Heartbeat(number=2, status=status, inventory="i1", usage=read))
            await agent.hear()
            event = await told(events)
        wider = await agent.hear()
        undisturbed = await other.see()

    assert [usage.node for usage in first.usage] == ["a"]
    assert [(usage.host.load_1m, usage.containers) for usage in event.usage] == [(7.0, read)]
    assert (closer, wider) == (Pace(usage_s=5.0), Pace(usage_s=15.0))
    assert not isinstance(undisturbed, Pace)


async def test_an_agent_that_comes_while_somebody_watches_reads_more_often_from_the_beginning(world: World) -> None:
    async with watching(world, USAGE) as events:
        await told(events)
        async with world.agent("a") as agent:
            assert await agent.hear() == Pace(usage_s=5.0)
