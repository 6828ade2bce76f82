"""The extension point `auth`: who is calling. Several are asked, in order."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from composia.core.principal import Principal, Role, TokenInfo


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """What came with a request. Header names are lower case; `method` is the RPC's name or the HTTP path."""

    method: str
    headers: Mapping[str, str]
    cookies: Mapping[str, str]
    peer: str


class Authenticator(Protocol):
    """Promises, each tested by `composia.plugins.testing.auth`:

    1. `None` means "not mine": the next one is asked, and if all say so the caller is refused.
    2. Credentials that are its own but wrong, expired or revoked raise `Unauthenticated`; nobody else is asked.
    3. A secret is kept only as a digest and is in no error text or log line.
    """

    async def authenticate(self, credentials: Credentials) -> Principal | None:
        """The caller, None, or `Unauthenticated`."""
        ...

    async def close(self) -> None:
        """Let go of files."""
        ...


@runtime_checkable
class TokenIssuer(Protocol):
    """What an authenticator may also be: the one that makes API tokens.

    4. A revoked token is refused from the moment `revoke` returns; all changes survive power loss.
    """

    async def create(self, role: Role, *, node: str, by: str) -> tuple[TokenInfo, str]:
        """A new token and its secret, which is never shown again. `node` only, and always, with the role `node`."""
        ...

    async def tokens(self) -> tuple[TokenInfo, ...]:
        """All tokens that are not revoked, oldest first."""
        ...

    async def revoke(self, token: str) -> TokenInfo:
        """End the token with that id; `NotFound` when there is none."""
        ...
