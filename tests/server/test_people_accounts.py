"""What people may do about users and sessions: their own, and, for admins, everybody's."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from composia.builtin_plugins.sessions import passwords
from composia.core.principal import POLICY, Principal, Role, allowed
from composia.core.user import Visitor
from composia.errors import Forbidden, Invalid, NotFound, NotPossible, TooOften, Unauthenticated
from composia.plugins.auth import Credentials
from composia.plugins.auth_sessions import COOKIE
from composia.server.callers import Callers
from composia.server.people import People
from composia.server.sign_in import FREE_BY_NAME
from tests.server.world import World, make_world

pytestmark = pytest.mark.anyio

PASSWORD = "correct horse"
VISITOR = Visitor(peer="192.0.2.1")


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    monkeypatch.setattr(passwords, "_MEMORY_KIB", 64)
    async with make_world(tmp_path) as world:
        for name, role in (("amy", Role.ADMIN), ("bea", Role.OPERATOR), ("cat", Role.VIEWER)):
            await world.people.create_user(name, role, PASSWORD)
        yield world


async def signed_in(world: World, name: str) -> People:
    """The API as a user has it who has just signed in."""
    _, cookie = await world.plane.signing_in.by_password(name, PASSWORD, VISITOR)
    shown = Credentials(method="x", headers={}, cookies={COOKIE: cookie}, peer="")
    return People(world.plane, await world.plane.callers.authenticate(shown))


async def with_token(world: World, role: Role) -> People:
    """The API as the bearer of a token has it."""
    _, secret = await world.people.create_token(role, "")
    shown = Credentials(method="x", headers={"authorization": f"Bearer {secret}"}, cookies={}, peer="")
    return People(world.plane, await world.plane.callers.authenticate(shown))


def ended(world: World) -> list[tuple[str, str]]:
    """What is ended from now on, and why."""
    found: list[tuple[str, str]] = []
    world.plane.callers.on_end = lambda credential, reason: found.append((credential, reason))
    return found


async def test_who_calls_hears_who_that_is_and_what_may_be_called(world: World) -> None:
    bea, tool = await signed_in(world, "bea"), await with_token(world, Role.VIEWER)

    told = await bea.get_caller()
    assert (told.id, told.role, told.credential, told.user) == ("bea", Role.OPERATOR, bea.principal.credential, True)
    assert told.expires_ms == world.clock.now_ms() + 86_400_000
    assert told.may == tuple(sorted(method for method in POLICY if allowed(Role.OPERATOR, method)))
    told = await tool.get_caller()
    assert (told.id, told.role, told.expires_ms, told.user) == (tool.principal.id, Role.VIEWER, 0, False)


async def test_ones_own_password_is_changed_with_the_present_one_and_only_other_sessions_end(world: World) -> None:
    here, there = await signed_in(world, "bea"), await signed_in(world, "bea")
    gone = ended(world)

    with pytest.raises(Unauthenticated):
        await here.set_password("", "battery staple", "wrong")
    assert (await here.set_password("", "battery staple", PASSWORD)).name == "bea"

    assert gone == [(there.principal.credential, "the password was changed")]
    assert [session.id for session in await here.list_sessions()] == [here.principal.credential]


async def test_an_admins_own_password_needs_the_present_one_too_by_name_as_well(world: World) -> None:
    amy = await signed_in(world, "amy")

    for user in ("", "amy"):
        with pytest.raises(Unauthenticated):
            await amy.set_password(user, "battery staple", "")


async def test_the_present_password_is_not_guessed_by_whoever_sits_at_an_open_page(world: World) -> None:
    bea = await signed_in(world, "bea")
    for _ in range(FREE_BY_NAME):
        with pytest.raises(Unauthenticated):
            await bea.set_password("", "battery staple", "wrong")

    with pytest.raises(TooOften):
        await bea.set_password("", "battery staple", PASSWORD)


async def test_the_password_of_another_user_is_for_admins(world: World) -> None:
    bea, tool = await signed_in(world, "bea"), await with_token(world, Role.ADMIN)
    gone = ended(world)

    for user in ("cat", "nobody"):
        with pytest.raises(Forbidden):
            await bea.set_password(user, "battery staple", PASSWORD)
    await tool.set_password("bea", "battery staple", "")

    assert gone == [(bea.principal.credential, "the password was changed")]
    with pytest.raises(NotFound):
        await tool.set_password("nobody", "battery staple", "")
    with pytest.raises(NotPossible):
        await tool.set_password("", "battery staple", "")
    with pytest.raises(Invalid):
        await tool.set_password("bea", "short", "")


async def test_a_user_that_is_removed_is_signed_out_everywhere_though_it_be_the_last_admin(world: World) -> None:
    amy = await signed_in(world, "amy")
    gone = ended(world)

    assert (await amy.remove_user("amy")).role is Role.ADMIN

    assert gone == [(amy.principal.credential, "the user was removed")]
    assert [user.name for user in await world.people.list_users()] == ["bea", "cat"]


async def test_sessions_are_ones_own_and_for_admins_all(world: World) -> None:
    amy, bea, cat = [await signed_in(world, name) for name in ("amy", "bea", "cat")]
    gone = ended(world)

    assert {session.by for session in await amy.list_sessions()} == {"amy", "bea", "cat"}
    assert {session.by for session in await bea.list_sessions()} == {"bea"}
    with pytest.raises(NotFound):
        await bea.end_session(cat.principal.credential)
    assert (await cat.end_session(cat.principal.credential)).by == "cat"
    assert (await amy.end_session(bea.principal.credential)).by == "bea"
    assert gone == [(who.principal.credential, "this session was ended") for who in (cat, bea)]


async def test_the_bearer_of_a_token_sees_the_sessions_that_it_has_begun(world: World) -> None:
    _, secret = await world.people.create_token(Role.VIEWER, "")
    info, _ = await world.plane.signing_in.by_token(secret, VISITOR)
    shown = Credentials(method="x", headers={"authorization": f"Bearer {secret}"}, cookies={}, peer="")
    tool = People(world.plane, await world.plane.callers.authenticate(shown))
    await signed_in(world, "amy")

    assert await tool.list_sessions() == (info,)
    assert await tool.end_session(info.id) == info


async def test_a_link_signs_in_as_whoever_asked_for_it_and_its_secret_is_a_fragment(world: World) -> None:
    world.plane.joining.reachable = replace(world.plane.joining.reachable, url="https://composia.test:8443/")
    cat = await signed_in(world, "cat")

    url, expires_ms = await cat.create_sign_in_link()
    address, _, secret = url.partition("#")
    info, _ = await world.plane.signing_in.by_link(secret, VISITOR)

    assert (address, expires_ms) == ("https://composia.test:8443/sign-in", world.clock.now_ms() + 600_000)
    assert (info.by, info.role) == ("cat", Role.VIEWER)


async def test_all_of_it_is_audited_without_a_secret(world: World) -> None:
    amy = await signed_in(world, "amy")
    await amy.create_user("dot", Role.VIEWER, "a secret word")
    await amy.set_password("dot", "another secret word", "")
    with pytest.raises(Unauthenticated):
        await amy.set_password("", "battery staple", "a guess")
    url, _ = await amy.create_sign_in_link()
    await amy.remove_user("dot")

    written = [(entry.by, entry.action, entry.target, entry.text) for entry in (await world.plane.queue.audit(5)).items]
    assert written == [
        ("amy", "remove user", "dot", "viewer"),
        ("amy", "create sign-in link", "amy", ""),
        ("amy", "refuse present password", "amy", "name or password is wrong"),
        ("amy", "set password", "dot", ""),
        ("amy", "create user", "dot", "viewer"),
    ]
    assert url.partition("#")[2] not in str((await world.plane.queue.audit(100)).items)


async def test_without_an_auth_plugin_that_knows_users_tokens_work_on(world: World) -> None:
    tokens, _ = world.plane.callers._authenticators
    plane = replace(world.plane, callers=Callers([tokens], world.clock))
    people = People(plane, Principal(id="token:1", role=Role.ADMIN, credential="1"))

    assert not (await people.get_caller()).user
    token, _ = await people.create_token(Role.VIEWER, "")
    assert (await people.revoke_token(token.id)).id == token.id
    with pytest.raises(NotPossible) as caught:
        await people.list_users()
    assert caught.value.hint == "add `provider: sessions` to `auth`"
