"""Signing in: with a password, an API token or a link, not too often, and each of it audited."""

import asyncio
import ipaddress
import logging
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from composia.clock import Clock
from composia.core.principal import PEOPLE
from composia.core.user import SessionInfo, SignInWay, Visitor
from composia.errors import Forbidden, NotFound, TooOften, Unauthenticated
from composia.plugins.auth import Credentials
from composia.plugins.auth_sessions import Begun
from composia.plugins.queue import AuditEntry, Queue
from composia.server.callers import Callers
from composia.server.data_directory import FIRST, first_sign_in_used
from composia.server.patience import Patience
from composia.server.peer import peer_address

log = logging.getLogger(__name__)

PATH = "/session"
SESSIONS_MOST = 50
"""Of one user or token; of more those end that were used longest ago."""

FREE_BY_NAME = 5
FREE_BY_PEER = 20
"""How often one may fail without a wait: by the name of a user, and by an address, behind which there may be many people."""

WAIT_LONGEST_S = 60.0
"""A wait also keeps out the one who is meant by the name, so it stays short."""


class SigningIn:
    """Begins and ends sessions."""

    def __init__(self, callers: Callers, queue: Queue, clock: Clock, data: Path) -> None:
        self._callers = callers
        self._queue = queue
        self._clock = clock
        self._data = data
        self._names = Patience(clock, free=FREE_BY_NAME, longest_s=WAIT_LONGEST_S)
        self._peers = Patience(clock, free=FREE_BY_PEER, longest_s=WAIT_LONGEST_S)

    async def by_password(self, name: str, password: str, visitor: Visitor) -> Begun:
        """With a user's name and password. `Unauthenticated`, `TooOften`."""
        async with self._trying(SignInWay.PASSWORD, visitor, name):
            begun = await self._callers.session_issuer.begin_by_password(name, password, visitor)
        return await self._begun(begun)

    async def by_token(self, token: str, visitor: Visitor) -> Begun:
        """With an API token of a person. `Unauthenticated`, `Forbidden` for one of another kind, `TooOften`."""
        shown = {"authorization": f"Bearer {token}"}
        async with self._trying(SignInWay.TOKEN, visitor):
            principal = await self._callers.authenticate(
                Credentials(method=PATH, headers=shown, cookies={}, peer=visitor.peer)
            )
            if principal.role not in PEOPLE:
                raise Forbidden(f"a token of the role {principal.role} signs nobody in")
            begun = await self._callers.session_issuer.begin_by_token(principal, visitor)
        return await self._begun(begun)

    async def by_link(self, link: str, visitor: Visitor) -> Begun:
        """With the secret of a sign-in link. `Unauthenticated`, `TooOften`."""
        async with self._trying(SignInWay.LINK, visitor):
            begun = await self._callers.session_issuer.begin_by_link(link, visitor)
        if begun[0].by == FIRST:
            await asyncio.to_thread(first_sign_in_used, self._data)
        return await self._begun(begun)

    async def check(self, name: str, password: str) -> None:
        """Whether that is a user's present password. `Unauthenticated`, `TooOften`."""
        self._refuse_impatience(self._names.wait_s(name))
        tried_s = self._names.fail(name)
        try:
            await self._callers.session_issuer.check_password(name, password)
        except Unauthenticated as error:
            await self._audit(name, "refuse present password", name, error.message)
            raise
        except Exception:  # not the caller's failure
            self._names.excuse(name, tried_s)
            raise
        self._names.forget(name)

    async def end(self, session: str, *, by: str, reason: str = "you have signed out") -> SessionInfo:
        """End a session and what is open with it. `NotFound`."""
        ended = await self._callers.session_issuer.end(session)
        self._callers.on_end(session, reason)
        await self._audit(by, "end session", session, ended.by)
        return ended

    async def end_of_lost_tokens(self) -> None:
        """End the sessions of tokens that are no more: a server may have died between the one and the other."""
        good = {f"token:{token.id}" for token in await self._callers.issuer.tokens()}
        for by in {session.by for session in await self._callers.session_issuer.sessions()} - good:
            if by.startswith("token:"):
                await self._callers.session_issuer.end_of(by.removeprefix("token:"))

    @asynccontextmanager
    async def _trying(self, way: SignInWay, visitor: Visitor, name: str = "") -> AsyncIterator[None]:
        """A try. With a password it counts as failed until it has not, so that many at once are no way around a wait; the
        other secrets are too long to be guessed, and many people may show theirs at once."""
        peer, name = _network(visitor.peer), name[:80]
        self._refuse_impatience(max(self._peers.wait_s(peer), self._names.wait_s(name) if name else 0.0))
        if way is SignInWay.PASSWORD:
            peer_tried_s, name_tried_s = self._peers.fail(peer), self._names.fail(name)
        try:
            yield
        except (Unauthenticated, Forbidden) as error:
            if way is not SignInWay.PASSWORD:
                self._peers.fail(peer)
            known = name if name in {user.name for user in await self._callers.session_issuer.users()} else ""
            await self._audit(visitor.peer, "refuse sign-in", known, f"by {way}: {error.message}")
            raise
        except Exception:  # not the caller's failure
            if way is SignInWay.PASSWORD:
                self._peers.excuse(peer, peer_tried_s)
                self._names.excuse(name, name_tried_s)
            raise
        if way is SignInWay.PASSWORD:
            self._peers.excuse(peer, peer_tried_s)
            self._names.forget(name)

    def _refuse_impatience(self, wait_s: float) -> None:
        if wait_s:
            wait_s = math.ceil(wait_s)
            raise TooOften("too many failed sign-ins", hint=f"try again in {wait_s:g} s", wait_s=wait_s)

    async def _begun(self, begun: Begun) -> Begun:
        info, _ = begun
        await self._audit(info.by, "sign in", info.id, f"by {info.way} from {info.peer}")
        own = [session.id for session in await self._callers.session_issuer.sessions() if session.by == info.by]
        for surplus in own[SESSIONS_MOST:]:
            with suppress(NotFound):  # another sign-in has ended it meanwhile
                await self.end(surplus, by=info.by, reason="there are too many newer sessions")
        return begun

    async def _audit(self, by: str, action: str, target: str, text: str) -> None:
        entry = AuditEntry(at_ms=self._clock.now_ms(), by=by, action=action, target=target, text=text)
        await self._queue.record(entry)


def _network(peer: str) -> str:
    """What counts as one address: of IPv6 the network that one customer has."""
    address = peer_address(peer.partition("%")[0])
    if address is None:
        return peer[:80]
    return str(ipaddress.ip_network((address, 64), strict=False)) if address.version == 6 else str(address)
