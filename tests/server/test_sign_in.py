"""Signing in over a whole control plane: by what, not too often, and what is written down of it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from composia.builtin_plugins.sessions import passwords
from composia.core.principal import Principal, Role
from composia.core.user import SignInWay, Visitor
from composia.errors import Forbidden, Invalid, NotFound, TooOften, Unauthenticated
from composia.plugins.auth import Credentials
from composia.plugins.auth_sessions import COOKIE, Begun
from composia.server.data_directory import FIRST, first_sign_in
from composia.server.people import People
from composia.server.sign_in import FREE_BY_NAME, FREE_BY_PEER, SESSIONS_MOST
from tests.server.world import World, make_world

pytestmark = pytest.mark.anyio

PASSWORD = "correct horse"
HERE, THERE = Visitor(peer="192.0.2.1", agent="a browser"), Visitor(peer="192.0.2.2")


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    monkeypatch.setattr(passwords, "_MEMORY_KIB", 64)
    monkeypatch.setattr(passwords, "_NOBODYS", await passwords.Passwords().digest("nobody's"))
    async with make_world(tmp_path) as world:
        await world.people.create_user("bea", Role.OPERATOR, PASSWORD)
        yield world


def ended(world: World) -> list[tuple[str, str]]:
    """What is ended from now on, and why."""
    found: list[tuple[str, str]] = []
    world.plane.callers.on_end = lambda credential, reason: found.append((credential, reason))
    return found


async def inside(world: World, begun: Begun) -> People:
    """The API as whoever has that session has it."""
    shown = Credentials(method="x", headers={}, cookies={COOKIE: begun[1]}, peer="")
    return People(world.plane, await world.plane.callers.authenticate(shown))


async def audited(world: World) -> list[tuple[str, str, str, str]]:
    """Who did what, oldest first."""
    page = await world.plane.queue.audit(100)
    return [(entry.by, entry.action, entry.target, entry.text) for entry in reversed(page.items)]


async def test_a_sign_in_of_each_kind_is_written_down_without_a_secret(world: World) -> None:
    token, secret = await world.people.create_token(Role.VIEWER, "")
    link = (await world.people.create_sign_in_link())[0].partition("#")[2]
    before = len(await audited(world))

    begun = [
        await world.plane.signing_in.by_password("bea", PASSWORD, HERE),
        await world.plane.signing_in.by_token(secret, HERE),
        await world.plane.signing_in.by_link(link, THERE),
    ]

    assert [(info.by, info.role, info.way) for info, _ in begun] == [
        ("bea", Role.OPERATOR, SignInWay.PASSWORD),
        (f"token:{token.id}", Role.VIEWER, SignInWay.TOKEN),
        ("ada", Role.ADMIN, SignInWay.LINK),
    ]
    written = await audited(world)
    assert written[before:] == [
        ("bea", "sign in", begun[0][0].id, "by password from 192.0.2.1"),
        (f"token:{token.id}", "sign in", begun[1][0].id, "by token from 192.0.2.1"),
        ("ada", "sign in", begun[2][0].id, "by link from 192.0.2.2"),
    ]
    secrets = [PASSWORD, secret.split("_", 2)[2], link, *(cookie.partition("_")[2] for _, cookie in begun)]
    assert not [text for text in secrets if text in str(written)]


async def test_a_refusal_is_written_down_with_the_name_of_a_user_but_not_with_what_may_be_a_password(
    world: World,
) -> None:
    before = len(await audited(world))
    for name, password in (("bea", "battery staple"), ("my secret password", "")):
        with pytest.raises(Unauthenticated):
            await world.plane.signing_in.by_password(name, password, HERE)
    with pytest.raises(Unauthenticated):
        await world.plane.signing_in.by_token("cps_nothing_secret", HERE)
    with pytest.raises(Unauthenticated):
        await world.plane.signing_in.by_link("secret", HERE)

    assert (await audited(world))[before:] == [
        ("192.0.2.1", "refuse sign-in", "bea", "by password: name or password is wrong"),
        ("192.0.2.1", "refuse sign-in", "", "by password: name or password is wrong"),
        ("192.0.2.1", "refuse sign-in", "", "by token: this token is not known or was revoked"),
        ("192.0.2.1", "refuse sign-in", "", "by link: this link was used, has expired, or is not known"),
    ]


@pytest.mark.parametrize("role", [Role.NODE, Role.JOINER])
async def test_a_token_that_is_no_persons_signs_nobody_in(world: World, role: Role) -> None:
    soon_ms = world.clock.now_ms() + 60_000 if role is Role.JOINER else 0
    _, secret = await world.plane.callers.issuer.create(
        role, node="n1", by="ada", expires_ms=soon_ms, uses=1 if role is Role.JOINER else 0
    )

    with pytest.raises(Forbidden, match=f"a token of the role {role} signs nobody in"):
        await world.plane.signing_in.by_token(secret, HERE)

    assert await world.people.list_sessions() == ()


@pytest.mark.parametrize("name", ["bea", "nobody"])
async def test_who_fails_too_often_waits_whether_there_is_such_a_user_or_not(world: World, name: str) -> None:
    async def fail(password: str = "wrong") -> None:
        with pytest.raises(Unauthenticated):
            await world.plane.signing_in.by_password(name, password, HERE)

    for _ in range(FREE_BY_NAME):
        await fail()
    before = len(await audited(world))
    for visitor in (HERE, THERE):
        with pytest.raises(TooOften) as caught:
            await world.plane.signing_in.by_password(name, PASSWORD, visitor)
        assert (caught.value.message, caught.value.hint, caught.value.wait_s) == (
            "too many failed sign-ins",
            "try again in 1 s",
            1,
        )
    assert len(await audited(world)) == before, "who floods does not fill the queue"
    world.clock.advance(1)
    await fail()
    with pytest.raises(TooOften, match="too many failed sign-ins") as caught:
        await world.plane.signing_in.by_password(name, "wrong", HERE)

    assert caught.value.hint == "try again in 2 s"


async def test_many_at_once_are_no_way_around_the_wait(world: World) -> None:
    tries = [world.plane.signing_in.by_password("bea", f"guess {n}", HERE) for n in range(12)]
    results = await asyncio.gather(*tries, return_exceptions=True)

    kinds = [type(result) for result in results]
    assert (kinds.count(Unauthenticated), kinds.count(TooOften)) == (FREE_BY_NAME, 12 - FREE_BY_NAME)


async def test_many_people_may_show_their_tokens_at_once(world: World) -> None:
    _, secret = await world.people.create_token(Role.VIEWER, "")
    begun = await asyncio.gather(*(world.plane.signing_in.by_token(secret, HERE) for _ in range(FREE_BY_PEER + 5)))

    assert len(begun) == FREE_BY_PEER + 5


async def test_whoever_shows_many_wrong_tokens_or_links_waits(world: World) -> None:
    for number in range(FREE_BY_PEER):
        way = world.plane.signing_in.by_token if number % 2 else world.plane.signing_in.by_link
        with pytest.raises(Unauthenticated):
            await way("wrong", HERE)

    with pytest.raises(TooOften):
        await world.plane.signing_in.by_token("wrong", HERE)


async def test_the_right_password_makes_good_what_came_before(world: World) -> None:
    for _ in range(3):
        for _ in range(FREE_BY_NAME - 1):
            with pytest.raises(Unauthenticated):
                await world.plane.signing_in.by_password("bea", "wrong", HERE)
        await world.plane.signing_in.by_password("bea", PASSWORD, HERE)


async def test_an_address_that_tries_many_names_waits_and_others_do_not(world: World) -> None:
    for number in range(FREE_BY_PEER):
        with pytest.raises(Unauthenticated):
            await world.plane.signing_in.by_password(f"user{number}", "wrong", HERE)

    _, secret = await world.people.create_token(Role.VIEWER, "")
    for attempt in (
        world.plane.signing_in.by_password("bea", PASSWORD, HERE),
        world.plane.signing_in.by_token(secret, HERE),
        world.plane.signing_in.by_link("link", HERE),
    ):
        with pytest.raises(TooOften):
            await attempt
    assert await world.plane.signing_in.by_password("bea", PASSWORD, THERE)


async def test_whoever_signs_in_well_in_between_still_waits(world: World) -> None:
    for number in range(FREE_BY_PEER):
        with pytest.raises(Unauthenticated):
            await world.plane.signing_in.by_password(f"user{number}", "wrong", HERE)
        if number == FREE_BY_PEER - 2:
            await world.plane.signing_in.by_password("bea", PASSWORD, HERE)

    with pytest.raises(TooOften):
        await world.plane.signing_in.by_password("bea", PASSWORD, HERE)


async def test_whoever_signs_in_well_keeps_nobody_else_at_the_address_waiting(world: World) -> None:
    for number in range(FREE_BY_PEER):
        with pytest.raises(Unauthenticated):
            await world.plane.signing_in.by_password(f"user{number}", "wrong", HERE)
    world.clock.advance(1)

    for _ in range(3):
        await world.plane.signing_in.by_password("bea", PASSWORD, HERE)


async def test_an_address_of_ipv6_is_the_network_of_one_customer(world: World) -> None:
    for number in range(FREE_BY_PEER):
        with pytest.raises(Unauthenticated):
            await world.plane.signing_in.by_password(f"user{number}", "wrong", Visitor(peer=f"2001:db8::{number:x}"))

    with pytest.raises(TooOften):
        await world.plane.signing_in.by_password("bea", PASSWORD, Visitor(peer="2001:db8::ffff:1"))
    assert await world.plane.signing_in.by_password("bea", PASSWORD, Visitor(peer="2001:db8:0:1::1"))


async def test_addresses_of_ipv4_stay_apart_on_a_socket_for_both(world: World) -> None:
    for number in range(FREE_BY_PEER):
        with pytest.raises(Unauthenticated):
            await world.plane.signing_in.by_password(f"user{number}", "wrong", Visitor(peer="::ffff:192.0.2.1"))

    with pytest.raises(TooOften):
        await world.plane.signing_in.by_password("bea", PASSWORD, HERE)
    assert await world.plane.signing_in.by_password("bea", PASSWORD, Visitor(peer="::ffff:192.0.2.2"))


async def test_what_is_our_own_fault_is_no_failure_of_whoever_tries(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: object) -> Begun:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(world.plane.callers.session_issuer, "begin_by_password", full)
        for _ in range(FREE_BY_PEER + 1):
            with pytest.raises(OSError, match="No space"):
                await world.plane.signing_in.by_password("bea", PASSWORD, HERE)

    assert await world.plane.signing_in.by_password("bea", PASSWORD, HERE)


async def test_a_present_password_that_cannot_be_checked_now_is_no_failure_either(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def crowded(*_: object) -> None:
        raise TooOften("too many sign in at this moment", wait_s=5)

    with monkeypatch.context() as broken:
        broken.setattr(world.plane.callers.session_issuer, "check_password", crowded)
        for _ in range(FREE_BY_NAME + 1):
            with pytest.raises(TooOften, match="at this moment"):
                await world.plane.signing_in.check("bea", PASSWORD)

    await world.plane.signing_in.check("bea", PASSWORD)


async def test_to_revoke_no_token_at_all_signs_nobody_out(world: World) -> None:
    begun = await world.plane.signing_in.by_password("bea", PASSWORD, HERE)
    gone = ended(world)

    with pytest.raises(Invalid, match="the id of a token is empty"):
        await world.people.revoke_token("")

    assert gone == []
    assert (await inside(world, begun)).principal.id == "bea"


async def test_of_very_many_sessions_of_one_user_those_end_that_were_used_longest_ago(world: World) -> None:
    gone = ended(world)
    begun = []
    for _ in range(SESSIONS_MOST + 2):
        begun.append(await world.plane.signing_in.by_password("bea", PASSWORD, HERE))
        world.clock.advance(1)

    assert gone == [(info.id, "there are too many newer sessions") for info, _ in begun[:2]]
    assert len(await world.people.list_sessions()) == SESSIONS_MOST


async def test_many_may_sign_in_at_once_though_each_finds_the_same_session_to_be_too_many(world: World) -> None:
    _, secret = await world.people.create_token(Role.VIEWER, "")
    for _ in range(SESSIONS_MOST):
        await world.plane.signing_in.by_token(secret, HERE)
        world.clock.advance(1)

    begun = await asyncio.gather(*(world.plane.signing_in.by_token(secret, HERE) for _ in range(5)))

    left = {session.id for session in await world.people.list_sessions()}
    assert len(left) == SESSIONS_MOST
    assert {info.id for info, _ in begun} <= left


async def test_sessions_of_a_token_that_is_revoked_end_and_what_is_open_with_them(world: World) -> None:
    token, secret = await world.people.create_token(Role.VIEWER, "")
    info, _ = begun = await world.plane.signing_in.by_token(secret, HERE)
    people, gone = await inside(world, begun), ended(world)

    await world.people.revoke_token(token.id)

    assert gone == [(info.id, "the token was revoked"), (token.id, "the token was revoked")]
    with pytest.raises(Unauthenticated):
        await inside(world, begun)
    assert people.principal == Principal(
        id=f"token:{token.id}", role=Role.VIEWER, credential=info.id, expires_ms=people.principal.expires_ms
    )


async def test_a_session_begun_while_its_token_is_revoked_does_not_outlive_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, secret = await world.people.create_token(Role.VIEWER, "")
    issuer = world.plane.callers.issuer
    revoke = issuer.revoke

    async def slowly(id_: str) -> object:
        await world.plane.signing_in.by_token(secret, HERE)
        return await revoke(id_)

    monkeypatch.setattr(issuer, "revoke", slowly)
    await world.people.revoke_token(token.id)

    assert await world.people.list_sessions() == ()


async def test_sessions_of_a_token_that_was_revoked_as_the_server_died_end_with_the_next_start(world: World) -> None:
    kept, kept_secret = await world.people.create_token(Role.VIEWER, "")
    lost, lost_secret = await world.people.create_token(Role.VIEWER, "")
    for secret in (kept_secret, lost_secret):
        await world.plane.signing_in.by_token(secret, HERE)
    await world.people.create_user(kept.id, Role.VIEWER, PASSWORD)  # a name that looks like a token's id
    for name in ("bea", kept.id):
        await world.plane.signing_in.by_password(name, PASSWORD, HERE)
    await world.plane.callers.issuer.revoke(lost.id)

    await world.plane.signing_in.end_of_lost_tokens()

    assert {session.by for session in await world.people.list_sessions()} == {f"token:{kept.id}", "bea", kept.id}


async def test_what_is_open_ends_when_its_session_has_not_been_used_for_a_day(world: World) -> None:
    gone = ended(world)
    info, _ = begun = await world.plane.signing_in.by_password("bea", PASSWORD, HERE)
    await inside(world, begun)
    world.clock.advance(80_000)
    world.plane.callers.end_expired()
    await inside(world, begun)
    world.clock.advance(80_000)
    world.plane.callers.end_expired()
    used = list(gone)
    world.clock.advance(6_400)
    world.plane.callers.end_expired()

    assert (used, gone) == ([], [(info.id, "the session has expired")])


async def test_the_first_sign_in_is_one_admin_who_is_no_user_and_never_again(world: World, tmp_path: Path) -> None:
    await world.people.remove_user("bea")
    issuer = world.plane.callers.session_issuer
    first = await first_sign_in(tmp_path, issuer)
    second = await first_sign_in(tmp_path, issuer)  # another start

    with pytest.raises(Unauthenticated):
        await world.plane.signing_in.by_link(first, HERE)
    people = await inside(world, await world.plane.signing_in.by_link(second, HERE))

    caller = await people.get_caller()
    assert (caller.id, caller.role, caller.user) == (FIRST, Role.ADMIN, False)
    assert await first_sign_in(tmp_path, issuer) == ""
    assert "composia web" in (tmp_path / "first-sign-in").read_text()
    assert (tmp_path / "first-sign-in").stat().st_mode & 0o777 == 0o600


async def test_there_is_no_first_sign_in_once_there_is_a_user(world: World, tmp_path: Path) -> None:
    assert await first_sign_in(tmp_path, world.plane.callers.session_issuer) == ""


async def test_a_session_that_has_ended_cannot_be_ended_again(world: World) -> None:
    info, _ = await world.plane.signing_in.by_password("bea", PASSWORD, HERE)
    gone = ended(world)
    await world.plane.signing_in.end(info.id, by="bea")

    with pytest.raises(NotFound):
        await world.plane.signing_in.end(info.id, by="bea")
    assert gone == [(info.id, "you have signed out")]
    assert (await audited(world))[-1] == ("bea", "end session", info.id, "bea")
