"""The extension point `auth`: who is calling. Several are asked, in order."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from composia.core.principal import Principal, Role, TokenInfo
from composia.core.token import NewCredential


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
    2. Credentials that are its own but wrong, expired or revoked raise `Unauthenticated`; nobody else is asked. Which of
       the three it is hears only who has the right secret.
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
    5. A join token lets in whom it lets join; how many of its uses are left, and whether it has expired, `join` alone
       decides. A use is taken and the credential stored in one step.
    6. `join` and `renew` with the id and digest of a credential that is there give the same answer and change nothing.
    7. Once a credential that expires is settled, those of its node that were made before it and expire are refused.
    8. With a node's credential end those that the node has renewed since.
    """

    async def create(
        self, role: Role, *, node: str, by: str, expires_ms: int = 0, uses: int = 0
    ) -> tuple[TokenInfo, str]:
        """A new token and its secret, which is never shown again. `node` always with the role `node`, and perhaps with
        `joiner`; `uses` always and only with `joiner`. `Invalid` otherwise."""
        ...

    async def join(self, token: str, new: NewCredential, *, node: str, expires_ms: int) -> TokenInfo:
        """Take a use of the join token with that id, for a node's credential that the bearer has made.

        `Unauthenticated` when it has expired, is used up or revoked; `Conflict` when the id is another token's.
        """
        ...

    async def renew(self, token: str, new: NewCredential, *, expires_ms: int) -> TokenInfo:
        """A further credential for the node of the token with that id. `Conflict` when the new id is another token's."""
        ...

    async def settle(self, token: str) -> tuple[TokenInfo, ...]:
        """The bearer uses that credential from now on: end those that it replaces, and say which."""
        ...

    async def tokens(self) -> tuple[TokenInfo, ...]:
        """All tokens that are good for something, neither revoked, expired nor used up, oldest first."""
        ...

    async def revoke(self, token: str) -> tuple[TokenInfo, ...]:
        """End the token with that id, and say what has ended, itself first; `NotFound` when there is none."""
        ...
