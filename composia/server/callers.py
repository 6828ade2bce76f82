"""Who is calling: the configured authenticators are asked in order."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

from composia.clock import Clock
from composia.core.principal import Principal
from composia.errors import NotPossible, Unauthenticated
from composia.plugins.auth import Authenticator, Credentials, TokenIssuer
from composia.plugins.auth_sessions import SessionIssuer
from composia.server.peer import peer_address

TICK_S = 1.0
"""How often credentials are looked at for having expired."""


class Callers:
    """Names callers. `on_end` is called with a credential that is no longer good, and why."""

    def __init__(self, authenticators: Sequence[Authenticator], clock: Clock) -> None:
        self._authenticators = tuple(authenticators)
        self._clock = clock
        self._expiring: dict[str, tuple[int, str]] = {}
        self.on_end: Callable[[str, str], None] = lambda credential, reason: None

    async def authenticate(self, credentials: Credentials) -> Principal:
        """The caller; `Unauthenticated` when nobody knows the credentials."""
        for authenticator in self._authenticators:
            principal = await authenticator.authenticate(credentials)
            if principal is not None:
                if principal.expires_ms:
                    what = "session" if isinstance(authenticator, SessionIssuer) else "token"
                    self._expiring[principal.credential] = (principal.expires_ms, f"the {what} has expired")
                return replace(
                    principal, address=str(peer_address(credentials.peer.rpartition(":")[0].strip("[]")) or "")
                )
        if credentials.headers.get("authorization"):
            hint = "one that `composia token create` has printed; it begins with cps_"
            raise Unauthenticated("what was shown is no token of this server", hint=hint)
        raise Unauthenticated("a token is needed", hint="composia login, or `authorization: Bearer TOKEN`")

    @property
    def issuer(self) -> TokenIssuer:
        """The authenticator that makes tokens."""
        for authenticator in self._authenticators:
            if isinstance(authenticator, TokenIssuer):
                return authenticator
        raise NotPossible("no configured auth plugin makes tokens", hint="add `provider: tokens` to `auth`")

    @property
    def session_issuer(self) -> SessionIssuer:
        """The authenticator that knows users and who is signed in."""
        for authenticator in self._authenticators:
            if isinstance(authenticator, SessionIssuer):
                return authenticator
        raise NotPossible("no configured auth plugin knows users", hint="add `provider: sessions` to `auth`")

    async def settle(self, principal: Principal) -> None:
        """A node's agent uses that credential from now on: end those that it replaces, and what is open with them."""
        if principal.expires_ms:  # else it replaces none, and may be of an authenticator that makes none
            for ended in await self.issuer.settle(principal.credential):
                self.on_end(ended.id, "the token was replaced by a newer one")

    async def keep_time(self) -> None:
        """End what is open with a credential that has expired, for ever."""
        while True:
            await asyncio.sleep(TICK_S)
            self.end_expired()

    def end_expired(self) -> None:
        """End what is open with a credential that has expired, now."""
        now_ms = self._clock.now_ms()
        for credential in [id_ for id_, (expires_ms, _) in self._expiring.items() if expires_ms <= now_ms]:
            _, reason = self._expiring.pop(credential)
            self.on_end(credential, reason)
