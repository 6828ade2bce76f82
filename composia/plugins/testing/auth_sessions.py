"""The contract of an authenticator that knows users and sessions. Subclass it, give it a fixture `accounts` that is a fresh one
and a fixture `reopened` that opens what it stored once more, both with the fixture `clock`, with sessions that end after a
day without use and after thirty in any case, and pytest runs every promise:

    class TestMine(SessionContract):
        @pytest.fixture
        async def accounts(self, tmp_path, clock): ...

The tests are called by the number of the promise in `composia.plugins.auth_sessions` that they are of.
"""

from pathlib import Path

import pytest

from composia.clock import ManualClock
from composia.core.principal import Principal, Role
from composia.core.user import SessionInfo, SignInWay, UserInfo
from composia.errors import Forbidden, NotFound, Unauthenticated
from composia.plugins.auth import Credentials
from composia.plugins.auth_sessions import COOKIE
from composia.plugins.testing.auth_users import (
    PASSWORD,
    TOKEN,
    VISITOR,
    Reopen,
    SessionAuthenticator,
    UserContract,
    cookie,
)

DAY_S = 86_400.0


def _below(directory: Path) -> tuple[bytes, list[Path]]:
    """What all files below a directory hold, and those of them that others may read."""
    files = [path for path in directory.rglob("*") if path.is_file()]
    return b"".join(path.read_bytes() for path in files), [path for path in files if path.stat().st_mode & 0o077]


class SessionContract(UserContract):
    """Every promise of an authenticator that knows users and sessions."""

    @pytest.fixture
    def clock(self) -> ManualClock:
        """What tells the authenticator the time."""
        return ManualClock()

    async def test_1_a_session_names_whom_it_was_begun_for(
        self, accounts: SessionAuthenticator, reopened: Reopen, clock: ManualClock
    ) -> None:
        """By a password, a token and a link, also after a restart."""
        start_ms = clock.now_ms()
        ada = await accounts.create_user("ada", Role.ADMIN, PASSWORD, by="token:1")
        link, until_ms = await accounts.create_link(TOKEN, ttl_s=600)
        begun = [
            await accounts.begin_by_password("ada", PASSWORD, VISITOR),
            await accounts.begin_by_token(TOKEN, VISITOR),
            await accounts.begin_by_link(link, VISITOR),
        ]

        assert ada == UserInfo(name="ada", role=Role.ADMIN, created_ms=start_ms, created_by="token:1")
        assert until_ms == start_ms + 600_000
        for opened in (accounts, await reopened()):
            for (info, secret), (id_, role) in zip(
                begun, [("ada", Role.ADMIN), (TOKEN.id, TOKEN.role), (TOKEN.id, TOKEN.role)], strict=True
            ):
                assert await opened.authenticate(cookie(secret)) == Principal(
                    id=id_, role=role, credential=info.id, expires_ms=start_ms + 86_400_000
                )
        assert [info for info, _ in begun] == [
            SessionInfo(
                id=info.id,
                by=by,
                role=role,
                way=way,
                created_ms=start_ms,
                used_ms=start_ms,
                expires_ms=start_ms + 30 * 86_400_000,
                peer="192.0.2.7",
                agent="a browser",
            )
            for (info, _), (by, role, way) in zip(
                begun,
                [
                    ("ada", Role.ADMIN, SignInWay.PASSWORD),
                    (TOKEN.id, TOKEN.role, SignInWay.TOKEN),
                    (TOKEN.id, TOKEN.role, SignInWay.LINK),
                ],
                strict=True,
            )
        ]
        assert [user.signed_in_ms for user in await accounts.users()] == [start_ms]

    @pytest.mark.parametrize("spoil", ["last letter", "id", "cut", "longer", "nothing", "no text"])
    async def test_1_another_cookie_is_refused_and_not_said_back(
        self, accounts: SessionAuthenticator, spoil: str
    ) -> None:
        """Whatever it is."""
        _, secret = await accounts.begin_by_token(TOKEN, VISITOR)
        wrong = {
            "last letter": secret[:-1] + ("a" if secret[-1] != "a" else "b"),
            "id": f"0{secret}",
            "cut": secret[:-1],
            "longer": f"{secret}a",
            "nothing": "_",
            "no text": "\x00ü_\udcff",
        }[spoil]

        with pytest.raises(Unauthenticated) as caught:
            await accounts.authenticate(cookie(wrong))

        assert wrong not in f"{caught.value} {caught.value.hint}" or wrong == "_"

    async def test_1_a_session_ends_when_it_is_not_used_for_a_day(
        self, accounts: SessionAuthenticator, clock: ManualClock
    ) -> None:
        """Each use is a day more."""
        info, secret = await accounts.begin_by_token(TOKEN, VISITOR)
        for _ in range(3):
            clock.advance(DAY_S - 1)
            principal = await accounts.authenticate(cookie(secret))
            assert principal is not None
            assert principal.expires_ms == clock.now_ms() + 86_400_000
        assert [(session.id, session.used_ms) for session in await accounts.sessions()] == [(info.id, clock.now_ms())]

        clock.advance(DAY_S)

        with pytest.raises(Unauthenticated):
            await accounts.authenticate(cookie(secret))
        assert await accounts.sessions() == ()
        with pytest.raises(NotFound):
            await accounts.end(info.id)

    async def test_1_a_session_ends_after_thirty_days_however_it_is_used(
        self, accounts: SessionAuthenticator, clock: ManualClock
    ) -> None:
        """Its principal says so when that is near."""
        _, secret = await accounts.begin_by_token(TOKEN, VISITOR)
        for _ in range(59):
            clock.advance(DAY_S / 2)
            principal = await accounts.authenticate(cookie(secret))
        assert principal is not None
        assert principal.expires_ms == clock.now_ms() + 43_200_000

        clock.advance(DAY_S / 2)

        with pytest.raises(Unauthenticated):
            await accounts.authenticate(cookie(secret))

    async def test_1_a_session_ends_when_its_token_expires(
        self, accounts: SessionAuthenticator, clock: ManualClock
    ) -> None:
        """And one that came of a link that came of it."""
        until_ms = clock.now_ms() + 60_000
        soon = Principal(id=TOKEN.id, role=TOKEN.role, credential=TOKEN.credential, expires_ms=until_ms)
        first, first_secret = await accounts.begin_by_token(soon, VISITOR)
        inside = await accounts.authenticate(cookie(first_secret))
        assert inside is not None
        link, _ = await accounts.create_link(inside, ttl_s=600)
        second, second_secret = await accounts.begin_by_link(link, VISITOR)
        assert [inside.expires_ms, first.expires_ms, second.expires_ms] == [until_ms] * 3

        clock.advance(60)

        for secret in (first_secret, second_secret):
            with pytest.raises(Unauthenticated):
                await accounts.authenticate(cookie(secret))

    async def test_1_an_ended_session_is_refused_at_once_and_after_a_restart(
        self, accounts: SessionAuthenticator, reopened: Reopen
    ) -> None:
        """The others go on."""
        gone, gone_secret = await accounts.begin_by_token(TOKEN, VISITOR)
        kept, kept_secret = await accounts.begin_by_token(TOKEN, VISITOR)

        assert await accounts.end(gone.id) == gone

        for opened in (accounts, await reopened()):
            with pytest.raises(Unauthenticated):
                await opened.authenticate(cookie(gone_secret))
            with pytest.raises(NotFound):
                await opened.end(gone.id)
            assert await opened.authenticate(cookie(kept_secret)) is not None
            assert [session.id for session in await opened.sessions()] == [kept.id]

    @pytest.mark.parametrize(
        "headers",
        [
            {"sec_fetch_site": "cross-site"},
            {"sec_fetch_site": "same-site"},
            {"sec_fetch_site": "none", "sec_fetch_mode": "cors"},
            {"sec_fetch_site": "cross-site", "origin": "https://composia.test", "host": "composia.test"},
            {"origin": "https://evil.test", "host": "composia.test"},
            {"origin": "https://composia.test:8443", "host": "composia.test"},
            {"origin": "null", "host": "composia.test"},
            {"origin": "null"},
            {"origin": "https://evil.test", "host": "composia.test", "x_forwarded_host": "evil.test"},
        ],
    )
    async def test_2_a_page_of_another_site_is_refused(
        self, accounts: SessionAuthenticator, headers: dict[str, str]
    ) -> None:
        """With a good cookie and with any."""
        _, secret = await accounts.begin_by_token(TOKEN, VISITOR)

        for value in (secret, "other"):
            with pytest.raises(Forbidden):
                await accounts.authenticate(cookie(value, **headers))

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"sec_fetch_site": "same-origin"},
            {"sec_fetch_site": "none", "sec_fetch_mode": "navigate"},
            {"sec_fetch_site": "same-origin", "origin": "https://elsewhere.test", "host": "composia.test"},
            {"origin": "https://composia.test", "host": "composia.test"},
            {"origin": "https://Composia.test:8443", "host": "composia.TEST:8443"},
        ],
    )
    async def test_2_ones_own_page_is_not_refused(
        self, accounts: SessionAuthenticator, headers: dict[str, str]
    ) -> None:
        """Nor a program that says nothing of pages, nor an address that somebody has typed in."""
        _, secret = await accounts.begin_by_token(TOKEN, VISITOR)

        assert await accounts.authenticate(cookie(secret, **headers)) is not None

    async def test_2_without_the_cookie_it_is_not_its_own(self, accounts: SessionAuthenticator) -> None:
        """Whoever asks."""
        for cookies in ({}, {"composia": "x"}, {COOKIE: ""}):
            headers = {"sec-fetch-site": "cross-site", "authorization": "Bearer x"}
            credentials = Credentials(method="GetStatus", headers=headers, cookies=cookies, peer="")
            assert await accounts.authenticate(credentials) is None

    async def test_3_secrets_are_kept_only_as_digests(self, accounts: SessionAuthenticator, tmp_path: Path) -> None:
        """No file below `tmp_path`, where the authenticator keeps its own, holds one, and nobody else may read it."""
        await accounts.create_user("ada", Role.ADMIN, PASSWORD, by="token:1")
        await accounts.create_user("bob", Role.ADMIN, PASSWORD, by="token:1")
        link, _ = await accounts.create_link(TOKEN, ttl_s=600)
        _, secret = await accounts.begin_by_password("ada", PASSWORD, VISITOR)

        content, readable_by_others = _below(tmp_path)

        assert content
        assert not [text for text in (PASSWORD, link, secret.partition("_")[2]) if text.encode() in content]
        assert content.count(b"$argon2id$") == len(set(content.split(b"$argon2id$")[1:])) == 2, "salted"
        assert readable_by_others == []

    async def test_5_a_link_signs_in_once(self, accounts: SessionAuthenticator, reopened: Reopen) -> None:
        """Also when it is tried again after a restart."""
        link, _ = await accounts.create_link(TOKEN, ttl_s=600)
        other, _ = await accounts.create_link(TOKEN, ttl_s=600)
        await accounts.begin_by_link(link, VISITOR)

        for opened in (accounts, again := await reopened()):
            for wrong in (link, "", f"{other}a"):
                with pytest.raises(Unauthenticated) as caught:
                    await opened.begin_by_link(wrong, VISITOR)
                assert not wrong or wrong not in f"{caught.value} {caught.value.hint}"
        assert (await again.begin_by_link(other, VISITOR))[0].by == TOKEN.id

    async def test_5_a_link_is_good_for_its_time(self, accounts: SessionAuthenticator, clock: ManualClock) -> None:
        """And not a moment longer."""
        early, _ = await accounts.create_link(TOKEN, ttl_s=600)
        late, _ = await accounts.create_link(TOKEN, ttl_s=600)
        clock.advance(599)
        await accounts.begin_by_link(early, VISITOR)
        clock.advance(1)

        with pytest.raises(Unauthenticated):
            await accounts.begin_by_link(late, VISITOR)

    async def test_5_a_link_that_is_to_be_alone_ends_those_before(self, accounts: SessionAuthenticator) -> None:
        """Of the same principal."""
        first, _ = await accounts.create_link(TOKEN, ttl_s=600)
        others, _ = await accounts.create_link(Principal(id="other", role=Role.ADMIN, credential=""), ttl_s=600)
        second, _ = await accounts.create_link(TOKEN, ttl_s=600, alone=True)

        with pytest.raises(Unauthenticated):
            await accounts.begin_by_link(first, VISITOR)
        for link in (second, others):
            await accounts.begin_by_link(link, VISITOR)

    async def test_6_another_password_ends_the_other_sessions_and_the_links(
        self, accounts: SessionAuthenticator, reopened: Reopen
    ) -> None:
        """Of that user; the old password is none any more."""
        for name in ("ada", "bob"):
            await accounts.create_user(name, Role.ADMIN, PASSWORD, by="token:1")
        here, here_secret = await accounts.begin_by_password("ada", PASSWORD, VISITOR)
        there, there_secret = await accounts.begin_by_password("ada", PASSWORD, VISITOR)
        bobs, _ = await accounts.begin_by_password("bob", PASSWORD, VISITOR)
        inside = await accounts.authenticate(cookie(here_secret))
        assert inside is not None
        link, _ = await accounts.create_link(inside, ttl_s=600)

        ended = await accounts.set_password("ada", "battery staple", keep=here.id)

        assert [session.id for session in ended] == [there.id]
        for opened in (accounts, await reopened()):
            assert {session.id for session in await opened.sessions()} == {here.id, bobs.id}
            for refused in (
                opened.authenticate(cookie(there_secret)),
                opened.begin_by_link(link, VISITOR),
                opened.check_password("ada", PASSWORD),
            ):
                with pytest.raises(Unauthenticated):
                    await refused
            await opened.check_password("ada", "battery staple")
        assert {session.id for session in await accounts.set_password("ada", PASSWORD)} == {here.id}

    async def test_6_a_user_that_is_removed_is_nobody_any_more(
        self, accounts: SessionAuthenticator, reopened: Reopen
    ) -> None:
        """Nor is the one of that name who may come after."""
        ada = await accounts.create_user("ada", Role.ADMIN, PASSWORD, by="token:1")
        bob = await accounts.create_user("bob", Role.VIEWER, PASSWORD, by="token:1")
        session, secret = await accounts.begin_by_password("ada", PASSWORD, VISITOR)
        inside = await accounts.authenticate(cookie(secret))
        assert inside is not None
        link, _ = await accounts.create_link(inside, ttl_s=600)

        removed, ended = await accounts.remove_user("ada")

        assert (removed.name, removed.created_ms, [one.id for one in ended]) == ("ada", ada.created_ms, [session.id])
        for opened in (accounts, again := await reopened()):
            assert await opened.users() == (bob,)
            for refused in (
                opened.authenticate(cookie(secret)),
                opened.begin_by_link(link, VISITOR),
                opened.begin_by_password("ada", PASSWORD, VISITOR),
            ):
                with pytest.raises(Unauthenticated):
                    await refused
            with pytest.raises(NotFound):
                await opened.remove_user("ada")
            with pytest.raises(NotFound):
                await opened.set_password("ada", PASSWORD)
        await again.create_user("ada", Role.VIEWER, PASSWORD, by="token:1")
        with pytest.raises(Unauthenticated):
            await again.authenticate(cookie(secret))

    async def test_6_what_came_of_a_token_ends_with_it(self, accounts: SessionAuthenticator, reopened: Reopen) -> None:
        """Sessions, links, and sessions of links."""
        first, secret = await accounts.begin_by_token(TOKEN, VISITOR)
        inside = await accounts.authenticate(cookie(secret))
        assert inside is not None
        links = [(await accounts.create_link(who, ttl_s=600))[0] for who in (TOKEN, inside, inside)]
        second, _ = await accounts.begin_by_link(links[0], VISITOR)
        third, _ = await accounts.begin_by_link(links[1], VISITOR)
        other = Principal(id="token:2", role=Role.ADMIN, credential="2")
        kept, _ = await accounts.begin_by_token(other, VISITOR)

        assert await accounts.end_of("3") == ()
        ended = await accounts.end_of(TOKEN.credential)

        assert {session.id for session in ended} == {first.id, second.id, third.id}
        for opened in (accounts, await reopened()):
            assert [session.id for session in await opened.sessions()] == [kept.id]
            with pytest.raises(Unauthenticated):
                await opened.begin_by_link(links[2], VISITOR)

    async def test_7_when_a_session_was_used_is_known_after_a_restart(
        self, accounts: SessionAuthenticator, reopened: Reopen, clock: ManualClock
    ) -> None:
        """To within a minute or so after a crash, and exactly when it was closed."""
        info, secret = await accounts.begin_by_token(TOKEN, VISITOR)
        for _ in range(10):
            clock.advance(50)
            await accounts.authenticate(cookie(secret))

        (after_a_crash,) = await (await reopened()).sessions()
        clock.advance(10)
        await accounts.authenticate(cookie(secret))
        await accounts.close()
        (after_closing,) = await (await reopened()).sessions()

        assert clock.now_ms() - 120_000 <= after_a_crash.used_ms < clock.now_ms()
        assert (after_closing.id, after_closing.used_ms) == (info.id, clock.now_ms())

    async def test_the_session_that_was_used_last_is_first(
        self, accounts: SessionAuthenticator, clock: ManualClock
    ) -> None:
        """Of all that are good."""
        begun = []
        for _ in range(3):
            begun.append(await accounts.begin_by_token(TOKEN, VISITOR))
            clock.advance(1)
        await accounts.authenticate(cookie(begun[0][1]))

        assert [session.id for session in await accounts.sessions()] == [
            info.id for info, _ in (begun[0], begun[2], begun[1])
        ]
