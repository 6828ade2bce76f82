"""Tunnels: an agent is asked to open one, and what it then calls is paired with the person who waits for it.

Nothing is kept between the two ends but a few messages: whoever does not read holds up the other.
"""

import asyncio
import logging
import secrets
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress

import anyio

from composia.core.session import CloseTunnel, OpenTunnel
from composia.core.tunnel import (
    ExecTarget,
    Exited,
    LogsTarget,
    Output,
    TunnelDown,
    TunnelFailed,
    TunnelOpened,
    TunnelUp,
)
from composia.errors import ComposiaError, Invalid, NotFound, TimedOut, Unavailable
from composia.server.sessions import Sessions

log = logging.getLogger(__name__)

OPEN_S = 15.0
"""How long an agent may take to open a tunnel: its engine has to start the command, and it has to call."""

AT_ONCE = 32
"""Tunnels of a node that are being opened. What waits for its agent is bounded, and that must not be the end of its session."""

UNDER_WAY = 2
"""Messages that lie between the two ends, each way."""


class Tunnel:
    """A person's end of a tunnel that is open."""

    def __init__(self, node: str) -> None:
        self._node = node
        self._why = "its end of the tunnel is gone"
        self._to_agent, self._from_person = anyio.create_memory_object_stream[TunnelDown](UNDER_WAY)
        self._to_person, self._from_agent = anyio.create_memory_object_stream[TunnelUp](UNDER_WAY)
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def send(self, message: TunnelDown) -> None:
        """Send something to the agent; returns when there is room for more, or when the agent's end is gone."""
        with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
            await self._to_agent.send(message)

    async def received(self) -> AsyncGenerator[Output | Exited, None]:
        """What comes, to the end of it. The error that the agent tells, or `Unavailable` when it goes away before that."""
        try:
            while True:
                match await self._from_agent.receive():
                    case Output() as output:
                        yield output
                    case Exited() as exited:
                        yield exited
                        return
                    case TunnelFailed(error=error):
                        raise error.raised()
                    case TunnelOpened():
                        raise Invalid("a tunnel is opened once")
        except (anyio.EndOfStream, anyio.ClosedResourceError):
            raise self._lost() from None

    # --- for the agent's end

    async def carry(self, messages: AsyncIterator[TunnelUp]) -> AsyncGenerator[TunnelDown, None]:
        """Be the agent's end, until one of both is gone."""
        hearing = asyncio.create_task(self._hear(messages), name="hear a tunnel")
        try:
            with suppress(anyio.EndOfStream, anyio.ClosedResourceError):
                while True:
                    yield await self._from_person.receive()
        finally:
            self._from_person.close()
            hearing.cancel()
            await asyncio.gather(hearing, return_exceptions=True)

    def close(self, reason: str = "") -> None:
        """End it, from whichever side."""
        self._why = reason or self._why
        for stream in (self._to_agent, self._from_person, self._to_person, self._from_agent):
            stream.close()
        if not self.opened.done():
            self.opened.set_exception(self._lost())
            self.opened.exception()  # looked at: it may be that nobody waits any more

    async def _hear(self, messages: AsyncIterator[TunnelUp]) -> None:
        """Pass on what comes; whatever comes after the end of the tunnel is read and forgotten."""
        try:
            async for message in messages:
                await self._to_person.send(message)
        except (anyio.BrokenResourceError, anyio.ClosedResourceError):
            pass  # the person is gone
        except ComposiaError as error:
            log.info("tunnel lost", extra={"node": self._node, "reason": str(error)})
        finally:
            self._to_person.close()
            self._to_agent.close()

    def _lost(self) -> Unavailable:
        return Unavailable(f"the connection to the agent was lost: {self._why}", where=f"node {self._node}")


class Tunnels:
    """The tunnels that were asked for, and those that are open."""

    def __init__(self, sessions: Sessions, *, open_s: float = OPEN_S) -> None:
        self._sessions = sessions
        self._open_s = open_s
        self._asked: dict[tuple[str, str], Tunnel] = {}
        self._opening: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(AT_ONCE))

    @asynccontextmanager
    async def open(self, node: str, target: ExecTarget | LogsTarget) -> AsyncIterator[Tunnel]:
        """A tunnel to a node for a block. `Unavailable` when its agent is away, `TimedOut` when it takes too long, and what
        the agent says when it cannot do it."""
        session = self._sessions.reachable(node)
        name = secrets.token_hex(16)
        tunnel = Tunnel(node)
        self._asked[node, name] = tunnel
        session.when_over.add(tunnel.close)
        try:
            async with self._opening[node]:
                session.send(OpenTunnel(tunnel=name, target=target))
                await self._until_open(tunnel, node)
            yield tunnel
        finally:
            self._asked.pop((node, name), None)
            session.when_over.discard(tunnel.close)
            tunnel.close()
            session.offer(CloseTunnel(tunnel=name))  # the end of its call says it too, unless nobody reads that

    async def answer(self, node: str, messages: AsyncIterator[TunnelUp]) -> AsyncGenerator[TunnelDown, None]:
        """What an agent's call of a tunnel is answered with. `NotFound` when nobody waits for it, on that node."""
        opened = await anext(messages, None)
        if not isinstance(opened, TunnelOpened):
            raise Invalid("the first message of a tunnel is opened")
        tunnel = self._asked.pop((node, opened.tunnel), None)
        if tunnel is None or tunnel.opened.done():
            raise NotFound("nobody waits for that tunnel", where=f"node {node}")
        if opened.error is not None:
            tunnel.opened.set_exception(opened.error.raised())
            return
        tunnel.opened.set_result(None)
        async for message in tunnel.carry(messages):
            yield message

    async def _until_open(self, tunnel: Tunnel, node: str) -> None:
        try:
            async with asyncio.timeout(self._open_s):
                await tunnel.opened
        except TimeoutError:
            raise TimedOut(
                f"the agent did not open the tunnel in {self._open_s:g} s",
                where=f"node {node}",
                hint=f"composia node show {node}",
            ) from None
