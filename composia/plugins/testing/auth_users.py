"""The part of the contract of `auth_sessions` that is about users: what they are called, and what a password says to whom.

The tests are called by the number of the promise in `composia.plugins.auth_sessions` that they are of.
"""

from collections.abc import Awaitable, Callable
from typing import Protocol

import pytest

from composia.core.principal import Principal, Role
from composia.core.user import Visitor
from composia.errors import Conflict, Invalid, Unauthenticated
from composia.plugins.auth import Authenticator, Credentials
from composia.plugins.auth_sessions import COOKIE, SessionIssuer

PASSWORD = "correct horse"  # noqa: S105 - nobody's
VISITOR = Visitor(peer="192.0.2.7", agent="a browser")
TOKEN = Principal(id="token:1f0c9a3b7e52", role=Role.OPERATOR, credential="1f0c9a3b7e52")


class SessionAuthenticator(Authenticator, SessionIssuer, Protocol):
    """An authenticator that also knows users and sessions."""


Reopen = Callable[[], Awaitable[SessionAuthenticator]]


def cookie(value: str, **headers: str) -> Credentials:
    """What comes with a request of a browser; `_` in names of headers stands for `-`."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Credentials(method="GetStatus", headers=named, cookies={COOKIE: value}, peer="192.0.2.7:1")


class UserContract:
    """Every promise about users."""

    pytestmark = pytest.mark.anyio

    async def test_4_a_name_that_is_not_known_hears_what_a_wrong_password_does(
        self, accounts: SessionAuthenticator
    ) -> None:
        """The words, and nothing of what was said."""
        await accounts.create_user("ada", Role.ADMIN, PASSWORD, by="token:1")
        said = set()
        for name, password in (("ada", "battery staple"), ("bob", PASSWORD), ("", ""), ("ada", f"{PASSWORD} ")):
            for check in (
                accounts.check_password(name, password),
                accounts.begin_by_password(name, password, VISITOR),
            ):
                with pytest.raises(Unauthenticated) as caught:
                    await check
                said.add((caught.value.message, caught.value.where, caught.value.hint))

        assert len(said) == 1
        assert (await accounts.check_password("ada", PASSWORD)).name == "ada"
        assert await accounts.sessions() == ()

    async def test_users_are_told_by_name_and_each_name_is_one(
        self, accounts: SessionAuthenticator, reopened: Reopen
    ) -> None:
        """A second one of that name changes nothing."""
        for name in ("kim", "ada.l@example.org", "9"):
            await accounts.create_user(name, Role.VIEWER, PASSWORD, by="token:1")
        with pytest.raises(Conflict):
            await accounts.create_user("kim", Role.ADMIN, "battery staple", by="token:1")

        for opened in (accounts, await reopened()):
            assert [user.name for user in await opened.users()] == ["9", "ada.l@example.org", "kim"]
            assert (await opened.check_password("kim", PASSWORD)).role is Role.VIEWER

    @pytest.mark.parametrize(
        ("name", "role", "password"),
        [
            ("", Role.ADMIN, PASSWORD),
            ("Ada", Role.ADMIN, PASSWORD),
            ("a" * 65, Role.ADMIN, PASSWORD),
            ("token:1", Role.ADMIN, PASSWORD),
            ("first sign-in", Role.ADMIN, PASSWORD),
            ("-a", Role.ADMIN, PASSWORD),
            ("ada", Role.NODE, PASSWORD),
            ("ada", Role.JOINER, PASSWORD),
            ("ada", Role.ADMIN, "1234567"),
            ("ada", Role.ADMIN, "x" * 1025),
            ("ada.lovelace", Role.ADMIN, "Ada.Lovelace"),
        ],
    )
    async def test_what_is_no_user_is_refused(
        self, accounts: SessionAuthenticator, name: str, role: Role, password: str
    ) -> None:
        """And nothing is made; no error says a password back."""
        with pytest.raises(Invalid) as caught:
            await accounts.create_user(name, role, password, by="token:1")

        assert password not in f"{caught.value} {caught.value.hint}"
        assert await accounts.users() == ()

    async def test_a_password_is_the_same_from_every_keyboard(self, accounts: SessionAuthenticator) -> None:
        """A letter with an accent comes in one piece or in two."""
        await accounts.create_user("ada", Role.ADMIN, "caf\u00e9 au lait", by="token:1")

        assert await accounts.check_password("ada", "cafe\u0301 au lait")
