"""What is left of a command that nobody waits for any more when it has begun, at a socket that answers as an engine does."""

import json
from contextlib import suppress
from pathlib import Path

import anyio
import pytest
from anyio.abc import SocketStream

from composia.builtin_plugins.compose.exec import Exec
from composia.builtin_plugins.compose.exec_record import ExecRecord
from composia.core.tunnel import ExecTarget
from composia.errors import Unavailable
from tests.builtin_plugins.compose.test_engine_stream import OK, engine

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("anyio_backend", ["asyncio"])]
SOON_S = 60.0
UPGRADED = b"HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"
SHELL = ExecTarget(container_id="c", argv=("sh",), tty=True, rows=24, columns=80)
SEEN = {"Pid": 2**22 + 1, "Running": True, "ExitCode": None}
"""A process that the agent does not see: no number is that high."""


class Shell:
    """An engine that starts a command, and does not say whether it has resized its terminal."""

    def __init__(self, *, breaks_off: bool) -> None:
        self._breaks_off = breaks_off
        self.asked_to_resize, self.let_go = anyio.Event(), anyio.Event()

    async def __call__(self, stream: SocketStream, heard: bytes) -> None:
        path = heard.split()[1].partition(b"?")[0]
        if path == b"/exec/e/start":
            await stream.send(UPGRADED)
            with suppress(anyio.EndOfStream, anyio.BrokenResourceError):
                await stream.receive()
            self.let_go.set()
        elif path == b"/exec/e/resize":
            self.asked_to_resize.set()
            if not self._breaks_off:
                await anyio.sleep_forever()
        else:
            body = json.dumps({"Id": "e"} if path == b"/containers/c/exec" else SEEN).encode()
            await stream.send(OK + b"Content-Length: %d\r\n\r\n" % len(body) + body)


async def test_the_person_who_goes_while_the_terminal_gets_its_size_leaves_no_command(tmp_path: Path) -> None:
    shell = Shell(breaks_off=False)
    async with engine(tmp_path, shell, deadline_s=SOON_S) as streams:
        commands = Exec(streams=streams, record=ExecRecord(tmp_path / "commands"))
        async with anyio.create_task_group() as person:
            person.start_soon(commands.start, SHELL)
            await shell.asked_to_resize.wait()
            person.cancel_scope.cancel()

        with anyio.fail_after(SOON_S):
            await shell.let_go.wait()
    assert (commands.open, commands.record.all()) == (set(), ())


async def test_an_engine_that_breaks_off_while_the_terminal_gets_its_size_leaves_no_command(tmp_path: Path) -> None:
    shell = Shell(breaks_off=True)
    async with engine(tmp_path, shell, deadline_s=SOON_S) as streams:
        commands = Exec(streams=streams, record=ExecRecord(tmp_path / "commands"))
        with pytest.raises(Unavailable, match="went away"):
            await commands.start(SHELL)

        with anyio.fail_after(SOON_S):
            await shell.let_go.wait()
    assert (commands.open, commands.record.all()) == (set(), ())
