"""What people may ask about who may what: tokens, users, sessions, and themselves."""

from dataclasses import dataclass

from composia.core.node import check_node_name
from composia.core.principal import POLICY, Principal, Role, TokenInfo, allowed
from composia.core.user import Caller, SessionInfo, UserInfo
from composia.errors import Invalid, NotPossible
from composia.plugins.queue import AuditEntry
from composia.server.control_plane import ControlPlane


@dataclass(frozen=True)
class PeopleAccounts:
    """That part of the API, as the caller `principal` has it."""

    plane: ControlPlane
    principal: Principal

    async def get_caller(self) -> Caller:
        """Who is calling, and what may be called."""
        principal = self.principal
        return Caller(
            id=principal.id,
            role=principal.role,
            credential=principal.credential,
            expires_ms=principal.expires_ms,
            may=tuple(sorted(method for method in POLICY if allowed(principal.role, method))),
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
        """End a token and every stream that was opened with it."""
        revoked = await self.plane.callers.issuer.revoke(token)
        self.plane.callers.on_end(revoked.id, "the token was revoked")
        await self._audit("revoke token", revoked.id, f"{revoked.role} {revoked.node}".strip())
        return revoked

    async def list_users(self) -> tuple[UserInfo, ...]:
        """All users."""
        raise NotPossible("not there yet")

    async def create_user(self, name: str, role: Role, password: str) -> UserInfo:
        """A new user."""
        raise NotPossible("not there yet")

    async def set_password(self, user: str, password: str, present: str) -> UserInfo:
        """Another password."""
        raise NotPossible("not there yet")

    async def remove_user(self, name: str) -> UserInfo:
        """End a user."""
        raise NotPossible("not there yet")

    async def list_sessions(self) -> tuple[SessionInfo, ...]:
        """Who is signed in."""
        raise NotPossible("not there yet")

    async def end_session(self, session: str) -> SessionInfo:
        """End a session."""
        raise NotPossible("not there yet")

    async def create_sign_in_link(self) -> tuple[str, int]:
        """A link that signs one browser in."""
        raise NotPossible("not there yet")

    async def _audit(self, action: str, target: str, text: str) -> None:
        entry = AuditEntry(
            at_ms=self.plane.clock.now_ms(), by=self.principal.id, action=action, target=target, text=text
        )
        await self.plane.queue.record(entry)
