"""Commands in simulated containers. They end with the agent, so none is ever left behind."""

import asyncio
import signal
from collections.abc import AsyncGenerator
from contextlib import suppress

import anyio

from composia.builtin_plugins.simulated.programs import PROGRAMS, Room
from composia.core.container import Container, ContainerState
from composia.core.tunnel import ExecTarget
from composia.errors import NotFound, NotPossible

_CTRL_C, _CTRL_D = b"\x03", b"\x04"
_KILLED = 128

_LINES = 8
"""Pieces of output that nobody has read yet."""


class _Console:
    """What a program reads and writes: little lies between it and whoever is at the other end."""

    def __init__(self, target: ExecTarget) -> None:
        self.tty = target.tty
        self.rows = target.rows
        self.columns = target.columns
        self.put_in, self._goes_in = anyio.create_memory_object_stream[bytes](0)
        self._put_out, self.comes_out = anyio.create_memory_object_stream[tuple[bool, bytes]](_LINES)

    async def read(self) -> bytes:
        """Some input; empty at its end."""
        try:
            return await self._goes_in.receive()
        except anyio.EndOfStream:
            return b""

    async def write(self, data: bytes, *, stderr: bool = False) -> None:
        """Some output; a terminal has one stream and its own newline."""
        await self._put_out.send((False, data.replace(b"\n", b"\r\n")) if self.tty else (stderr, data))

    def close(self) -> None:
        """The program is over; what it has written can still be read."""
        for stream in (self.put_in, self._goes_in, self._put_out):
            stream.close()


class SimulatedCommand:
    """A command that runs: a task, with its console."""

    def __init__(self, target: ExecTarget, room: Room) -> None:
        self.argv = " ".join(target.argv)
        self._room = room
        self._console = _Console(target)
        self._ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._run(target))
        if not target.stdin:
            self._console.put_in.close()

    @property
    def runs(self) -> bool:
        """Whether it has not ended."""
        return not self._ended.done()

    async def output(self) -> AsyncGenerator[tuple[bool, bytes], None]:
        """What comes out."""
        with suppress(anyio.EndOfStream, anyio.ClosedResourceError):
            while True:
                yield await self._console.comes_out.receive()

    async def write(self, data: bytes) -> None:
        """Put bytes in, as a terminal does when there is one: it shows them, and knows Ctrl-C and Ctrl-D."""
        tty = self._console.tty
        if tty and _CTRL_C in data:
            await self.signal("INT")
        elif tty and data == _CTRL_D:
            await self.end_input()
        else:
            with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
                if tty:
                    data = data.replace(b"\r", b"\n")
                    await self._console.write(data)
                await self._console.put_in.send(data)

    async def end_input(self) -> None:
        """Nothing more goes in."""
        self._console.put_in.close()

    async def resize(self, rows: int, columns: int) -> None:
        """Its terminal has another size now."""
        self._console.rows, self._console.columns = rows, columns

    async def signal(self, name: str) -> None:
        """Send it a signal, which ends it unless it has a trap."""
        name = name.removeprefix("SIG")
        if f"SIG{name}" not in signal.Signals.__members__:
            raise NotPossible(f"there is no signal {name}", hint="such as INT, TERM or HUP")
        if name not in self._room.traps:
            self._end(name)

    async def exit_code(self) -> int:
        """Its exit code, once it has ended."""
        return await asyncio.shield(self._ended)

    async def close(self) -> None:
        """End it, if it still runs."""
        self._console.comes_out.close()
        self._end("KILL")
        await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self, target: ExecTarget) -> None:
        code = _KILLED + signal.SIGPIPE
        try:
            code = await PROGRAMS[target.argv[0]](list(target.argv[1:]), self._console, self._room)
        except (anyio.BrokenResourceError, anyio.ClosedResourceError):
            pass  # nobody reads it any more
        except (ValueError, IndexError):
            code = 1
        finally:
            self._over(code)

    def _end(self, name: str) -> None:
        if self.runs:
            self._over(_KILLED + signal.Signals[f"SIG{name}"])
            self._task.cancel()

    def _over(self, code: int) -> None:
        self._console.close()
        if self.runs:
            self._ended.set_result(code)


class Commands:
    """Those of all containers of a node."""

    def __init__(self) -> None:
        self._run: dict[str, list[SimulatedCommand]] = {}

    def in_container(self, container_id: str) -> list[SimulatedCommand]:
        """Those that run there."""
        here = self._run.setdefault(container_id, [])
        here[:] = [command for command in here if command.runs]
        return here

    def start(self, target: ExecTarget, containers: tuple[Container, ...]) -> SimulatedCommand:
        """Start a command."""
        container = next((one for one in containers if one.id == target.container_id), None)
        if container is None:
            raise NotFound(f"no such container: {target.container_id}")
        if container.state is not ContainerState.RUNNING:
            raise NotPossible(f"container {container.id} is not running")
        program = target.argv[0]
        if program not in PROGRAMS:
            message = f'exec: "{program}": executable file not found in $PATH'
            raise NotPossible(message, where=f"command {program}", hint=f"here is only {', '.join(PROGRAMS)}")
        here = self.in_container(container.id)
        room = Room(
            hostname=container.id[:12],
            environment=target.environment,
            directory=target.directory or "/",
            others=lambda: [command.argv for command in here if command.runs],
        )
        command = SimulatedCommand(target, room)
        here.append(command)
        return command
