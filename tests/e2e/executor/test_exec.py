"""Commands in containers of a real engine, held to the contract, and what is the engine's own."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import pytest

from composia.core.tunnel import ExecTarget
from composia.errors import Unavailable
from composia.plugins.testing.executor_bench import Bench
from composia.plugins.testing.executor_exec import FOREVER, ExecContract, container, none_sleeps, read
from tests.e2e.testbed.engine import Engine


def _may_not(*_: Any) -> None:
    raise PermissionError


@pytest.mark.engine
class TestExec(ExecContract):
    async def test_where_the_agent_may_not_signal_processes_it_does_so_in_the_container(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As an agent that is not root."""
        async with container(bench) as (executor, id_):
            monkeypatch.setattr("composia.builtin_plugins.compose.exec_process.os.kill", _may_not)
            monkeypatch.setattr("composia.builtin_plugins.compose.exec_process.os.killpg", _may_not)
            one = await executor.exec(ExecTarget(container_id=id_, argv=("sleep", FOREVER)))
            await one.signal("TERM")
            await read(one)
            assert await one.exit_code() == 128 + 15
            other = await executor.exec(ExecTarget(container_id=id_, argv=("sh", "-c", f"sleep {FOREVER}; true")))
            await other.close()
            assert await none_sleeps(executor, id_)

    async def test_an_engine_that_goes_away_breaks_it_off_and_nothing_stays(
        self, bench: Bench, engine_a: Engine
    ) -> None:
        """Containers may outlive their engine."""
        async with container(bench) as (executor, id_):
            one = await executor.exec(ExecTarget(container_id=id_, argv=("sleep", FOREVER)))
            await anyio.to_thread.run_sync(engine_a.kill)
            await read(one)
            with pytest.raises(Unavailable):
                await one.exit_code()
            await one.close()
            assert not any(FOREVER in line for line in _command_lines())
            await anyio.to_thread.run_sync(engine_a.start)


def _command_lines() -> list[str]:
    """Of all processes of the machine that sleep for the tests."""
    found = []
    for directory in Path("/proc").iterdir():
        if directory.name.isdigit():
            with suppress(OSError):
                argv = (directory / "cmdline").read_bytes().split(b"\0")
                if argv[0] == b"sleep":
                    found.append(b" ".join(argv).decode())
    return found
