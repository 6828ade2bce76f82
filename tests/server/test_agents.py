"""An agent can be its node, and nothing else."""

from collections.abc import AsyncIterator
from dataclasses import replace

import anyio
import pytest

from composia.core.container import ContainerState
from composia.core.node import Node, NodeFacts, NodeState, NodeStatus, Workspace
from composia.core.session import (
    Accepted,
    Acknowledged,
    AgentMessage,
    Attempt,
    Changes,
    Fenced,
    Finished,
    Goodbye,
    Heartbeat,
    HeartbeatReply,
    Hello,
    LogAck,
    LogBatch,
    Report,
    Welcome,
)
from composia.core.task import TaskState
from composia.errors import Conflict, Forbidden, Invalid, NotFound, NotPossible, Unavailable
from tests.server.world import PlayedAgent, World, container

pytestmark = pytest.mark.anyio


async def open_with(world: World, node: str, message: Hello | Heartbeat) -> object:
    async def messages() -> AsyncIterator[AgentMessage]:
        yield message

    stream = PlayedAgent(world=world, node=node, agent_id="x").api.session(messages())
    try:
        return await anext(stream)
    finally:
        await stream.aclose()  # type: ignore[attr-defined] # it is a generator


async def test_the_first_answer_is_a_welcome(world: World) -> None:
    async with world.agent("a") as agent:
        assert agent.welcome == Welcome(
            version="0.1.0", database=world.plane.queue.database, protocol=1, heartbeat_s=5.0, lease_s=60.0
        )


async def test_a_token_of_another_node_is_refused(world: World) -> None:
    with pytest.raises(Forbidden, match="this token is for node a"):
        await open_with(world, "a", Hello(node="b", agent_id="x"))


async def test_a_protocol_outside_the_window_is_refused(world: World) -> None:
    with pytest.raises(NotPossible, match="the agent speaks protocol 7 to 9, this server 1 to 1"):
        await open_with(world, "a", Hello(node="a", agent_id="x", protocol_min=7, protocol_max=9))


async def test_a_session_that_does_not_begin_with_hello_is_refused(world: World) -> None:
    with pytest.raises(Invalid, match="the first message of a session is hello"):
        await open_with(world, "a", Heartbeat(number=1, status=NodeStatus(), inventory=""))


async def test_another_agent_under_a_name_in_use_is_refused_and_the_same_agent_replaces_its_older_session(
    world: World,
) -> None:
    async with world.agent("a", "one") as older:
        with pytest.raises(Conflict, match="another agent is connected as a"):
            async with world.agent("a", "two"):
                pass
        async with world.agent("a", "one"):
            assert await older.hear() == Goodbye(reason="replaced by a newer session")
            assert world.plane.sessions.state("a") is NodeState.ONLINE


async def test_a_second_agent_on_an_engine_is_refused_with_both_names_unless_its_projects_have_another_prefix(
    world: World,
) -> None:
    hello = Hello(node="b", agent_id="two", facts=NodeFacts(engine_id="E1"))
    apart = replace(hello, project_prefix="b-")
    async with world.agent("a", "one", engine_id="E1"):
        for refused in (hello, replace(hello, node="a")):
            with pytest.raises(Conflict) as caught:
                await open_with(world, refused.node, refused)
            if refused.node == "b":
                assert str(caught.value) == "node b: the agent of node a works on the same Docker engine"
                assert "--project-prefix" in caught.value.hint
        for welcomed in (apart, replace(hello, facts=NodeFacts(engine_id="E2")), replace(hello, facts=NodeFacts())):
            assert isinstance(await open_with(world, "b", welcomed), Welcome)


async def test_an_engine_is_free_again_once_its_agent_is_gone_or_silent(world: World) -> None:
    hello = Hello(node="b", agent_id="two", facts=NodeFacts(engine_id="E1"))
    async with world.agent("a", "one", engine_id="E1"):
        world.clock.advance(15)
        assert isinstance(await open_with(world, "b", hello), Welcome)
    assert isinstance(await open_with(world, "b", hello), Welcome)


async def test_silence_makes_a_node_offline_and_then_another_agent_may_take_its_name(world: World) -> None:
    async with world.agent("a", "one") as silent:
        world.clock.advance(15)
        state = world.plane.sessions.state("a")
        world.plane.sessions.end_silent()
        assert await silent.hear() == Goodbye(reason="no heartbeat")
        async with world.agent("a", "two"):
            assert (state, world.plane.sessions.state("a")) == (NodeState.OFFLINE, NodeState.ONLINE)


async def test_a_closed_stream_is_disconnected_and_after_three_heartbeats_offline(world: World) -> None:
    async with world.agent("a"):
        pass
    states = [world.plane.sessions.state("a")]
    world.clock.advance(15)
    states.append(world.plane.sessions.state("a"))

    assert states == [NodeState.DISCONNECTED, NodeState.OFFLINE]


async def test_an_unknown_inventory_digest_is_asked_for_in_full(world: World) -> None:
    async with world.agent("a") as agent:
        await agent.send(Heartbeat(number=1, status=NodeStatus(), inventory="i9"))
        asked = await agent.hear()
        answered = await agent.see(container())

    assert [asked, answered] == [
        HeartbeatReply(number=1, want_inventory=True),
        HeartbeatReply(number=1, want_inventory=False),
    ]


async def test_changes_are_seen_at_once_and_what_they_are_changes_of_is_asked_for_when_it_is_not_known(
    world: World,
) -> None:
    gone, dead = container("db"), container(state=ContainerState.EXITED, exit_code=3)
    async with world.agent("a") as agent:
        await agent.send(Changes(before="i0", inventory="i1", containers=(dead,)))
        asked = await agent.hear()
        await agent.see(container(), gone)
        before = world.plane.sightings.seen("a").containers
        await agent.send(Changes(before="i1", inventory="i2", containers=(dead,), gone=(gone.id,)))
        await agent.send(Heartbeat(number=2, status=NodeStatus(), inventory="i2"))
        answered = await agent.hear()

    assert asked == HeartbeatReply(number=0, want_inventory=True)
    assert before == (gone, container())
    assert answered == HeartbeatReply(number=2, want_inventory=False)
    assert world.plane.sightings.seen("a").containers == (dead,)


async def test_changes_tell_of_service_directories_too(world: World) -> None:
    web, db = (Workspace(service=service, project=service) for service in ("web", "db"))
    async with world.agent("a") as agent:
        await agent.see(container(), service="db")
        await agent.send(Changes(before="i1", inventory="i2", workspaces=(web,)))
        await agent.send(Changes(before="i2", inventory="i3", workspaces=(replace(db, edited=("x",)),)))
        await agent.send(Heartbeat(number=2, status=NodeStatus(), inventory="i3"))
        await agent.hear()

    assert world.plane.sightings.seen("a").workspaces == (replace(db, edited=("x",)), web)
    assert world.plane.sightings.seen("a").containers == (container(),)


async def test_changes_are_a_sign_of_life(world: World) -> None:
    async with world.agent("a") as agent:
        await agent.see()
        world.clock.advance(14)
        await agent.send(Changes(before="i1", inventory="i2", containers=(container(),)))
        await agent.send(Changes(before="i1", inventory="i2"))
        await agent.hear()
        world.clock.advance(14)

        assert world.plane.sessions.state("a") is NodeState.ONLINE


async def test_reports_are_acknowledged_once_they_are_stored(world: World) -> None:
    async with world.agent("a") as agent:
        await world.commit("web", "a")
        await world.people.deploy(world.request("web"))
        run = await agent.hear_run()
        await agent.send(Report(attempt=run.attempt, number=1, body=Accepted()))
        first = await agent.hear()
        await agent.send(Report(attempt=run.attempt, number=2, body=Finished(state=TaskState.SUCCEEDED)))
        second = await agent.hear()
        await agent.send(Report(attempt=run.attempt, number=2, body=Finished(state=TaskState.SUCCEEDED)))
        repeated = await agent.hear()
        task = await world.people.get_task(run.attempt.task)

    assert [first, second, repeated] == [
        Acknowledged(attempt=run.attempt, number=1),
        Acknowledged(attempt=run.attempt, number=2),
        Acknowledged(attempt=run.attempt, number=2),
    ]
    assert task.state is TaskState.SUCCEEDED


async def test_a_report_of_another_nodes_task_or_of_an_old_attempt_is_fenced_and_changes_nothing(world: World) -> None:
    async with world.agent("a") as agent, world.agent("b") as other:
        await world.commit("web", "a")
        await world.people.deploy(world.request("web"))
        run = await agent.hear_run()
        end = Finished(state=TaskState.SUCCEEDED)
        await other.send(Report(attempt=run.attempt, number=1, body=end))
        foreign = await other.hear()
        old = Attempt(task=run.attempt.task, number=7)
        await agent.send(Report(attempt=old, number=1, body=end))
        stale = await agent.hear()
        task = await world.people.get_task(run.attempt.task)

    assert [foreign, stale] == [Fenced(attempt=run.attempt), Fenced(attempt=old)]
    assert task.state is TaskState.ASSIGNED


async def test_an_order_that_the_agent_never_got_is_given_again_when_it_is_back(world: World) -> None:
    async with world.agent("a") as agent:
        await world.commit("web", "a")
        await world.people.deploy(world.request("web"))
        first = await agent.hear_run()
    async with world.agent("a") as agent:
        world.clock.advance(10)
        world.plane.dispatcher.wake("a")
        second = await agent.hear_run()

    assert (first.attempt.task, first.attempt.number) == (second.attempt.task, second.attempt.number - 1)


async def test_an_attempt_that_the_agent_still_holds_goes_on_after_a_reconnect(world: World) -> None:
    async with world.agent("a") as agent:
        await world.commit("web", "a")
        await world.people.deploy(world.request("web"))
        run = await agent.hear_run()
    again = PlayedAgent(world=world, node="a", agent_id="id-a", attempts=(run.attempt,))
    await again.connect()
    await again.finish(run)
    task = await world.people.get_task(run.attempt.task)
    await again.leave()

    assert (task.state, task.attempt) == (TaskState.SUCCEEDED, 1)


async def test_an_attempt_that_the_server_gave_up_is_fenced_at_the_reconnect(world: World) -> None:
    gone = Attempt(task="t99", number=1)
    agent = PlayedAgent(world=world, node="a", agent_id="id-a", attempts=(gone,))
    await agent.connect()
    fenced = await agent.hear()
    await agent.leave()

    assert fenced == Fenced(attempt=gone)


async def test_a_session_that_cannot_be_opened_leaves_its_node_away(world: World) -> None:
    async def full(node: Node) -> None:
        raise Unavailable("the store does not answer")

    world.plane.queue.save_node = full  # type: ignore[method-assign]
    with pytest.raises(Unavailable):
        async with world.agent("a"):
            pass

    assert world.plane.sessions.state("a") is NodeState.DISCONNECTED


async def test_a_bundle_is_given_only_to_a_node_that_has_a_task_or_release_with_it(world: World) -> None:
    async with world.agent("a") as agent, world.agent("b") as other:
        await world.commit("web", "a")
        await world.people.deploy(world.request("web"))
        digest = (await agent.hear_run()).order.bundle

        archive = b"".join([chunk async for chunk in agent.api.fetch_bundle(digest)])
        with pytest.raises(NotFound, match="no such bundle for this node"):
            await anext(other.api.fetch_bundle(digest))

    assert archive[:2] == b"\x1f\x8b"


async def test_what_a_node_says_of_a_service_that_it_was_never_given_counts_for_nothing(world: World) -> None:
    async with world.agent("a") as agent, world.agent("b") as liar:
        await world.commit("web", "a")
        await world.people.deploy(world.request("web"))
        await agent.finish(await agent.hear_run())
        await agent.see(container())
        await liar.see(container(), service="web")
        await liar.see(container("stranger"), service="stranger")
        report = await world.people.get_status(())

    assert [(s.name, [i.node for i in s.instances]) for s in report.services] == [("web", ["a"])]


async def test_output_is_kept_in_order_without_gap_or_repeat_and_only_from_the_tasks_node(world: World) -> None:
    async with world.agent("a") as agent, world.agent("b") as other:
        await world.commit("web", "a")
        (view,) = (await world.people.deploy(world.request("web"))).deployments
        run = await agent.hear_run()
        task = view.tasks[0].id

        async def batches() -> AsyncIterator[LogBatch]:
            for offset, data in ((0, b"one\n"), (99, b"gap"), (0, b"one\n"), (2, b"e\n\xff\x00")):
                yield LogBatch(attempt=run.attempt, offset=offset, data=data)

        acks = [ack async for ack in agent.api.push_logs(batches())]
        with pytest.raises(Forbidden):
            await anext(other.api.push_logs(batches()))
        output = [c async for c in world.people.task_output(task, follow=False, attempt=0, offset=0)]

    assert acks == [LogAck(attempt=run.attempt, offset=offset) for offset in (4, 4, 4, 6)]
    assert b"".join(chunk.data for chunk in output) == b"one\n\xff\x00"


async def test_a_follower_of_output_gets_history_then_what_comes_and_ends_when_all_is_there(world: World) -> None:
    got = bytearray()
    async with world.agent("a") as agent:
        await world.commit("web", "a")
        (view,) = (await world.people.deploy(world.request("web"))).deployments
        run = await agent.hear_run()

        async def push(offset: int, data: bytes) -> None:
            async def batches() -> AsyncIterator[LogBatch]:
                yield LogBatch(attempt=run.attempt, offset=offset, data=data)

            assert [a async for a in agent.api.push_logs(batches())]

        async def follow() -> None:
            async for chunk in world.people.task_output(view.tasks[0].id, follow=True, attempt=0, offset=0):
                got.extend(chunk.data)

        await push(0, b"first ")
        with anyio.fail_after(60):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(follow)
                await push(6, b"second ")
                await agent.send(Report(attempt=run.attempt, number=1, body=Accepted()))
                end = Finished(state=TaskState.SUCCEEDED, output_bytes=18)
                await agent.send(Report(attempt=run.attempt, number=2, body=end))
                await push(13, b"third")

    assert bytes(got) == b"first second third"
