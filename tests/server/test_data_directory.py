"""The server's data directory: who may use it, and the first token in it."""

import stat
from pathlib import Path

import pytest

from composia.builtin_plugins.sessions.store import Accounts, Lifetime
from composia.builtin_plugins.tokens.store import Tokens
from composia.clock import ManualClock
from composia.core.principal import Role, TokenInfo
from composia.errors import ComposiaError, Conflict, Invalid, NotPossible, Unavailable
from composia.server.data_directory import (
    FORMAT,
    first_sign_in,
    first_sign_in_used,
    first_token,
    leave_first_sign_in,
    only_server,
)

pytestmark = pytest.mark.anyio


def refusal(data: Path) -> ComposiaError:
    with pytest.raises(ComposiaError) as refused, only_server(data):
        pass
    return refused.value


def test_two_servers_on_one_directory_are_refused_until_the_first_has_ended(tmp_path: Path) -> None:
    with only_server(tmp_path / "data"):
        error = refusal(tmp_path / "data")
    with only_server(tmp_path / "data"):
        pass

    assert isinstance(error, Conflict)
    assert str(error) == f"{tmp_path / 'data'}: another server uses this data directory"
    assert error.hint == "stop that server, or give this one a --data directory of its own"


def test_what_a_newer_server_has_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "format").write_text(f"{FORMAT + 1}\n")

    error = refusal(tmp_path)

    assert isinstance(error, NotPossible)
    assert error.message.startswith("the data was written by a newer Composia")


def test_a_file_in_the_place_of_the_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    direct, below = refusal(tmp_path / "file"), refusal(tmp_path / "file" / "data")

    assert (type(direct), direct.message, direct.where) == (Invalid, "this is no directory", str(tmp_path / "file"))
    assert below.message == "the data directory cannot be used: not a directory"


class Issuer(Tokens):
    """Makes no token while `full`."""

    full = False

    async def create(
        self, role: Role, *, node: str, by: str, expires_ms: int = 0, uses: int = 0
    ) -> tuple[TokenInfo, str]:
        if self.full:
            raise Unavailable("no space left on device")
        return await super().create(role, node=node, by=by, expires_ms=expires_ms, uses=uses)


async def test_the_first_token_is_made_once_and_is_its_owners_alone(tmp_path: Path) -> None:
    issuer = Issuer(tmp_path / "tokens.json", ManualClock())

    await first_token(tmp_path, issuer)
    secret = (tmp_path / "admin.token").read_text()
    await first_token(tmp_path, issuer)

    assert secret.startswith("cps_")
    assert secret.count("\n") == 1
    assert (tmp_path / "admin.token").read_text() == secret
    assert stat.S_IMODE((tmp_path / "admin.token").stat().st_mode) == 0o600
    assert len(await issuer.tokens()) == 1


async def test_a_first_start_that_was_cut_short_is_made_whole_by_the_next(tmp_path: Path) -> None:
    issuer = Issuer(tmp_path / "tokens.json", ManualClock())
    issuer.full = True
    with pytest.raises(Unavailable):
        await first_token(tmp_path, issuer)
    assert (tmp_path / "admin.token").read_text().strip() == ""

    issuer.full = False
    await first_token(tmp_path, issuer)
    assert (tmp_path / "admin.token").read_text().startswith("cps_")

    (tmp_path / "admin.token").write_text(" " * 80)  # as if it had died between the token and its file
    await first_token(tmp_path, issuer)
    assert (tmp_path / "admin.token").read_text().startswith("cps_")


async def test_without_room_for_it_there_is_no_first_token(tmp_path: Path) -> None:
    issuer = Issuer(tmp_path / "tokens.json", ManualClock())
    (tmp_path / "admin.token").symlink_to("/dev/full")

    with pytest.raises(OSError, match="No space left"):
        await first_token(tmp_path, issuer)

    assert await issuer.tokens() == ()


def accounts(tmp_path: Path) -> Accounts:
    return Accounts(tmp_path / "accounts.json", ManualClock(), Lifetime(idle_ms=1000, longest_ms=1000))


async def test_the_link_of_a_first_start_is_its_owners_alone_also_in_the_place_of_another_file(tmp_path: Path) -> None:
    secret = await first_sign_in(tmp_path, accounts(tmp_path))
    file = leave_first_sign_in(tmp_path, f"https://composia.test/sign-in#{secret}")
    leave_first_sign_in(tmp_path, "https://composia.test/sign-in#x")

    assert file == tmp_path / "first-sign-in"
    assert file.read_text() == "https://composia.test/sign-in#x\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


async def test_a_link_that_was_not_used_is_made_anew_and_one_that_was_is_not(tmp_path: Path) -> None:
    issuer = accounts(tmp_path)
    made = []
    for _ in range(2):
        made.append(await first_sign_in(tmp_path, issuer))
        leave_first_sign_in(tmp_path, made[-1])
    first_sign_in_used(tmp_path)

    assert len({*made}) == 2
    assert await first_sign_in(tmp_path, issuer) == ""
    assert made[1] not in (tmp_path / "first-sign-in").read_text()
