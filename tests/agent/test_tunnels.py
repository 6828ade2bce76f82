"""Commands in containers, as a server asks for them. The containers are simulated."""

import errno
from typing import Any, cast

import anyio
import pytest

from composia.agent.link import Link
from composia.agent.tunnels import Tunnels
from composia.builtin_plugins.simulated.exec import SimulatedCommand
from composia.core.container import Container, ContainerState
from composia.core.session import CloseTunnel, OpenTunnel
from composia.core.task import TaskError
from composia.core.tunnel import (
    ExecTarget,
    Exited,
    Input,
    InputEnd,
    LogsTarget,
    Output,
    Resize,
    TunnelFailed,
    TunnelOpened,
)
from composia.errors import NotPossible, Unavailable
from composia.plugins.api import AgentApi
from composia.plugins.executor_talking import Command
from composia.plugins.transport import AgentConnection
from tests.agent.fake_server import FakeConnection
from tests.agent.line import Line
from tests.agent.making import make_container
from tests.agent.printed import Printed
from tests.agent.waiting import eventually

pytestmark = pytest.mark.anyio

FOREVER = ("sleep", "98765")


def ask(line: Line, tunnel: str, *argv: str, stdin: bool = False, tty: bool = False) -> None:
    """The server wants a command."""
    target = ExecTarget(container_id=CONTAINER.id, argv=argv, stdin=stdin, tty=tty, rows=24, columns=80)
    line.server.send(OpenTunnel(tunnel=tunnel, target=target))


CONTAINER: Container = make_container("web")


@pytest.fixture(autouse=True)
def _one_container(line: Line) -> None:
    assert CONTAINER.state is ContainerState.RUNNING
    line.puppet.containers = (CONTAINER,)


def run_still(line: Line) -> list[str]:
    """The commands that run in the container."""
    return [command.argv for command in line.puppet.commands.in_container(CONTAINER.id)]


async def test_what_a_command_prints_goes_up_and_its_exit_code_is_last(line: Line) -> None:
    async with line.agent():
        ask(line, "one", "sh", "-c", "echo out; echo err >&2; exit 7")
        heard = await line.server.until(lambda: len(line.server.tunnels.get("one", ())) == 3 and line.server.tunnels)

    assert line.server.opened == [TunnelOpened(tunnel="one")]
    assert heard == {"one": [Output(data=b"out\n"), Output(data=b"err\n", stderr=True), Exited(code=7)]}


async def test_what_comes_down_goes_into_it(line: Line) -> None:
    line.server.tunnel_input["cat"] = (Input(data=b"\xff\x00"), Input(data=b"more"), InputEnd())
    line.server.tunnel_input["sh"] = (Resize(rows=50, columns=132), Input(data=b"stty size\n"), Input(data=b"exit 3\n"))
    async with line.agent():
        ask(line, "cat", "cat", stdin=True)
        ask(line, "sh", "sh", stdin=True, tty=True)
        await line.server.until(lambda: Exited() in line.server.tunnels.get("cat", ()))
        await line.server.until(lambda: Exited(code=3) in line.server.tunnels.get("sh", ()))

    assert line.server.tunnels["cat"] == [Output(data=b"\xff\x00"), Output(data=b"more"), Exited()]
    assert Output(data=b"50 132\r\n") in line.server.tunnels["sh"]


async def test_what_cannot_be_started_is_said_when_the_tunnel_is_opened(line: Line) -> None:
    async with line.agent():
        ask(line, "one", "no-such-program")
        [opened] = await line.server.until(lambda: line.server.opened)

    assert opened.error == TaskError(
        code="not_possible",
        message='exec: "no-such-program": executable file not found in $PATH',
        where="command no-such-program",
        hint=opened.error.hint if opened.error else "",
    )
    assert line.server.tunnels == {"one": []}


@pytest.mark.parametrize(
    ("refusal", "code"),
    [(OSError(errno.ENOSPC, "No space left on device", "/data"), "unavailable"), (KeyError("odd"), "internal")],
)
async def test_what_is_wrong_with_one_command_is_told_and_ends_neither_the_others_nor_the_agent(
    line: Line, refusal: Exception, code: str
) -> None:
    async with line.agent():
        ask(line, "other", "cat", stdin=True)
        await line.server.until(lambda: line.server.opened)
        line.puppet.refusal = refusal
        ask(line, "one", "true")
        await line.server.until(lambda: len(line.server.opened) == 2)
        beats = len(line.server.heartbeats)
        await line.server.until(lambda: len(line.server.heartbeats) > beats)

        assert run_still(line) == ["cat"]
    assert [opened.error and opened.error.code for opened in line.server.opened] == [None, code]


async def test_a_command_that_cannot_be_closed_ends_nothing_else(
    line: Line, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    close = SimulatedCommand.close

    async def refused(self: SimulatedCommand) -> None:
        await close(self)
        raise NotPossible("the engine says no")

    monkeypatch.setattr(SimulatedCommand, "close", refused)
    async with line.agent():
        ask(line, "one", "true")
        await eventually(lambda: "may be left" in caplog.text)
        ask(line, "two", "true")
        await line.server.until(lambda: Exited() in line.server.tunnels.get("two", ()))


@pytest.mark.parametrize("end", ["the person left", "the network", "the agent stops"])
async def test_a_command_ends_with_the_person_and_with_the_session_and_with_the_agent(line: Line, end: str) -> None:
    """Also one that does not take what is put into it."""
    line.server.tunnel_input["deaf"] = (Input(data=b"never read"),) * 3
    async with line.agent():
        ask(line, "one", *FOREVER)
        ask(line, "deaf", *FOREVER, stdin=True)
        await eventually(lambda: len(run_still(line)) == 2 and len(line.server.opened) == 2)
        if end == "the person left":
            line.server.send(CloseTunnel(tunnel="one"))
            line.server.send(CloseTunnel(tunnel="deaf"))
        elif end == "the network":
            line.server.cut()
        if end != "the agent stops":
            await eventually(lambda: not run_still(line))

    assert run_still(line) == []


async def test_a_tunnel_that_is_closed_before_its_command_has_begun_leaves_nothing(line: Line) -> None:
    async with line.agent():
        await line.server.until(lambda: line.server.heartbeats)
        ask(line, "one", *FOREVER)
        line.server.send(CloseTunnel(tunnel="one"))
        ask(line, "two", "true")
        await line.server.until(lambda: line.server.tunnels.get("two"))
        await eventually(lambda: not run_still(line))


async def test_a_command_that_was_asked_for_in_a_session_that_is_over_is_never_begun(line: Line) -> None:
    begun: list[ExecTarget] = []

    class Executor:
        async def exec(self, target: ExecTarget) -> Command:
            begun.append(target)
            raise NotPossible("no")

        async def end_left_behind(self) -> None:
            pass

    async def dial() -> AgentConnection:
        return cast("AgentConnection", FakeConnection(line.server))

    link = Link()
    tunnels = Tunnels(cast("Any", Executor()), link, dial)
    target = ExecTarget(container_id=CONTAINER.id, argv=("rm", "x"))
    async with anyio.create_task_group() as tasks:
        link.up(cast("AgentApi", object()))
        tunnels.open(OpenTunnel(tunnel="old", target=target))
        await link.down()
        link.up(cast("AgentApi", object()))
        tunnels.open(OpenTunnel(tunnel="new", target=target))
        tasks.start_soon(tunnels.run)
        await line.server.until(lambda: line.server.opened)
        tasks.cancel_scope.cancel()

    assert [opened.tunnel for opened in line.server.opened] == ["new"]
    assert begun == [target]


async def test_one_that_nobody_reads_holds_up_no_other(line: Line) -> None:
    """Nor the heartbeats."""
    line.server.stalled_tunnels = {"stuck"}
    async with line.agent():
        ask(line, "stuck", "yes")
        await line.server.until(lambda: line.server.opened)
        for number in range(20):
            ask(line, f"t{number}", "echo", str(number))
        await line.server.until(lambda: sum(Exited() in heard for heard in line.server.tunnels.values()) == 20)
        beats = len(line.server.heartbeats)
        await line.server.until(lambda: len(line.server.heartbeats) > beats)

        assert run_still(line) == ["yes"]
    assert line.server.tunnels["stuck"] == []


async def test_what_an_agent_that_was_killed_left_is_ended_once_the_engine_answers(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("composia.agent.tunnels.AGAIN_S", 0.01)
    line.puppet.silence = Unavailable("no engine")
    async with line.agent():
        await eventually(lambda: line.puppet.left_behind_ended > 2)
        line.puppet.silence = None
        await eventually(lambda: line.puppet.left_behind_done)
        count = line.puppet.left_behind_ended
        with anyio.fail_after(20):
            await line.server.until(lambda: len(line.server.heartbeats) > 1)

    assert line.puppet.left_behind_ended == count


async def test_a_log_goes_up_line_by_line_each_with_its_time(line: Line) -> None:
    printed = line.puppet.printed[CONTAINER.id] = Printed(is_up=False)
    printed.print(b"one", b"two \xff\x00")
    printed.print(b"three", stderr=True)
    async with line.agent():
        line.server.send(OpenTunnel(tunnel="log", target=LogsTarget(container_id=CONTAINER.id)))
        await line.server.until(lambda: Exited() in line.server.tunnels.get("log", ()))

    out, err, end = line.server.tunnels["log"]
    assert out == Output(
        data=b"2023-11-14T22:13:20.000001000Z one\n2023-11-14T22:13:20.000002000Z two \xff\x00\n", stderr=False
    )
    assert err == Output(data=b"2023-11-14T22:13:20.000003000Z three\n", stderr=True)
    assert end == Exited()


async def test_a_log_that_is_followed_goes_on_until_nobody_reads_it(line: Line) -> None:
    printed = line.puppet.printed[CONTAINER.id] = Printed()
    async with line.agent():
        line.server.send(OpenTunnel(tunnel="log", target=LogsTarget(container_id=CONTAINER.id, follow=True)))
        await eventually(lambda: printed.reads)
        printed.print(b"one")
        await line.server.until(lambda: len(line.server.tunnels.get("log", ())) == 1)
        printed.print(b"two")
        await line.server.until(lambda: len(line.server.tunnels["log"]) == 2)
        opened = printed.open
        line.server.send(CloseTunnel(tunnel="log"))
        await eventually(lambda: printed.open < opened)


async def test_a_log_that_cannot_be_read_is_said(line: Line) -> None:
    line.puppet.printed[CONTAINER.id] = Printed(refusal=NotPossible("another log driver", hint="json-file"))
    async with line.agent():
        line.server.send(OpenTunnel(tunnel="log", target=LogsTarget(container_id=CONTAINER.id)))
        [failed] = await line.server.until(lambda: line.server.tunnels.get("log"))

    assert failed == TunnelFailed(error=TaskError(code="not_possible", message="another log driver", hint="json-file"))
