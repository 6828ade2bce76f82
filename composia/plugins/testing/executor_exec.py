"""The contract of commands in containers. Subclass it as `composia.plugins.testing.executor` says; the containers have `sh`,
`cat`, `echo`, `env`, `ps`, `pwd`, `sleep`, `stty` and `yes`.

1. WholeCommandContract
2. SlowCommandContract
3. RefusedCommandContract
4. TerminalContract
5. EndedCommandContract
"""

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import anyio.to_thread
import pytest

from composia.core.task import TaskKind
from composia.core.tunnel import ExecTarget
from composia.errors import NotFound, NotPossible
from composia.plugins.executor import Executor
from composia.plugins.executor_talking import Command
from composia.plugins.testing.executor_bench import PATIENCE_S, Behaviour, Bench, Contract, done, own, released

MIB = 1 << 20
ENDED_WITHIN_S = 15.0
FOREVER = str(100_000_000 + os.getpid())
"""How long commands sleep that the tests end; `ps` shows it. Tests that run side by side each find their own."""


@asynccontextmanager
async def container(bench: Bench) -> AsyncIterator[tuple[Executor, str]]:
    """An executor, and the id of a container that runs."""
    async with bench.opened() as executor:
        await released(executor, bench.work(behaviour=Behaviour.RUNS))
        [one] = (await own(executor, bench)).values()
        yield executor, one.id


@asynccontextmanager
async def command(executor: Executor, container_id: str, *argv: str, **how: Any) -> AsyncIterator[Command]:
    """A command for the time of a block."""
    started = await executor.exec(ExecTarget(container_id=container_id, argv=argv, **how))
    try:
        with anyio.fail_after(PATIENCE_S):
            yield started
    finally:
        await started.close()


async def read(one: Command) -> tuple[bytes, bytes]:
    """All of stdout and stderr, to the end."""
    out, err = bytearray(), bytearray()
    async for stderr, data in one.output():
        (err if stderr else out).extend(data)
    return bytes(out), bytes(err)


async def ran(executor: Executor, container_id: str, *argv: str, **how: Any) -> tuple[bytes, bytes, int]:
    """What a command that ends by itself prints, and its exit code."""
    async with command(executor, container_id, *argv, **how) as one:
        out, err = await read(one)
        return out, err, await one.exit_code()


async def read_until(one: Command, wanted: bytes) -> bytes:
    """What comes out until that comes."""
    out = b""
    with anyio.fail_after(PATIENCE_S):
        async for _, data in one.output():
            out += data
            if wanted in out:
                return out
    raise AssertionError(f"{wanted!r} is not in {out!r}")


def in_another_process(bench: Bench, container_id: str, *argv: str) -> subprocess.Popen[bytes]:
    """An agent, so to speak, that runs a command and may be killed."""
    given = {"plugin": bench.plugin, "config": dict(bench.config), "data": str(bench.root / "data")}
    words = json.dumps({**given, "container": container_id, "argv": argv})
    module = "composia.plugins.testing.executor_exec_process"
    return subprocess.Popen([sys.executable, "-m", module, words], stdout=subprocess.PIPE)


async def none_sleeps(executor: Executor, container_id: str) -> bool:
    """Whether nothing of the tests is left in the container."""
    out, _, _ = await ran(executor, container_id, "ps")
    return FOREVER.encode() not in out


class WholeCommandContract(Contract):
    """Promise 1: bytes as they are, and the exit code."""

    async def test_1_output_and_exit_code_are_the_commands_own(self, bench: Bench) -> None:
        """Both streams apart."""
        async with container(bench) as (executor, id_):
            assert await ran(executor, id_, "echo", "hi", "ho") == (b"hi ho\n", b"", 0)
            assert await ran(executor, id_, "sh", "-c", "echo out; echo err >&2; exit 7") == (b"out\n", b"err\n", 7)

    async def test_1_ten_megabytes_go_through_unchanged(self, bench: Bench) -> None:
        """Of any bytes, in pieces of any size."""
        data = random.Random(1).randbytes(10 * MIB)  # noqa: S311 - any bytes will do
        seen = hashlib.sha256()
        async with container(bench) as (executor, id_), command(executor, id_, "cat", stdin=True) as cat:

            async def write() -> None:
                for begin in range(0, len(data), 300_000):
                    await cat.write(data[begin : begin + 300_000])
                await cat.end_input()

            async with anyio.create_task_group() as group:
                group.start_soon(write)
                async for _, piece in cat.output():
                    seen.update(piece)
            assert await cat.exit_code() == 0

        assert seen.digest() == hashlib.sha256(data).digest()

    async def test_1_what_comes_after_the_end_of_the_input_is_not_lost(self, bench: Bench) -> None:
        """A command may have much to say still."""
        argv = ("sh", "-c", "cat; sleep 0.3; echo end")
        async with container(bench) as (executor, id_), command(executor, id_, *argv, stdin=True) as one:
            await one.write(b"in ")
            await one.end_input()
            assert await read(one) == (b"in end\n", b"")

    async def test_1_it_has_the_environment_and_the_directory_that_were_asked_for(self, bench: Bench) -> None:
        """And none of the agent's."""
        async with container(bench) as (executor, id_):
            out, _, _ = await ran(executor, id_, "env", environment=("COLOUR=blue",))
            assert b"COLOUR=blue\n" in out
            assert await ran(executor, id_, "pwd", directory="/tmp") == (b"/tmp\n", b"", 0)  # noqa: S108 - in there


class SlowCommandContract(Contract):
    """Promise 2: nothing is dropped, and nobody is held up by another."""

    async def test_2_a_command_that_nobody_reads_holds_up_no_other(self, bench: Bench) -> None:
        """Twenty of them at once."""
        ended: list[int] = []

        async def one(executor: Executor, id_: str, number: int) -> None:
            out, _, code = await ran(executor, id_, "echo", str(number))
            assert out == f"{number}\n".encode()
            ended.append(code)

        async with (
            container(bench) as (executor, id_),
            command(executor, id_, "yes"),
            command(executor, id_, "sleep", FOREVER, stdin=True) as deaf,
        ):
            with anyio.move_on_after(0.5) as stuck:
                while True:
                    await deaf.write(bytes(MIB))
            assert stuck.cancelled_caught
            async with anyio.create_task_group() as many:
                for number in range(20):
                    many.start_soon(one, executor, id_, number)

        assert ended == [0] * 20


class RefusedCommandContract(Contract):
    """Promise 3: what cannot be started is said."""

    @pytest.mark.parametrize("tty", [False, True])
    async def test_3_a_program_that_there_is_not(self, bench: Bench, tty: bool) -> None:
        """In the engine's words, without its own reasoning."""
        async with container(bench) as (executor, id_):
            with pytest.raises(NotPossible) as refused:
                await executor.exec(ExecTarget(container_id=id_, argv=("no-such-program",), tty=tty, stdin=tty))

        assert refused.value.message == 'exec: "no-such-program": executable file not found in $PATH'
        assert refused.value.where == "command no-such-program"

    async def test_3_a_container_that_does_not_run_or_is_no_more(self, bench: Bench) -> None:
        """The two are told apart."""
        async with container(bench) as (executor, id_):
            await done(executor, bench.work(TaskKind.STOP))
            with pytest.raises(NotPossible, match="is not running"):
                await executor.exec(ExecTarget(container_id=id_, argv=("true",)))
            await done(executor, bench.work(TaskKind.DOWN))
            with pytest.raises(NotFound, match="no such container"):
                await executor.exec(ExecTarget(container_id=id_, argv=("true",)))


class TerminalContract(Contract):
    """Promise 4: sizes and signals."""

    async def test_4_a_terminal_has_the_size_that_was_asked_for_and_that_comes_later(self, bench: Bench) -> None:
        """As `stty` says."""
        how: dict[str, Any] = {"tty": True, "stdin": True, "rows": 24, "columns": 80}
        async with container(bench) as (executor, id_), command(executor, id_, "sh", **how) as shell:
            await shell.write(b"stty size\n")
            await read_until(shell, b"24 80\r\n")
            await shell.resize(50, 132)
            await shell.write(b"stty size\n")
            await read_until(shell, b"50 132\r\n")
            await shell.write(b"exit 3\n")
            await read(shell)
            assert await shell.exit_code() == 3

    async def test_4_ctrl_c_on_a_terminal_and_a_signal_without_one_reach_it(self, bench: Bench) -> None:
        """Which it ends with, as a shell tells."""
        async with container(bench) as (executor, id_):
            async with command(executor, id_, "sleep", FOREVER, tty=True, stdin=True) as one:
                await one.write(b"\x03")
                await read(one)
                assert await one.exit_code() == 128 + signal.SIGINT
            async with command(executor, id_, "sleep", FOREVER) as one:
                await one.signal("TERM")
                await read(one)
                assert await one.exit_code() == 128 + signal.SIGTERM

    async def test_4_a_signal_that_there_is_not_is_said(self, bench: Bench) -> None:
        """And the command goes on."""
        async with container(bench) as (executor, id_), command(executor, id_, "cat", stdin=True) as cat:
            with pytest.raises(NotPossible, match="no signal NONSENSE"):
                await cat.signal("NONSENSE")
            await cat.write(b"still here")
            await read_until(cat, b"still here")


class EndedCommandContract(Contract):
    """Promise 5: nothing stays behind."""

    @pytest.mark.parametrize(
        "argv",
        [
            ("sleep", FOREVER),
            ("sh", "-c", f"sleep {FOREVER}; true"),
            ("sh", "-c", f"trap '' HUP; sleep {FOREVER}; sleep {FOREVER}"),
        ],
        ids=["a program", "a child of a shell", "one that does not care"],
    )
    @pytest.mark.parametrize("tty", [False, True])
    async def test_5_a_command_that_is_closed_is_ended(self, bench: Bench, argv: tuple[str, ...], tty: bool) -> None:
        """With all that it has started."""
        async with container(bench) as (executor, id_):
            one = await executor.exec(ExecTarget(container_id=id_, argv=argv, tty=tty, stdin=True))
            assert not await none_sleeps(executor, id_)
            with anyio.fail_after(ENDED_WITHIN_S):
                await one.close()
            assert await none_sleeps(executor, id_)

    async def test_5_one_that_nobody_reads_is_ended_too(self, bench: Bench) -> None:
        """It hangs in what it writes."""
        async with container(bench) as (executor, id_):
            one = await executor.exec(ExecTarget(container_id=id_, argv=("yes", FOREVER)))
            await anyio.sleep(0.1)
            await one.close()
            assert await none_sleeps(executor, id_)

    async def test_5_what_an_agent_that_was_killed_left_is_ended_by_the_next_one(self, bench: Bench) -> None:
        """And nothing else is."""
        async with container(bench) as (_, id_):
            agent = in_another_process(bench, id_, "sleep", FOREVER)
            assert agent.stdout is not None
            with agent.stdout:
                assert await anyio.to_thread.run_sync(agent.stdout.readline) == b"started\n"
            agent.kill()
            agent.wait()
            async with bench.opened() as next_one:
                await next_one.end_left_behind()

                assert await none_sleeps(next_one, id_)
                assert (await ran(next_one, id_, "echo", "well"))[0] == b"well\n"

    async def test_5_what_is_open_is_not_left_behind(self, bench: Bench) -> None:
        """An agent may be asked for commands before the engine has let it look for what was left."""
        async with container(bench) as (executor, id_), command(executor, id_, "cat", stdin=True) as cat:
            await executor.end_left_behind()
            await cat.write(b"still here")
            await read_until(cat, b"still here")


class ExecContract(
    WholeCommandContract, SlowCommandContract, RefusedCommandContract, TerminalContract, EndedCommandContract
):
    """All of it."""
