"""The contract of an authenticator that makes tokens. Subclass it, give it a fixture `authenticator` that is a fresh one
and a fixture `reopened` that opens what it stored once more, and pytest runs every promise:

    class TestMine(TokenContract):
        @pytest.fixture
        async def authenticator(self, tmp_path): ...

Where the promises of `composia.plugins.auth` are tested:

1. test_credentials_of_another_kind_are_not_its_own
2. test_its_own_but_wrong_credentials_are_refused
3. test_a_secret_is_kept_only_as_a_digest
4. test_a_revoked_token_is_refused_at_once_and_after_a_restart
"""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol

import pytest

from composia.core.principal import Principal, Role
from composia.errors import Invalid, NotFound, Unauthenticated
from composia.plugins.auth import Authenticator, Credentials, TokenIssuer


class IssuingAuthenticator(Authenticator, TokenIssuer, Protocol):
    """An authenticator that also makes tokens."""


Reopen = Callable[[], Awaitable[IssuingAuthenticator]]


def bearer(token: str, scheme: str = "Bearer") -> Credentials:
    """What comes with a request that carries a token."""
    return Credentials(
        method="GetStatus", headers={"authorization": f"{scheme} {token}"}, cookies={}, peer="127.0.0.1:1"
    )


def _files_below(directory: Path) -> list[Path]:
    return [path for path in directory.rglob("*") if path.is_file()]


class TokenContract:
    """Every promise of an authenticator that makes tokens."""

    pytestmark = pytest.mark.anyio

    async def test_a_token_names_its_bearer_its_role_and_its_node(self, authenticator: IssuingAuthenticator) -> None:
        """What was created comes back as a principal."""
        person, person_secret = await authenticator.create(Role.OPERATOR, node="", by="ada")
        node, node_secret = await authenticator.create(Role.NODE, node="node-a", by="ada")

        assert await authenticator.authenticate(bearer(person_secret, scheme="bearer")) == Principal(
            id=f"token:{person.id}", role=Role.OPERATOR, credential=person.id
        )
        assert await authenticator.authenticate(bearer(node_secret)) == Principal(
            id="node:node-a", role=Role.NODE, credential=node.id, node="node-a"
        )
        assert [token.id for token in await authenticator.tokens()] == [person.id, node.id]

    @pytest.mark.parametrize("headers", [{}, {"authorization": "Basic YTpi"}, {"authorization": "Bearer other_1"}])
    async def test_credentials_of_another_kind_are_not_its_own(
        self, authenticator: IssuingAuthenticator, headers: dict[str, str]
    ) -> None:
        """Promise 1."""
        credentials = Credentials(method="GetStatus", headers=headers, cookies={}, peer="127.0.0.1:1")

        assert await authenticator.authenticate(credentials) is None

    @pytest.mark.parametrize("spoil", ["last letter", "id", "cut", "longer"])
    async def test_its_own_but_wrong_credentials_are_refused(
        self, authenticator: IssuingAuthenticator, spoil: str
    ) -> None:
        """Promise 2, and the part of promise 3 on error texts."""
        info, secret = await authenticator.create(Role.ADMIN, node="", by="ada")
        wrong = {
            "last letter": secret[:-1] + ("a" if secret[-1] != "a" else "b"),
            "id": secret.replace(info.id, "0" * len(info.id)),
            "cut": secret[:-1],
            "longer": f"{secret}a",
        }[spoil]

        with pytest.raises(Unauthenticated) as caught:
            await authenticator.authenticate(bearer(wrong))

        assert wrong not in f"{caught.value} {caught.value.hint}"

    async def test_a_secret_is_kept_only_as_a_digest(self, authenticator: IssuingAuthenticator, tmp_path: Path) -> None:
        """Promise 3: no file below `tmp_path`, where the authenticator keeps its own, holds the secret."""
        _, secret = await authenticator.create(Role.ADMIN, node="", by="ada")
        random_part = secret.rpartition("_")[2]

        files = _files_below(tmp_path)
        assert files
        assert not [path for path in files if random_part.encode() in path.read_bytes()]
        assert not [path for path in files if path.stat().st_mode & 0o077]

    async def test_a_revoked_token_is_refused_at_once_and_after_a_restart(
        self, authenticator: IssuingAuthenticator, reopened: Reopen
    ) -> None:
        """Promise 4."""
        kept, kept_secret = await authenticator.create(Role.VIEWER, node="", by="ada")
        gone, gone_secret = await authenticator.create(Role.VIEWER, node="", by="ada")

        assert await authenticator.revoke(gone.id) == gone
        again = await reopened()

        for opened in (authenticator, again):
            assert await opened.authenticate(bearer(kept_secret)) is not None
            with pytest.raises(Unauthenticated):
                await opened.authenticate(bearer(gone_secret))
            assert await opened.tokens() == (kept,)

    async def test_an_unknown_token_cannot_be_revoked(self, authenticator: IssuingAuthenticator) -> None:
        """`NotFound` for an id that is none."""
        with pytest.raises(NotFound):
            await authenticator.revoke("000000000000")

    @pytest.mark.parametrize(("role", "node"), [(Role.NODE, ""), (Role.VIEWER, "node-a")])
    async def test_a_node_goes_with_the_role_node_and_only_with_it(
        self, authenticator: IssuingAuthenticator, role: Role, node: str
    ) -> None:
        """`Invalid` for anything else, and nothing is made."""
        with pytest.raises(Invalid):
            await authenticator.create(role, node=node, by="ada")
        assert await authenticator.tokens() == ()
