"""Keeping a session open: connect, speak, and when it is over, come back after a random while."""

import logging
from collections.abc import Awaitable, Callable

import anyio

from composia.agent.backoff import Backoff
from composia.agent.membership import Membership
from composia.agent.session import Desk, Session
from composia.core.session import Hello
from composia.errors import ComposiaError, Conflict, Forbidden, Invalid, NotPossible, Unauthenticated
from composia.plugins.transport import AgentConnection, Transport

log = logging.getLogger(__name__)

REFUSALS = (Unauthenticated, Forbidden, Conflict, NotPossible, Invalid)
"""What does not pass by itself: a person has to do something, so there is no hurry."""

STEADY_HEARTBEATS = 2
"""A session that lived so long was a good one."""

CLOSE_S = 2.0


class Connector:
    """Each try has a connection of its own, for a dead one looks alive to whoever shares it."""

    def __init__(
        self,
        transport: Transport,
        membership: Membership,
        hello: Callable[[], Awaitable[Hello]],
        desk: Desk,
        *,
        retry: Backoff,
        refused: Backoff,
    ) -> None:
        self._transport = transport
        self._membership = membership
        self._hello = hello
        self._desk = desk
        self._retry = retry
        self._longest_s = retry.longest_s
        self._refused = refused
        self._refusal = ""
        self._present = anyio.CancelScope()

    def come_anew(self) -> None:
        """End the session and come back at once, with the membership as it is now."""
        self._present.cancel()

    async def run(self) -> None:
        """Be connected, as far as possible, for ever."""
        while True:
            delay_s = await self._connect_once()
            await anyio.sleep(delay_s)

    async def _connect_once(self) -> float:
        """One session, from beginning to end. Returns how many seconds to wait before the next."""
        try:
            with anyio.CancelScope() as self._present:
                await self._speak_on_a_connection()
            if self._present.cancelled_caught:
                return 0.0
        except Unauthenticated as error:
            return await self._be_let_in(error)
        except REFUSALS as error:
            self._tell_refusal(error)
            return self._refused.next()
        except (ComposiaError, OSError) as error:  # a full disk, too, may pass
            log.warning("session lost", extra={"reason": str(error)})
        return self._retry.next()

    async def _be_let_in(self, error: Unauthenticated) -> float:
        """Join anew, if that is possible. Returns how many seconds to wait before the next session."""
        self._tell_refusal(error)
        try:
            if await self._membership.refused():
                return self._retry.next()
        except REFUSALS as again:
            log.warning("cannot join anew", extra={"reason": str(again), "hint": again.hint})
        except (ComposiaError, OSError) as trouble:
            log.warning("cannot join anew yet", extra={"reason": str(trouble)})
            return self._retry.next()
        return self._refused.next()

    async def _speak_on_a_connection(self) -> None:
        connection = await self._transport.connect_agent(self._membership.target)
        try:
            await self._speak(connection)
        finally:
            with anyio.move_on_after(CLOSE_S, shield=True):
                await connection.close()

    async def _speak(self, connection: AgentConnection) -> None:
        session = Session(connection, await self._hello(), self._desk)
        began = anyio.current_time()
        try:
            log.info("session over", extra={"reason": await session.run()})
        finally:
            if session.welcome is not None:
                self._refusal = ""
                self._refused.reset()
                # who is away for longer than a lease loses its work
                self._retry.longest_s = min(self._longest_s, session.welcome.lease_s / 2)
                if anyio.current_time() - began >= STEADY_HEARTBEATS * session.welcome.heartbeat_s:
                    self._retry.reset()

    def _tell_refusal(self, error: ComposiaError) -> None:
        """Once: the log is no better for saying it again and again."""
        if str(error) != self._refusal:
            self._refusal = str(error)
            log.error("the server refuses this agent", extra={"reason": str(error), "hint": error.hint})
