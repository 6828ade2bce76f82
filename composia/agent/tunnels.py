"""Tunnels that the server asks for: each a call of its own, on a connection of its own, so that one that nobody reads holds up
neither another nor the session."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import replace

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from composia.agent.link import Link
from composia.core.session import OpenTunnel
from composia.core.task import TaskError
from composia.core.tunnel import (
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
    TunnelOpened,
    TunnelUp,
)
from composia.errors import ComposiaError, NotPossible
from composia.plugins.executor import Executor
from composia.plugins.executor_talking import Command
from composia.plugins.transport import AgentConnection

log = logging.getLogger(__name__)

CLOSE_S = 2.0
AGAIN_S = 5.0
"""How often an engine that does not answer is asked again for what an agent that was killed has left."""


class Tunnels:
    """Opens them, side by side. They end with what runs in them, with the person, and with the session."""

    def __init__(self, executor: Executor, link: Link, dial: Callable[[], Awaitable[AgentConnection]]) -> None:
        self._executor = executor
        self._link = link
        self._dial = dial
        self._open: dict[str, anyio.CancelScope] = {}
        self._asked, self._requests = anyio.create_memory_object_stream[OpenTunnel](float("inf"))

    async def run(self) -> None:
        """First end what an agent that was killed has left in containers; then open tunnels, for ever."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._end_left_behind)
            with self._asked, self._requests:
                async for request in self._requests:
                    tasks.start_soon(self._carry, request, name=f"tunnel {request.tunnel}")

    def open(self, request: OpenTunnel) -> None:
        """The server wants one."""
        self._asked.send_nowait(request)

    def close(self, tunnel: str) -> None:
        """Nobody is at its other end any more."""
        if scope := self._open.get(tunnel):
            scope.cancel()

    async def _end_left_behind(self) -> None:
        while True:
            try:
                await self._executor.end_left_behind()
            except ComposiaError as error:
                log.info("commands may be left in containers", extra={"reason": str(error)})
                await anyio.sleep(AGAIN_S)
            else:
                return

    async def _carry(self, request: OpenTunnel) -> None:
        command: Command | None = None
        with anyio.CancelScope() as scope:
            self._open[request.tunnel] = scope
            try:
                async with self._link.connected():
                    opened = TunnelOpened(tunnel=request.tunnel)
                    try:
                        command = await self._start(request.target)
                    except ComposiaError as error:
                        opened = replace(opened, error=TaskError.of(error))
                    await self._speak(opened, command)
            except ComposiaError as error:
                log.info("tunnel lost", extra={"tunnel": request.tunnel, "reason": str(error)})
            finally:
                del self._open[request.tunnel]
                if command is not None:
                    await command.close()

    async def _start(self, target: ExecTarget | LogsTarget) -> Command:
        if isinstance(target, ExecTarget):
            return await self._executor.exec(target)
        raise NotPossible("this agent cannot read logs for others yet")

    async def _speak(self, opened: TunnelOpened, command: Command | None) -> None:
        connection = await self._dial()
        says, said = anyio.create_memory_object_stream[TunnelUp](0)
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(_tell, opened, command, says)
                try:
                    async for message in connection.tunnel(_each(said)):
                        if command is not None:
                            await _do(command, message)
                except ComposiaError as error:  # a task group would wrap it
                    log.info("tunnel broke off", extra={"tunnel": opened.tunnel, "reason": str(error)})
                tasks.cancel_scope.cancel()
        finally:
            says.close()
            said.close()
            with anyio.move_on_after(CLOSE_S, shield=True):
                await connection.close()


async def _tell(opened: TunnelOpened, command: Command | None, says: MemoryObjectSendStream[TunnelUp]) -> None:
    """Say what comes out, to its end; no faster than it is sent."""
    with says:
        await says.send(opened)
        if command is None:
            return
        try:
            async for stderr, data in command.output():
                await says.send(Output(data=data, stderr=stderr))
            await says.send(Exited(code=await command.exit_code()))
        except ComposiaError as error:
            await says.send(TunnelFailed(error=TaskError.of(error)))


async def _each(said: MemoryObjectReceiveStream[TunnelUp]) -> AsyncIterator[TunnelUp]:
    """What the transport takes at its own pace, in a task of its own. It holds nothing that would have to be let go of."""
    with suppress(anyio.ClosedResourceError):
        async for message in said:
            yield message


async def _do(command: Command, message: TunnelDown) -> None:
    try:
        match message:
            case Input(data=data):
                await command.write(data)
            case InputEnd():
                await command.end_input()
            case Resize(rows=rows, columns=columns):
                await command.resize(rows, columns)
            case Signal(name=name):
                await command.signal(name)
    except ComposiaError as error:  # what comes out says how the command is
        log.info("a command does not take it", extra={"what": type(message).__name__, "reason": str(error)})
