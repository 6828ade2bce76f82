"""`composia user`: where a password comes from, and what is said of it."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.fake_server import FakeServer

ADD = ("user", "add", "eve", "--role", "viewer")


def test_a_password_is_what_the_file_or_standard_input_says_and_is_not_printed(
    composia: Run, server: FakeServer, tmp_path: Path
) -> None:
    file = tmp_path / "password"
    file.write_text("correct horse\n")

    added = composia(*ADD, "--password-file", str(file), "-o", "json")
    changed = composia("user", "passwd", "kim", "--password-file", "-", input="battery staple\n")

    assert (added.exit_code, changed.exit_code) == (0, 0)
    assert server.passwords == {"eve": "correct horse", "kim": "battery staple"}
    assert not [word for word in ("horse", "staple") if word in added.output + changed.output]


def test_spaces_are_part_of_a_password_wherever_it_is_read_from(
    composia: Run, server: FakeServer, tmp_path: Path
) -> None:
    file = tmp_path / "password"
    file.write_text(" correct horse \r\n")

    composia(*ADD, "--password-file", str(file))
    composia("user", "passwd", "kim", "--password-file", "-", input=" correct horse \r\n")

    assert server.passwords == {"eve": " correct horse ", "kim": " correct horse "}


def test_without_a_terminal_nobody_is_asked(composia: Run, server: FakeServer) -> None:
    result = composia(*ADD)

    assert result.exit_code == 2
    assert "give it with --password-file FILE" in result.stderr
    assert server.passwords == {}


@pytest.mark.parametrize(
    ("name", "password", "said"),
    [
        ("Eve", "correct horse", "Eve is no name for a user"),
        ("token:1", "correct horse", "token:1 is no name for a user"),
        ("eve", "short", "a password of 5 characters"),
        ("evangeline", "Evangeline", "the name itself is no password"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_sent(
    composia: Run, server: FakeServer, tmp_path: Path, name: str, password: str, said: str
) -> None:
    file = tmp_path / "password"
    file.write_text(password)

    result = composia("user", "add", name, "--role", "viewer", "--password-file", str(file), "-o", "json")

    assert (result.exit_code, json.loads(result.stderr)["message"]) == (2, said)
    assert server.passwords == {}


def test_when_the_last_admin_is_removed_it_says_who_is_left(composia: Run) -> None:
    viewer, admin = composia("user", "remove", "kim"), composia("user", "remove", "ada")

    assert viewer.stderr == ""
    assert admin.stderr == "no user is an admin now; whoever has an admin's token still is\n"


def test_a_link_is_alone_on_standard_output_and_nothing_is_opened(composia: Run) -> None:
    result = composia("web")

    assert result.stdout == "https://composia.test/sign-in#secret\n"
    assert result.stderr == "  good until 2023-11-14T22:23:20.000Z, and for one browser\n"
