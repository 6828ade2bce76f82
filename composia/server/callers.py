"""Who is calling: the configured authenticators are asked in order."""

from collections.abc import Callable, Sequence

from composia.core.principal import Principal
from composia.errors import NotPossible, Unauthenticated
from composia.plugins.auth import Authenticator, Credentials, TokenIssuer


class Callers:
    """Names callers. `on_revoke` is called with a credential that has just ended."""

    def __init__(self, authenticators: Sequence[Authenticator]) -> None:
        self._authenticators = tuple(authenticators)
        self.on_revoke: Callable[[str], None] = lambda credential: None

    async def authenticate(self, credentials: Credentials) -> Principal:
        """The caller; `Unauthenticated` when nobody knows the credentials."""
        for authenticator in self._authenticators:
            principal = await authenticator.authenticate(credentials)
            if principal is not None:
                return principal
        raise Unauthenticated("a token is needed", hint="composia login, or `authorization: Bearer TOKEN`")

    @property
    def issuer(self) -> TokenIssuer:
        """The authenticator that makes tokens."""
        for authenticator in self._authenticators:
            if isinstance(authenticator, TokenIssuer):
                return authenticator
        raise NotPossible("no configured auth plugin makes tokens", hint="add `provider: tokens` to `auth`")
