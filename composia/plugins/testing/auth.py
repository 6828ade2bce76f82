"""The contract of an authenticator that makes tokens. Subclass it, give it a fixture `authenticator` that is a fresh one
and a fixture `reopened` that opens what it stored once more, both with the fixture `clock`, and pytest runs every promise:

    class TestMine(TokenContract):
        @pytest.fixture
        async def authenticator(self, tmp_path, clock): ...

Where the promises of `composia.plugins.auth` are tested:

1. test_credentials_of_another_kind_are_not_its_own
2. test_its_own_but_wrong_credentials_are_refused, test_how_a_token_ended_hears_only_who_has_its_secret
3. test_a_secret_is_kept_only_as_a_digest
4. test_a_revoked_token_is_refused_at_once_and_after_a_restart
5. test_a_join_token_buys_as_many_credentials_as_it_has_uses, test_a_join_token_buys_nothing_once_it_has_ended
6. test_the_same_credential_again_gets_the_same_answer_and_uses_nothing_up
7. test_a_credential_that_is_settled_ends_those_it_replaces
8. test_with_a_credential_ends_what_was_renewed_with_it
"""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol

import pytest

from composia.clock import ManualClock
from composia.core.principal import Principal, Role, TokenInfo
from composia.core.token import NewCredential, Token
from composia.errors import Conflict, Invalid, NotFound, Unauthenticated
from composia.plugins.auth import Authenticator, Credentials, TokenIssuer


class IssuingAuthenticator(Authenticator, TokenIssuer, Protocol):
    """An authenticator that also makes tokens."""


Reopen = Callable[[], Awaitable[IssuingAuthenticator]]


def bearer(token: str, scheme: str = "Bearer") -> Credentials:
    """What comes with a request that carries a token."""
    return Credentials(
        method="GetStatus", headers={"authorization": f"{scheme} {token}"}, cookies={}, peer="127.0.0.1:1"
    )


def made(number: int) -> tuple[Token, NewCredential]:
    """A credential that an agent has made, and what it says of it."""
    token = Token(id=f"{number:012x}", secret=str(number).rjust(43, "s"))
    return token, NewCredential(id=token.id, digest=token.digest)


def _files_below(directory: Path) -> list[Path]:
    return [path for path in directory.rglob("*") if path.is_file()]


class TokenContract:
    """Every promise of an authenticator that makes tokens."""

    pytestmark = pytest.mark.anyio

    @pytest.fixture
    def clock(self) -> ManualClock:
        """What tells the authenticator the time."""
        return ManualClock()

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
        random_part = secret.split("_", 2)[2]

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

        assert await authenticator.revoke(gone.id) == (gone,)
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

    @pytest.mark.parametrize(("role", "expires", "uses"), [(Role.JOINER, 1, 0), (Role.JOINER, 0, 1), (Role.NODE, 1, 1)])
    async def test_a_join_token_has_uses_and_an_end_and_only_it_has_uses(
        self, authenticator: IssuingAuthenticator, clock: ManualClock, role: Role, expires: int, uses: int
    ) -> None:
        """`Invalid` for anything else, and nothing is made."""
        expires_ms = expires and clock.now_ms() + expires
        with pytest.raises(Invalid):
            await authenticator.create(role, node="n1", by="ada", expires_ms=expires_ms, uses=uses)
        assert await authenticator.tokens() == ()

    async def test_how_a_token_ended_hears_only_who_has_its_secret(
        self, authenticator: IssuingAuthenticator, reopened: Reopen, clock: ManualClock
    ) -> None:
        """Promise 2: expired, revoked and unknown are told apart, but not to who guesses."""
        soon_ms = clock.now_ms() + 1000
        expired, expired_secret = await authenticator.create(Role.NODE, node="n1", by="ada", expires_ms=soon_ms)
        revoked, revoked_secret = await authenticator.create(Role.NODE, node="n2", by="ada")
        assert await authenticator.authenticate(bearer(expired_secret)) == Principal(
            id="node:n1", role=Role.NODE, credential=expired.id, node="n1", expires_ms=soon_ms
        )
        await authenticator.revoke(revoked.id)
        clock.advance(1)

        for opened in (authenticator, await reopened()):
            said = {}
            for token in (expired_secret, revoked_secret, f"cps_{'0' * 12}_{'a' * 43}"):
                for secret in (token, f"{token[:20]}{'b' * (len(token) - 20)}"):
                    with pytest.raises(Unauthenticated) as caught:
                        await opened.authenticate(bearer(secret))
                    said[secret] = f"{caught.value} {caught.value.hint}"
            assert "expired" in said.pop(expired_secret)
            assert "was revoked" in said.pop(revoked_secret)
            assert len(set(said.values())) == 1
            assert await opened.tokens() == ()

    async def test_a_join_token_buys_as_many_credentials_as_it_has_uses(
        self, authenticator: IssuingAuthenticator, reopened: Reopen, clock: ManualClock
    ) -> None:
        """Promise 5."""
        joiner, secret = await authenticator.create(
            Role.JOINER, node="", by="ada", expires_ms=clock.now_ms() + 60_000, uses=2
        )
        caller = Principal(
            id=f"join:{joiner.id}", role=Role.JOINER, credential=joiner.id, expires_ms=clock.now_ms() + 60_000
        )
        assert await authenticator.authenticate(bearer(secret)) == caller
        until_ms = clock.now_ms() + 90_000
        (first, new_first), (second, new_second), (_, new_third) = made(1), made(2), made(3)

        bought = [
            await authenticator.join(joiner.id, new, node=node, expires_ms=until_ms)
            for new, node in ((new_first, "n1"), (new_second, "n2"))
        ]
        again = await reopened()

        for opened in (authenticator, again):
            with pytest.raises(Unauthenticated, match="used up"):
                await opened.join(joiner.id, new_third, node="n3", expires_ms=until_ms)
            assert await opened.tokens() == tuple(bought)
            assert await opened.authenticate(bearer(secret)) == caller
            for token, info, node in ((first, bought[0], "n1"), (second, bought[1], "n2")):
                assert await opened.authenticate(bearer(str(token))) == Principal(
                    id=f"node:{node}", role=Role.NODE, credential=info.id, node=node, expires_ms=until_ms
                )
        by = f"join:{joiner.id}"
        created_ms = clock.now_ms()
        assert bought == [
            TokenInfo(id=new.id, role=Role.NODE, node=node, created_ms=created_ms, created_by=by, expires_ms=until_ms)
            for new, node in ((new_first, "n1"), (new_second, "n2"))
        ]

    @pytest.mark.parametrize("end", ["expired", "revoked"])
    async def test_a_join_token_buys_nothing_once_it_has_ended(
        self, authenticator: IssuingAuthenticator, clock: ManualClock, end: str
    ) -> None:
        """Promise 5, and says how it has ended."""
        until_ms = clock.now_ms() + 60_000
        joiner, _ = await authenticator.create(Role.JOINER, node="n1", by="ada", expires_ms=until_ms, uses=1)
        if end == "expired":
            clock.advance(60)
        else:
            await authenticator.revoke(joiner.id)

        with pytest.raises(Unauthenticated, match=end):
            await authenticator.join(joiner.id, made(1)[1], node="n1", expires_ms=until_ms)
        assert await authenticator.tokens() == ()

    async def test_the_same_credential_again_gets_the_same_answer_and_uses_nothing_up(
        self, authenticator: IssuingAuthenticator, clock: ManualClock
    ) -> None:
        """Promise 6: for whoever asks, also when the join token has ended meanwhile; another secret is refused."""
        until_ms = clock.now_ms() + 60_000
        joiner, _ = await authenticator.create(Role.JOINER, node="", by="ada", expires_ms=until_ms, uses=2)
        later_ms = until_ms + 60_000
        bought = await authenticator.join(joiner.id, made(1)[1], node="n1", expires_ms=later_ms)

        assert await authenticator.join(joiner.id, made(1)[1], node="n9", expires_ms=later_ms + 5) == bought
        assert [token.uses for token in await authenticator.tokens() if token.id == joiner.id] == [1]
        clock.advance(60)
        assert await authenticator.join(joiner.id, made(1)[1], node="n1", expires_ms=later_ms) == bought
        renewed = await authenticator.renew(bought.id, made(2)[1], expires_ms=later_ms + 10)
        assert await authenticator.renew(bought.id, made(2)[1], expires_ms=later_ms + 20) == renewed
        assert await authenticator.tokens() == (bought, renewed)
        for change in ("join", "renew"):
            with pytest.raises(Conflict):
                await getattr(authenticator, change)(
                    joiner.id,
                    NewCredential(id=bought.id, digest="0" * 64),
                    expires_ms=later_ms,
                    **({"node": "n1"} if change == "join" else {}),
                )

    async def test_a_credential_that_is_settled_ends_those_it_replaces(
        self, authenticator: IssuingAuthenticator, reopened: Reopen, clock: ManualClock
    ) -> None:
        """Promise 7: of its own node, older than it, and none that does not expire."""
        until_ms = clock.now_ms() + 60_000
        joiner, _ = await authenticator.create(Role.JOINER, node="", by="ada", expires_ms=until_ms, uses=9)
        forever, _ = await authenticator.create(Role.NODE, node="n1", by="ada")
        other = await authenticator.join(joiner.id, made(1)[1], node="n2", expires_ms=until_ms)
        old = await authenticator.join(joiner.id, made(2)[1], node="n1", expires_ms=until_ms)
        new = await authenticator.renew(old.id, made(3)[1], expires_ms=until_ms)
        newest = await authenticator.renew(new.id, made(4)[1], expires_ms=until_ms)

        assert await authenticator.settle(forever.id) == ()
        assert await authenticator.settle("0" * 12) == ()
        assert await authenticator.settle(new.id) == (old,)
        assert await authenticator.settle(new.id) == ()
        for opened in (authenticator, await reopened()):
            with pytest.raises(Unauthenticated):
                await opened.authenticate(bearer(str(made(2)[0])))
            assert [token for token in await opened.tokens() if token.role is Role.NODE] == [
                forever, other, new, newest
            ]  # fmt: skip

    async def test_with_a_credential_ends_what_was_renewed_with_it(
        self, authenticator: IssuingAuthenticator, reopened: Reopen, clock: ManualClock
    ) -> None:
        """Promise 8: who has taken one may have renewed it. What an admin has made, or another node has, stays."""
        until_ms = clock.now_ms() + 60_000
        joiner, _ = await authenticator.create(Role.JOINER, node="", by="ada", expires_ms=until_ms, uses=9)
        other = await authenticator.join(joiner.id, made(1)[1], node="n2", expires_ms=until_ms)
        taken = await authenticator.join(joiner.id, made(2)[1], node="n1", expires_ms=until_ms)
        renewed = await authenticator.renew(taken.id, made(3)[1], expires_ms=until_ms)
        again = await authenticator.renew(renewed.id, made(4)[1], expires_ms=until_ms)
        new = await authenticator.join(joiner.id, made(5)[1], node="n1", expires_ms=until_ms)
        others = await authenticator.renew(other.id, made(6)[1], expires_ms=until_ms)

        assert await authenticator.revoke(taken.id) == (taken, renewed, again)
        for opened in (authenticator, await reopened()):
            with pytest.raises(Unauthenticated, match="revoked"):
                await opened.authenticate(bearer(str(made(4)[0])))
            assert [token for token in await opened.tokens() if token.role is Role.NODE] == [other, new, others]
