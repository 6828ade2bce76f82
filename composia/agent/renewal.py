"""Renewing the credential in time, over the connection that is open then."""

import logging
from collections.abc import Callable

import anyio

from composia.agent.backoff import Backoff
from composia.agent.bell import Bell
from composia.agent.link import Link
from composia.agent.membership import Membership
from composia.errors import ComposiaError

log = logging.getLogger(__name__)

AGAIN_FIRST_S = 5.0
AGAIN_LONGEST_S = 600.0


class Renewal:
    """The server says when; the agent's own clock may be wrong. `on_renewed` is called when there is a new credential."""

    def __init__(self, membership: Membership, link: Link) -> None:
        self._membership = membership
        self._link = link
        self.on_renewed: Callable[[], None] = lambda: None
        self._planned = Bell()
        self._due: float | None = None

    def plan(self, renew_s: float | None) -> None:
        """Renew in so many seconds; None for a credential that does not expire."""
        self._due = None if renew_s is None else anyio.current_time() + renew_s
        self._planned.ring()

    async def run(self) -> None:
        """Renew whenever it is due, for ever."""
        again = Backoff(first_s=AGAIN_FIRST_S, longest_s=AGAIN_LONGEST_S)
        while True:
            planned = self._planned.next
            if self._due is None or anyio.current_time() < self._due:
                with anyio.CancelScope(deadline=float("inf") if self._due is None else self._due):
                    await planned.wait()
                continue
            self._due = None
            try:
                async with self._link.connected() as api:
                    await self._membership.renew(api)
            except (ComposiaError, OSError) as error:
                log.warning("cannot renew the credential", extra={"reason": str(error)})
                self.plan(again.next())
            else:
                again.reset()
                self.on_renewed()
