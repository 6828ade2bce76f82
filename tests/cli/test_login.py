"""Logging in: what is checked, what is kept, and for whom."""

import json
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner

from composia.cli.main import main
from composia.cli.profile import Profile, load_profile, save_profile
from composia.errors import NotFound
from composia.plugins.transport import Target
from tests.cli.fake_server import TOKEN, FakeTransport


def login(tmp_path: Path, token: str, *options: str) -> tuple[int, str, str]:
    token_file, ca_file = tmp_path / "token", tmp_path / "ca.pem"
    token_file.write_text(f"{token}\n")
    ca_file.write_text("PEM\n")
    arguments = ("login", "https://composia.test/", "--token-file", str(token_file), "--ca-file", str(ca_file))
    result = CliRunner().invoke(main, [*arguments, *options])
    return result.exit_code, result.stdout, result.stderr


def test_a_login_that_the_server_accepts_is_remembered(tmp_path: Path, transport: FakeTransport) -> None:
    file = tmp_path / "config" / "composia" / "profile.json"

    assert login(tmp_path, TOKEN) == (
        0,
        "",
        f"logged in to https://composia.test (Composia 0.1.0); stored in {file}\n",
    )
    assert load_profile() == Profile(server="https://composia.test", token=TOKEN, ca="PEM")
    assert transport.targets == [Target(url="https://composia.test", token=TOKEN, ca=b"PEM")]
    assert transport.server.open == 0


def test_a_login_that_the_server_refuses_is_not_remembered(tmp_path: Path, transport: FakeTransport) -> None:
    code, out, err = login(tmp_path, "cps_wrong", "-o", "json")

    assert (code, out, json.loads(err)["code"]) == (1, "", "unauthenticated")
    assert "cps_wrong" not in err
    with pytest.raises(NotFound):
        load_profile()
    assert len(transport.targets) == 1


def test_a_login_is_kept_for_its_owner_alone_and_the_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    stored = Profile(server="https://composia.test", token="cps_1", ca="PEM")
    path = save_profile(stored)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_profile() == stored
    monkeypatch.setenv("COMPOSIA_TOKEN", "cps_2")
    assert load_profile() == Profile(server="https://composia.test", token="cps_2", ca="PEM")


def test_a_slash_at_its_end_makes_no_other_server(monkeypatch: pytest.MonkeyPatch) -> None:
    stored = Profile(server="https://composia.test", token="cps_1", ca="PEM")
    save_profile(stored)
    monkeypatch.setenv("COMPOSIA_SERVER", "https://composia.test/")

    assert load_profile() == stored


def test_a_stored_token_is_never_sent_to_another_server(monkeypatch: pytest.MonkeyPatch) -> None:
    save_profile(Profile(server="https://composia.test", token="cps_1", ca="PEM"))
    monkeypatch.setenv("COMPOSIA_SERVER", "https://elsewhere.test")

    with pytest.raises(NotFound, match=r"no token for https://elsewhere\.test is known"):
        load_profile()


def test_a_token_in_the_environment_may_have_white_space_around_it_and_a_blank_one_is_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COMPOSIA_SERVER", "https://c.test:1\n")
    monkeypatch.setenv("COMPOSIA_TOKEN", " cps_2\n")
    assert (load_profile().server, load_profile().token) == ("https://c.test:1", "cps_2")
    monkeypatch.setenv("COMPOSIA_TOKEN", " " * 80)  # what a first start keeps room with
    with pytest.raises(NotFound, match="no token for"):
        load_profile()
