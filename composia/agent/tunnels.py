"""Tunnels that the server asks for: each a call of its own, on a connection of its own, so that one that nobody reads holds up
neither another nor the session."""

import logging
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing, suppress
from dataclasses import replace

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from composia.agent.bell import Bell
from composia.agent.failure import failure
from composia.agent.link import Link
from composia.agent.log_tunnel import log_of
from composia.core.session import OpenTunnel
from composia.core.tunnel import (
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
from composia.errors import ComposiaError
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
        self._requests: deque[tuple[OpenTunnel, int]] = deque()
        self._bell = Bell()

    async def run(self) -> None:
        """First end what an agent that was killed has left in containers; then open tunnels, for ever."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._end_left_behind)
            while True:
                asked = self._bell.next
                while self._requests:
                    request, session = self._requests.popleft()
                    tasks.start_soon(self._carry, request, session, name=f"tunnel {request.tunnel}")
                await asked.wait()

    def open(self, request: OpenTunnel) -> None:
        """The server wants one."""
        self._open[request.tunnel] = anyio.CancelScope()  # it may be closed before its task has begun
        self._requests.append((request, self._link.session))
        self._bell.ring()

    def close(self, tunnel: str) -> None:
        """Nobody is at its other end any more."""
        if scope := self._open.get(tunnel):
            scope.cancel()

    async def _end_left_behind(self) -> None:
        while True:
            try:
                await self._executor.end_left_behind()
            except (ComposiaError, OSError) as error:
                log.info("commands may be left in containers", extra={"reason": str(error)})
                await anyio.sleep(AGAIN_S)
            else:
                return

    async def _carry(self, request: OpenTunnel, session: int) -> None:
        if self._link.session != session:  # over, and so is whoever waited; a command must not run for nobody later
            del self._open[request.tunnel]
            return
        command: Command | None = None
        with self._open[request.tunnel]:
            try:
                async with self._link.connected():
                    opened = TunnelOpened(tunnel=request.tunnel)
                    if isinstance(request.target, LogsTarget):
                        await self._speak(opened, None, log_of(self._executor, request.target))
                        return
                    try:
                        command = await self._executor.exec(request.target)
                    except Exception as error:  # noqa: BLE001 - of one command; it must not end the agent
                        told = failure(error, f"tunnel {request.tunnel}")
                        await self._speak(replace(opened, error=told), None, _nothing())
                    else:
                        await self._speak(opened, command, _output_of(command))
            except ComposiaError as error:
                log.info("tunnel lost", extra={"tunnel": request.tunnel, "reason": str(error)})
            except Exception:
                log.exception("tunnel failed", extra={"tunnel": request.tunnel})  # alone; it must not end the agent
            finally:
                del self._open[request.tunnel]
                if command is not None:
                    await _close(command)

    async def _speak(
        self, opened: TunnelOpened, command: Command | None, output: AsyncGenerator[TunnelUp, None]
    ) -> None:
        connection = await self._dial()
        says, said = anyio.create_memory_object_stream[TunnelUp](0)
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(_tell, opened, output, says)
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


async def _tell(
    opened: TunnelOpened, output: AsyncGenerator[TunnelUp, None], says: MemoryObjectSendStream[TunnelUp]
) -> None:
    """Say what comes out, to its end; no faster than it is sent."""
    async with aclosing(output):
        with says:
            await says.send(opened)
            try:
                async for message in output:
                    await says.send(message)
            except Exception as error:  # noqa: BLE001 - likewise
                await says.send(TunnelFailed(error=failure(error, f"tunnel {opened.tunnel}")))


async def _close(command: Command) -> None:
    try:
        await command.close()
    except (ComposiaError, OSError) as error:
        log.warning("a command may be left in its container", extra={"reason": str(error)})


async def _output_of(command: Command) -> AsyncGenerator[TunnelUp, None]:
    async for stderr, data in command.output():
        yield Output(data=data, stderr=stderr)
    yield Exited(code=await command.exit_code())


async def _nothing() -> AsyncGenerator[TunnelUp, None]:
    return
    yield


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
