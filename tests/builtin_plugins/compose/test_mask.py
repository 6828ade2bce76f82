import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from composia.builtin_plugins.compose.mask import Mask


def mask(environment: dict[str, Any], *files: Path) -> Mask:
    return Mask.of({"services": {"web": {"environment": environment}}}, files)


@pytest.mark.parametrize(
    ("environment", "text", "hidden"),
    [
        ({"DB_PASSWORD": "hunter22"}, "no access for hunter22!", "no access for ***!"),
        ({"api_token": "abcd1234"}, "abcd1234abcd1234", "******"),
        ({"URL": "postgres://me:hunter22@db/x"}, "cannot reach me:hunter22@db", "cannot reach me:***@db"),
        ({"SECRET_KEY": "short", "SECRET_KEY_2": "short-longer"}, "short-longer short", "*** ***"),
        ({"MODE": "production"}, "in production", "in production"),
        ({"PASSWORD": "abc"}, "abc is too short to hide", "abc is too short to hide"),
        ({"PASSWORD": None, "TOKEN": 12345}, "None 12345", "None ***"),
    ],
)
def test_values_that_look_secret_are_hidden(environment: dict[str, Any], text: str, hidden: str) -> None:
    assert mask(environment).hide(text) == hidden


def test_each_line_of_a_secret_file_is_hidden(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("first-line\n  second-line\n")

    assert mask({}, tmp_path / "key", tmp_path / "none").hide("first-line, second-line") == "***, ***"


def test_build_arguments_are_looked_at_too() -> None:
    document = {"services": {"web": {"build": {"args": {"NPM_TOKEN": "abcd1234"}}}, "db": {}}}

    assert Mask.of(document, []).hide("abcd1234") == "***"


def test_nothing_is_hidden_before_anything_is_known() -> None:
    assert Mask().hide("text") == "text"


def test_files_with_variables_are_known_before_anything_is_rendered(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("DB_PW='correct-horse'\nPORT=8080\n")
    (tmp_path / "web.env").write_text('API_TOKEN="battery-staple"\n# PASSWORD\n')

    assert Mask.of_variables([tmp_path]).hide("correct-horse 8080 battery-staple") == "*** 8080 ***"


def make_endless(file: Path) -> None:
    file.write_text("PASSWORD=correct-horse\n")
    os.truncate(file, 1 << 40)


def make_memory(file: Path) -> None:
    file.symlink_to("/proc/self/mem")


def make_pipe(file: Path) -> None:
    os.mkfifo(file)


@pytest.mark.parametrize("make", [make_endless, make_memory, make_pipe])
def test_whatever_a_container_makes_of_a_file_the_others_are_read(tmp_path: Path, make: Callable[[Path], None]) -> None:
    (tmp_path / "web.env").write_text("API_TOKEN=battery-staple\n")
    (tmp_path / "key").write_text("correct-horse\n")
    make(tmp_path / "a.env")

    both = Mask.of_variables([tmp_path]).joined(mask({}, tmp_path / "a.env", tmp_path / "key"))

    assert both.hide("battery-staple correct-horse") == "*** ***"


def test_two_masks_hide_what_either_hides() -> None:
    assert Mask(("short",)).joined(Mask(("shorter",))).hide("short shorter") == "*** ***"
