"""The authenticator `sessions` under its contract, and what its file goes through."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from composia.builtin_plugins.sessions import passwords
from composia.builtin_plugins.sessions.passwords import AT_ONCE, WAITING_MOST, Passwords
from composia.builtin_plugins.sessions.store import LINKS_MOST, Accounts, Lifetime
from composia.clock import ManualClock
from composia.core.principal import Role
from composia.errors import Invalid, TooOften, Unauthenticated
from composia.plugins.testing.auth_sessions import SessionContract
from composia.plugins.testing.auth_users import PASSWORD, TOKEN, VISITOR, Reopen, cookie
from tests.small_disk import small_disk

pytestmark = pytest.mark.anyio

LIFETIME = Lifetime(idle_ms=86_400_000, longest_ms=30 * 86_400_000)


class TestAccounts(SessionContract):
    @pytest.fixture(autouse=True)
    def cheaply(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """What a digest costs is in it, and tests of its own see to that."""
        monkeypatch.setattr(passwords, "_MEMORY_KIB", 64)

    @pytest.fixture
    def accounts(self, tmp_path: Path, clock: ManualClock) -> Accounts:
        return Accounts(tmp_path / "auth" / "accounts.json", clock, LIFETIME)

    @pytest.fixture
    def reopened(self, tmp_path: Path, clock: ManualClock) -> Reopen:
        async def open_again() -> Accounts:
            return Accounts(tmp_path / "auth" / "accounts.json", clock, LIFETIME)

        return open_again


def test_a_file_that_is_broken_stops_the_start_with_its_name(tmp_path: Path) -> None:
    file = tmp_path / "accounts.json"
    file.write_text("{]")

    with pytest.raises(Invalid) as caught:
        Accounts(file, ManualClock(), LIFETIME)

    assert caught.value.where == str(file)


async def test_a_stricter_configuration_holds_for_sessions_that_were_there_before(tmp_path: Path) -> None:
    clock, file = ManualClock(), tmp_path / "accounts.json"
    _, secret = await Accounts(file, clock, LIFETIME).begin_by_token(TOKEN, VISITOR)
    clock.advance(60)

    strict = Accounts(file, clock, Lifetime(idle_ms=86_400_000, longest_ms=60_000))

    with pytest.raises(Unauthenticated):
        await strict.authenticate(cookie(secret))


async def test_what_has_ended_leaves_the_file(tmp_path: Path) -> None:
    clock, file = ManualClock(), tmp_path / "accounts.json"
    accounts = Accounts(file, clock, LIFETIME)
    info, _ = await accounts.begin_by_token(TOKEN, VISITOR)
    await accounts.create_link(TOKEN, ttl_s=86_400)
    before = file.read_text()
    clock.advance(86_400)
    await accounts.create_user("ada", Role.VIEWER, PASSWORD, by="token:1")

    assert info.id in before
    assert (info.id in file.read_text(), '"links":{}' in file.read_text()) == (False, True)


async def test_of_many_links_the_oldest_go(tmp_path: Path) -> None:
    accounts = Accounts(tmp_path / "accounts.json", ManualClock(), LIFETIME)
    links = [(await accounts.create_link(TOKEN, ttl_s=600))[0] for _ in range(LINKS_MOST + 1)]

    with pytest.raises(Unauthenticated):
        await accounts.begin_by_link(links[0], VISITOR)
    for link in links[1:]:
        await accounts.begin_by_link(link, VISITOR)


async def test_a_long_name_of_a_browser_is_cut(tmp_path: Path) -> None:
    accounts = Accounts(tmp_path / "accounts.json", ManualClock(), LIFETIME)

    info, _ = await accounts.begin_by_token(TOKEN, type(VISITOR)(peer="::1", agent="x" * 100_000))

    assert info.agent == "x" * 200


async def test_a_password_that_is_changed_while_somebody_signs_in_with_the_old_one_lets_nobody_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts = Accounts(tmp_path / "accounts.json", ManualClock(), LIFETIME)
    await accounts.create_user("ada", Role.ADMIN, PASSWORD, by="token:1")
    right = Passwords.matches

    async def slow(self: Passwords, password: str, digest: str | None) -> bool:
        fits = await right(self, password, digest)
        await accounts.set_password("ada", "battery staple")
        return fits

    monkeypatch.setattr(Passwords, "matches", slow)
    with pytest.raises(Unauthenticated):
        await accounts.begin_by_password("ada", PASSWORD, VISITOR)

    assert await accounts.sessions() == ()


async def test_a_session_that_is_ended_while_its_use_is_stored_lets_nobody_in(tmp_path: Path) -> None:
    clock = ManualClock()
    accounts = Accounts(tmp_path / "accounts.json", clock, LIFETIME)
    info, secret = await accounts.begin_by_token(TOKEN, VISITOR)
    clock.advance(3600)

    ending = asyncio.create_task(accounts.end(info.id))
    await asyncio.sleep(0)  # it has the file now
    with pytest.raises(Unauthenticated):
        await accounts.authenticate(cookie(secret))

    assert (await ending).id == info.id


@pytest.mark.parametrize("end", ["the session", "the user", "the password"])
async def test_no_link_outlives_the_session_that_asks_for_it_as_it_is_ended(tmp_path: Path, end: str) -> None:
    accounts = Accounts(tmp_path / "accounts.json", ManualClock(), LIFETIME)
    await accounts.create_user("ada", Role.ADMIN, PASSWORD, by="token:1")
    info, secret = await accounts.begin_by_password("ada", PASSWORD, VISITOR)
    inside = await accounts.authenticate(cookie(secret))
    assert inside is not None

    changes: dict[str, Callable[[], Awaitable[object]]] = {
        "the session": lambda: accounts.end(info.id),
        "the user": lambda: accounts.remove_user("ada"),
        "the password": lambda: accounts.set_password("ada", "battery staple"),
    }
    ending = asyncio.ensure_future(changes[end]())
    asked = [asyncio.create_task(accounts.create_link(inside, ttl_s=600)) for _ in range(3)]  # while that is stored
    await ending
    asked.append(asyncio.create_task(accounts.create_link(inside, ttl_s=600)))  # let in before, and here only now
    told = await asyncio.gather(*asked, return_exceptions=True)

    links = [one[0] for one in told if isinstance(one, tuple)]
    assert isinstance(told[-1], Unauthenticated)
    for link in links:
        with pytest.raises(Unauthenticated):
            await accounts.begin_by_link(link, VISITOR)


async def test_a_link_that_is_being_stored_ends_with_its_token_too(tmp_path: Path) -> None:
    accounts = Accounts(tmp_path / "accounts.json", ManualClock(), LIFETIME)

    (link, _), _ = await asyncio.gather(accounts.create_link(TOKEN, ttl_s=600), accounts.end_of(TOKEN.credential))

    with pytest.raises(Unauthenticated):
        await accounts.begin_by_link(link, VISITOR)


async def test_a_name_that_is_not_known_takes_the_same_work(monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str] = []

    def matches(_password: bytes, digest: str) -> bool:
        checked.append(digest)
        return False

    known = await Passwords().digest(PASSWORD)
    monkeypatch.setattr(passwords, "_matches", matches)
    for digest in (known, None):
        await Passwords().matches(PASSWORD, digest)

    costs = [digest.split("$")[:4] for digest in checked]
    lengths = [[len(part) for part in digest.split("$")] for digest in checked]
    assert costs[0] == costs[1] == ["", "argon2id", "v=19", "m=65536,t=3,p=1"]
    assert lengths[0] == lengths[1]


async def test_nobodys_digest_is_one_that_can_be_checked() -> None:
    assert not await Passwords().matches(PASSWORD, None)


async def test_many_digests_that_are_worked_out_side_by_side_are_all_right(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_MEMORY_KIB", 64)
    monkeypatch.setattr(passwords, "WAITING_MOST", 1000)
    counted = Passwords()

    digests = await asyncio.gather(*(counted.digest(f"password {n}") for n in range(200)))
    found = await asyncio.gather(*(counted.matches(f"password {n % 100}", digests[n]) for n in range(200)))

    assert found == [n < 100 for n in range(200)]


async def test_at_most_two_are_worked_out_at_once_and_a_crowd_is_sent_away(monkeypatch: pytest.MonkeyPatch) -> None:
    two, go, running, most, lock = threading.Event(), threading.Event(), 0, 0, threading.Lock()

    def matches(_password: bytes, _digest: str) -> bool:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
            if running == AT_ONCE:
                two.set()
        go.wait(60)
        with lock:
            running -= 1
        return True

    monkeypatch.setattr(passwords, "_matches", matches)
    counted = Passwords()
    waiting = [asyncio.create_task(counted.matches("x", None)) for _ in range(AT_ONCE + WAITING_MOST)]
    assert await asyncio.to_thread(two.wait, 60)
    with pytest.raises(TooOften) as caught:
        await counted.matches("x", None)
    go.set()

    assert await asyncio.gather(*waiting) == [True] * len(waiting)
    assert most == AT_ONCE
    assert (caught.value.wait_s, caught.value.hint) == (5.0, "try again in 5 s")


async def test_on_a_full_disk_nothing_changes_but_who_is_signed_in_stays_so(tmp_path: Path) -> None:
    clock = ManualClock()
    with small_disk(tmp_path / "disk") as disk:
        accounts = Accounts(disk.place / "accounts.json", clock, LIFETIME)
        await accounts.create_user("ada", Role.ADMIN, PASSWORD, by="token:1")
        session, secret = await accounts.begin_by_token(TOKEN, VISITOR)
        link, _ = await accounts.create_link(TOKEN, ttl_s=86_000)
        disk.fill()
        clock.advance(3600)

        for change in (
            accounts.begin_by_password("ada", PASSWORD, VISITOR),
            accounts.begin_by_link(link, VISITOR),
            accounts.create_user("bob", Role.VIEWER, PASSWORD, by="token:1"),
            accounts.remove_user("ada"),
            accounts.end(session.id),
        ):
            with pytest.raises(OSError, match="No space left"):
                await change
        assert await accounts.authenticate(cookie(secret)) is not None
        await accounts.close()

        disk.clear()
        assert [one.id for one in await accounts.sessions()] == [session.id]
        assert (await accounts.begin_by_link(link, VISITOR))[0].by == TOKEN.id
        await accounts.check_password("ada", PASSWORD)


def test_registering_it_loads_neither_the_library_of_passwords_nor_the_store() -> None:
    code = "import sys, composia.builtin_plugins.sessions; print([m for m in sys.modules if 'argon2' in m or 'store' in m])"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"
