"""The connection to the server, for those who need one whenever there is one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio

from composia.agent.bell import Bell
from composia.errors import Unavailable
from composia.plugins.api import AgentApi

LEAVE_S = 2.0


class Link:
    """Holds the connection of the session that is open. One that is gone takes with it whatever used it."""

    def __init__(self) -> None:
        self._api: AgentApi | None = None
        self._bell = Bell()
        self._left = Bell()
        self._scopes: set[anyio.CancelScope] = set()
        self._number = 0

    @property
    def session(self) -> int:
        """Counts the sessions; 0 while none is open."""
        return self._number if self._api is not None else 0

    def up(self, api: AgentApi) -> None:
        """A session is open on that connection."""
        self._api = api
        self._number += 1
        self._bell.ring()

    async def down(self) -> None:
        """The session is over. Returns once nobody uses its connection any more, or does not let go of it."""
        self._api = None
        for scope in self._scopes:
            scope.cancel()
        with anyio.move_on_after(LEAVE_S, shield=True):
            while self._scopes:
                await self._left.next.wait()

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[AgentApi]:
        """Wait for a connection and use it in a block; `Unavailable` when it goes away meanwhile."""
        while self._api is None:
            await self._bell.next.wait()
        with anyio.CancelScope() as scope:
            self._scopes.add(scope)
            try:
                yield self._api
            finally:
                self._scopes.discard(scope)
                self._left.ring()
        if scope.cancelled_caught:
            raise Unavailable("the connection to the server was lost")
