"""What people do in containers, and what their agents hear of it."""

from dataclasses import replace

import anyio
import pytest

from composia.core.node import NodeState
from composia.core.session import CloseTunnel, OpenTunnel
from composia.core.task import TaskError
from composia.core.tunnel import (
    ExecStart,
    ExecStarted,
    ExecTarget,
    Exited,
    Input,
    InputEnd,
    LogsTarget,
    Output,
    Resize,
    Signal,
    TunnelDown,
    TunnelFailed,
)
from composia.errors import Invalid, NotFound, NotPossible, Unavailable
from composia.server.tunnels import AT_ONCE
from tests.server.playing import answered, hear_close, hear_open, running
from tests.server.world import PlayedAgent, World, container

START = ExecStart(service="web", argv=("sh", "-c", "echo $0"), tty=True, stdin=True, rows=24, columns=80, user="1")
STARTED = ExecStarted(node="a", container="web-main-1")


pytestmark = pytest.mark.anyio


async def deployed(world: World, agent: PlayedAgent) -> None:
    """A service that runs on the agent's node."""
    await world.commit("web", agent.node)
    await world.people.deploy(world.request("web"))
    await agent.finish(await agent.hear_run())
    await agent.see(container())


async def test_what_goes_in_and_out_is_passed_on_whole(world: World) -> None:
    async with world.agent("a") as agent:
        await deployed(world, agent)
        async with running(world.people, START) as person:
            asked = await hear_open(agent)
            assert asked == OpenTunnel(
                tunnel=asked.tunnel,
                target=ExecTarget(
                    container_id="web-id", argv=START.argv, tty=True, stdin=True, rows=24, columns=80, user="1"
                ),
            )
            async with answered(agent, asked.tunnel) as end:
                sent: list[TunnelDown] = [
                    Input(data=b"\xff\x00"),
                    Resize(rows=1, columns=2),
                    Signal(name="INT"),
                    InputEnd(),
                ]
                for message in sent:
                    person.inputs.put_nowait(message)
                await end.until_heard(*sent)
                said: list[Output | Exited] = [
                    Output(data=b"out"),
                    Output(data=b"err\xff", stderr=True),
                    Exited(code=7),
                ]
                end.say(*said)
                await person.until_over()

    assert person.error is None
    assert person.got == [STARTED, *said]


async def test_who_ran_what_where_is_audited_before_it_begins_and_not_what_went_in(world: World) -> None:
    async with world.agent("a") as agent:
        await deployed(world, agent)
        async with running(world.people, START, Input(data=b"secret")):
            await hear_open(agent)
            entries = (await world.plane.queue.audit(10)).items

    assert [(e.by, e.action, e.target, e.text) for e in entries][:1] == [
        ("ada", "exec", "web", "a web-main-1: sh -c 'echo $0'")
    ]


async def test_a_person_who_leaves_ends_the_tunnel(world: World) -> None:
    async with world.agent("a") as agent:
        await deployed(world, agent)
        async with running(world.people, START) as person:
            asked = await hear_open(agent)
            async with answered(agent, asked.tunnel) as end:
                await person.until_got(1)
                assert person.task is not None
                person.task.cancel()
                await end.over.wait()

                assert await hear_close(agent) == CloseTunnel(tunnel=asked.tunnel)


async def test_an_agent_that_goes_away_in_the_middle_is_told(world: World) -> None:
    async with world.agent("a") as agent:
        await deployed(world, agent)
        async with running(world.people, START) as person:
            asked = await hear_open(agent)
            async with answered(agent, asked.tunnel) as end:
                await person.until_got(1)
                end.say(Output(data=b"half"))
                end.leave()
                await person.until_over()

    assert person.got == [STARTED, Output(data=b"half")]
    assert isinstance(person.error, Unavailable)


async def test_a_session_that_ends_takes_its_tunnels_with_it(world: World) -> None:
    async with world.agent("a") as agent:
        await deployed(world, agent)
        async with running(world.people, START) as person:
            asked = await hear_open(agent)
            async with answered(agent, asked.tunnel) as end:
                await person.until_got(1)
                world.clock.advance(60)
                world.plane.sessions.end_silent()
                await person.until_over()
                await end.over.wait()

    assert str(person.error) == "node a: the connection to the agent was lost: no heartbeat"


async def test_what_the_agent_cannot_do_is_the_error(world: World) -> None:
    error = TaskError(code="not_possible", message="no such program", where="container web-main-1", hint="sh")
    async with world.agent("a") as agent:
        await deployed(world, agent)
        async with running(world.people, START) as person:
            asked = await hear_open(agent)
            async with answered(agent, asked.tunnel, error):
                await person.until_over()
        async with running(world.people, START) as broken:
            asked = await hear_open(agent)
            async with answered(agent, asked.tunnel) as end:
                end.say(TunnelFailed(error=replace(error, code="unavailable", message="the engine went away")))
                await broken.until_over()

    assert isinstance(person.error, NotPossible)
    assert (person.error.message, person.error.where, person.error.hint, person.got) == (
        "no such program",
        "container web-main-1",
        "sh",
        [],
    )
    assert isinstance(broken.error, Unavailable)


async def test_an_agent_that_does_not_read_and_a_person_who_does_not_read_hold_up_the_other_end(world: World) -> None:
    """A few messages lie between the two, however many are offered."""
    async with world.agent("a") as agent:
        await deployed(world, agent)
        async with running(world.people, START) as person:
            person.reads.clear()
            async with answered(agent, (await hear_open(agent)).tunnel) as end:
                await person.until_got(1)
                end.say(*[Output(data=b"y")] * 100)
                with pytest.raises(TimeoutError):
                    await person.until_got(2, within_s=0.2)
                taken = 100 - end.left
                person.reads.set()
                await person.until_got(101)

    assert taken <= 5


async def test_a_shell_is_not_held_up_by_another_one_that_nobody_reads(world: World) -> None:
    async with world.agent("a") as agent:
        await deployed(world, agent)
        async with running(world.people, START) as slow, running(world.people, START) as quick:
            slow.reads.clear()
            names = [(await hear_open(agent)).tunnel, (await hear_open(agent)).tunnel]
            async with answered(agent, names[0]) as first, answered(agent, names[1]) as second:
                await slow.until_got(1)
                await quick.until_got(1)
                for end in (first, second):
                    end.say(*[Output(data=b"y")] * 100, Exited())
                await quick.until_over()

    assert (len(quick.got), len(slow.got)) == (102, 1)


async def test_a_tunnel_is_only_for_the_node_that_was_asked_and_only_once(world: World) -> None:
    async with world.agent("a") as agent, world.agent("b") as other:
        await deployed(world, agent)
        async with running(world.people, START) as person:
            asked = await hear_open(agent)
            async with answered(other, asked.tunnel) as wrong:
                await wrong.over.wait()
            async with answered(agent, asked.tunnel):
                await person.until_got(1)
                async with answered(agent, asked.tunnel) as again:
                    await again.over.wait()

    assert isinstance(wrong.error, NotFound)
    assert isinstance(again.error, NotFound)
    assert person.got == [STARTED]


async def test_one_that_opens_too_late_finds_nobody(world: World) -> None:
    world.plane.tunnels._open_s = 0.05
    async with world.agent("a") as agent:
        await deployed(world, agent)
        async with running(world.people, START) as person:
            await person.until_over()
            asked = await hear_open(agent)
            assert await hear_close(agent) == CloseTunnel(tunnel=asked.tunnel)
            async with answered(agent, asked.tunnel) as late:
                await late.over.wait()

    assert str(person.error) == "node a: the agent did not open the tunnel in 0.05 s"
    assert isinstance(late.error, NotFound)


@pytest.mark.parametrize(
    ("start", "error", "message"),
    [
        (replace(START, argv=()), Invalid, "service web: there is no command"),
        (replace(START, service="wob"), NotFound, "no service named wob"),
        (replace(START, container="db"), NotFound, "no container named db"),
        (replace(START, node="b"), NotPossible, "service web: the service is not on b"),
        (Input(data=b""), Invalid, "the first message of exec is start"),
    ],
)
async def test_what_is_asked_wrongly_is_refused_before_any_agent_hears_of_it(
    world: World, start: ExecStart, error: type[Exception], message: str
) -> None:
    async with world.agent("a") as agent:
        await deployed(world, agent)
        async with running(world.people, start) as person:
            await person.until_over()

    assert isinstance(person.error, error)
    assert message in str(person.error)
    assert "exec" not in {entry.action for entry in (await world.plane.queue.audit(10)).items}


async def test_who_starts_again_in_the_middle_is_told_so_and_ends_the_command(world: World) -> None:
    async with world.agent("a") as agent:
        await deployed(world, agent)
        async with running(world.people, START) as person:
            asked = await hear_open(agent)
            async with answered(agent, asked.tunnel):
                person.inputs.put_nowait(START)
                await person.until_over()
            assert (await hear_close(agent)).tunnel == asked.tunnel

    assert isinstance(person.error, Invalid)
    assert str(person.error) == "start comes once"


async def test_a_node_that_is_away_is_said_at_once(world: World) -> None:
    async with world.agent("a") as agent:
        await deployed(world, agent)
    async with running(world.people, START) as person:
        await person.until_over()

    assert str(person.error) == "node a: the node is disconnected"


async def test_however_many_tunnels_are_wanted_at_once_the_session_of_the_agent_goes_on(world: World) -> None:
    wanted = 300  # more than may wait for an agent
    async with world.agent("a") as agent, anyio.create_task_group() as tasks:
        await agent.see()

        async def want() -> None:
            async with world.plane.tunnels.open("a", LogsTarget(container_id="c")):
                await anyio.sleep_forever()

        for _ in range(wanted):
            tasks.start_soon(want)
        await anyio.wait_all_tasks_blocked()
        heard = [await hear_open(agent) for _ in range(AT_ONCE)]
        assert world.plane.sessions.state("a") is NodeState.ONLINE
        assert len({asked.tunnel for asked in heard}) == AT_ONCE
        tasks.cancel_scope.cancel()
