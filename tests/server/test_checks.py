"""`composia doctor`, the server's half."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import anyio
import pytest

from composia.core.check import Check, CheckResult
from composia.core.session import Answer, Query, Subject
from composia.core.task import TaskError
from composia.errors import NotFound
from composia.plugins.api import PluginInfo
from composia.server.checks import examine
from tests.server.world import PlayedAgent, World

pytestmark = pytest.mark.anyio

OK, WARNING, ERROR = CheckResult
FULL = Check(name="disk", result=ERROR, text="it is full", hint="make room")


@asynccontextmanager
async def answering(world: World, agent: PlayedAgent, answer: Answer) -> AsyncIterator[None]:
    """The agent says that to the one question."""

    async def say() -> None:
        while not isinstance(question := await agent.hear(), Query):
            pass
        assert question.subject is Subject.CHECKS
        await agent.send(replace(answer, query=question.query))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(say)
        yield


def named(checks: tuple[Check, ...], name: str) -> Check:
    (found,) = (check for check in checks if check.name == name)
    return found


async def test_a_node_says_what_its_agent_finds_and_how_far_its_clock_is_off(world: World) -> None:
    async with world.agent("a") as agent:
        late = Answer(query=0, checks=(FULL,), now_ms=world.clock.now_ms() - 7_000)
        async with answering(world, agent, late):
            found = await examine(world.plane, ())
    (node,) = found.nodes
    assert node.node == "a"
    assert FULL in node.checks
    assert named(node.checks, "clock") == Check(
        name="clock",
        result=WARNING,
        text="7 s behind the server's",
        hint="let both hosts set their clocks by NTP",
    )


@pytest.mark.parametrize(("off_ms", "result"), [(1_900, OK), (-1_900, OK), (2_100, WARNING), (3_600_000, ERROR)])
async def test_clocks_need_not_agree_to_the_second_but_an_hour_is_an_error(
    world: World, off_ms: int, result: CheckResult
) -> None:
    async with world.agent("a") as agent:
        answer = Answer(query=0, now_ms=world.clock.now_ms() + off_ms)
        async with answering(world, agent, answer):
            found = await examine(world.plane, ("a",))
    assert named(found.nodes[0].checks, "clock").result is result


async def test_a_node_that_is_away_is_an_error_and_keeps_nothing_else_from_being_told(world: World) -> None:
    async with world.agent("a"):
        pass
    found = await examine(world.plane, ())
    (away,) = found.nodes[0].checks
    assert (away.result, away.text) == (ERROR, "it is disconnected")
    assert named(found.server, "store").result is OK


async def test_an_agent_that_answers_with_an_error_is_told_so(world: World) -> None:
    async with world.agent("a") as agent:
        error = TaskError(code="timed_out", message="the engine hangs", hint="look at it")
        async with answering(world, agent, Answer(query=0, error=error)):
            found = await examine(world.plane, ())
    (check,) = found.nodes[0].checks
    assert (check.result, check.text, check.hint) == (ERROR, "the engine hangs", "look at it")


async def test_a_node_that_nobody_knows_is_refused(world: World) -> None:
    async with world.agent("node-a"):
        with pytest.raises(NotFound) as refused:
            await examine(world.plane, ("node-b",))
    assert refused.value.hint == "did you mean node-a?"


async def test_the_server_says_what_is_wrong_with_itself(world: World, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening, socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        good, bad = (f"https://127.0.0.1:{one.getsockname()[1]}" for one in (listening, closed))
        plane = replace(
            world.plane,
            public_urls=(good, bad, "https://composia.invalid"),
            plugins=(PluginInfo(name="mine", origin="file", location="mine.py", error="SyntaxError"),),
        )
        plane.health.certificate = tmp_path / "none.pem"
        found = (await examine(plane, ())).server

    urls = {check.text: check.result for check in found if check.name == "public URL"}
    (unresolved,) = (text for text in urls if "composia.invalid" in text)
    assert urls.pop(unresolved) is WARNING
    assert "unknown error" not in unresolved
    assert urls == {
        f"{good} can be reached from here": OK,
        f"{bad} is not reached from here: connection refused": WARNING,
    }
    assert named(found, "plugin").text == "mine does not work: SyntaxError"
    assert named(found, "certificate").result is ERROR
    assert all(check.hint for check in found if check.result is not OK)
