"""What people may ask about who may what: tokens, users, sessions, and themselves."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from composia.core.node import check_node_name
from composia.core.principal import POLICY, Principal, Role, TokenInfo, allowed
from composia.core.suggest import shown, unknown
from composia.core.user import Caller, SessionInfo, UserInfo
from composia.errors import Forbidden, Invalid, NotPossible
from composia.plugins.queue import AuditEntry
from composia.server.control_plane import ControlPlane

LINK_TTL_S = 600.0
"""For how long a sign-in link is good."""

REVOKED = "the token was revoked"


@dataclass(frozen=True)
class PeopleAccounts:
    """That part of the API, as the caller `principal` has it."""

    plane: ControlPlane
    principal: Principal

    async def get_caller(self) -> Caller:
        """Who is calling, and what may be called."""
        principal = self.principal
        users: tuple[UserInfo, ...] = ()
        with suppress(NotPossible):  # no auth plugin knows users
            users = await self.plane.callers.session_issuer.users()
        return Caller(
            id=principal.id,
            role=principal.role,
            credential=principal.credential,
            expires_ms=principal.expires_ms,
            may=tuple(sorted(method for method in POLICY if allowed(principal.role, method))),
            user=principal.id in {user.name for user in users},
        )

    async def create_token(self, role: Role, node: str) -> tuple[TokenInfo, str]:
        """A new token and its secret."""
        if role is Role.JOINER:
            raise Invalid("a join token is made with its join string", hint="composia node join-token")
        if (role is Role.NODE) != bool(node):
            raise Invalid("a node's name goes with the role node, and only with it", hint="--role node --node NAME")
        if node:
            check_node_name(node)
        token, secret = await self.plane.callers.issuer.create(role, node=node, by=self.principal.id)
        await self._audit("create token", token.id, f"{role} {node}".strip())
        return token, secret

    async def create_join_token(self, node: str, ttl_s: float, uses: int) -> tuple[TokenInfo, str]:
        """A join token and its join string."""
        return await self.plane.joining.create_token(node, ttl_s, uses, by=self.principal.id)

    async def list_tokens(self) -> tuple[TokenInfo, ...]:
        """All tokens that are good for something."""
        return await self.plane.callers.issuer.tokens()

    async def revoke_token(self, token: str) -> TokenInfo:
        """End a token, the sessions that were begun with it, and every stream that was opened with either. The sessions end
        first, so that a token is never gone whose sessions are left."""
        await self._end_sessions_of(token)
        revoked, *renewed = await self.plane.callers.issuer.revoke(token)
        for ended in (revoked, *renewed):
            self.plane.callers.on_end(ended.id, REVOKED)  # what was let in, but has not begun, does not begin
        await asyncio.sleep(0)  # what has begun takes its place in line, so that it is stored before the next step
        await self._end_sessions_of(token)
        for ended in (revoked, *renewed):
            await self._audit("revoke token", ended.id, f"{ended.role} {ended.node}".strip())
        return revoked

    async def list_users(self) -> tuple[UserInfo, ...]:
        """All users."""
        return await self.plane.callers.session_issuer.users()

    async def create_user(self, name: str, role: Role, password: str) -> UserInfo:
        """A new user."""
        issuer = self.plane.callers.session_issuer
        user = await issuer.create_user(name, role, password, by=self.principal.id)
        await self._audit("create user", user.name, user.role)
        return user

    async def set_password(self, user: str, password: str, present: str) -> UserInfo:
        """Another password: one's own, with the present one, or, for admins, anybody's."""
        issuer = self.plane.callers.session_issuer
        name = user or self.principal.id
        own = name == self.principal.id
        if not own and self.principal.role is not Role.ADMIN:
            raise Forbidden("the password of another user is for admins to set", where=f"user {shown(name)}")
        users = {known.name: known for known in await issuer.users()}
        if name not in users:
            if own:
                raise NotPossible("you are signed in as no user, and have no password", hint="composia user passwd")
            raise unknown("user", name, users, otherwise="composia user list")
        if own:
            await self.plane.signing_in.check(name, present)
        ended = await issuer.set_password(name, password, keep=self.principal.credential if own else "")
        self._ended(ended, "the password was changed")
        await self._audit("set password", name, "")
        return users[name]

    async def remove_user(self, name: str) -> UserInfo:
        """End a user and the user's sessions. It may be the last admin: tokens are left."""
        removed, ended = await self.plane.callers.session_issuer.remove_user(name)
        self._ended(ended, "the user was removed")
        await self._audit("remove user", removed.name, removed.role)
        return removed

    async def list_sessions(self) -> tuple[SessionInfo, ...]:
        """Who is signed in: all for admins, one's own for others."""
        return tuple(filter(self._may_see, await self.plane.callers.session_issuer.sessions()))

    async def end_session(self, session: str) -> SessionInfo:
        """End a session that one may see."""
        if session not in {known.id for known in await self.list_sessions()}:
            raise unknown("session", session, ())
        return await self.plane.signing_in.end(session, by=self.principal.id, reason="this session was ended")

    async def create_sign_in_link(self) -> tuple[str, int]:
        """A link that signs one browser in as the caller."""
        secret, expires_ms = await self.plane.callers.session_issuer.create_link(self.principal, ttl_s=LINK_TTL_S)
        await self._audit("create sign-in link", self.principal.id, "")
        return self.plane.joining.reachable.sign_in_url(secret), expires_ms

    def _may_see(self, session: SessionInfo) -> bool:
        return self.principal.role is Role.ADMIN or session.by == self.principal.id

    async def _end_sessions_of(self, token: str) -> None:
        with suppress(NotPossible):  # no auth plugin knows sessions
            self._ended(await self.plane.callers.session_issuer.end_of(token), REVOKED)

    def _ended(self, sessions: tuple[SessionInfo, ...], reason: str) -> None:
        for session in sessions:
            self.plane.callers.on_end(session.id, reason)

    async def _audit(self, action: str, target: str, text: str) -> None:
        entry = AuditEntry(
            at_ms=self.plane.clock.now_ms(), by=self.principal.id, action=action, target=target, text=text
        )
        await self.plane.queue.record(entry)
