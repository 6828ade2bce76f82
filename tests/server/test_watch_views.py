"""Watch of services, nodes and what they use: the picture first, then what is another one, and nothing that is not."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import anyio
import pytest

from composia.core.container import ContainerState
from composia.core.deployment import DeploymentState
from composia.core.instance import InstanceState
from composia.core.node import NodeState, NodeStatus
from composia.core.session import Changes, Heartbeat, Pace
from composia.core.status import LastDeployment
from composia.core.task import TaskKind
from composia.core.usage import ContainerUsages, HostUsage
from composia.errors import NotFound
from composia.plugins.api import WatchEvent, WatchRequest, WatchTopic
from composia.server import board, watch, work_feed
from composia.server.told import Told
from tests.server.world import PlayedAgent, World, container

pytestmark = pytest.mark.anyio

SERVICES = WatchRequest(topics=(WatchTopic.SERVICES,))
NODES = WatchRequest(topics=(WatchTopic.NODES,))
USAGE = WatchRequest(topics=(WatchTopic.USAGE,))
STOPPED = replace(container(), state=ContainerState.EXITED, ended_ms=1)


@asynccontextmanager
async def watching(world: World, request: WatchRequest) -> AsyncIterator[AsyncIterator[WatchEvent]]:
    """A watch that is ended."""
    events = world.people.watch(request)
    try:
        yield events
    finally:
        aclose = getattr(events, "aclose", None)
        assert aclose is not None
        await aclose()


async def told(events: AsyncIterator[WatchEvent]) -> WatchEvent:
    """The next event."""
    with anyio.fail_after(20):
        return await anext(events)


async def deployed(world: World, agent: PlayedAgent) -> None:
    """A service on that agent's node, that runs."""
    await world.commit("web", agent.node)
    await world.people.deploy(world.request("web"))
    await agent.finish(await agent.hear_run())
    await agent.see(container())


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
            with anyio.fail_after(10):
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
