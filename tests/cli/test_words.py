"""What people give and get as text."""

import click
import pytest

from composia.cli.words import asks_for_json, fill, harmless


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("web: café ☃ 日本\n\tnext", "web: café ☃ 日本\n\tnext"),
        ("\x1b[31mred\x1b[0m", "\x1b[31mred\x1b[0m"),
        ("\x1b[2J\x1b]0;title\x07\x08\r", r"\x1b[2J\x1b]0;title\x07\x08\r"),
        ("a\x9b31mb\x7f", r"a\x9b31mb\x7f"),
        ("left\u202egnp.exe", r"left\u202egnp.exe"),
        ("\udcff", r"\udcff"),
    ],
)
def test_a_terminal_is_told_no_more_than_letters_and_colours(text: str, shown: str) -> None:
    assert harmless(text) == shown


@pytest.mark.parametrize(
    ("arguments", "asks"),
    [
        (["status", "-o", "json"], True),
        (["status", "-ojson"], True),
        (["status", "--output=json", "web"], True),
        (["status", "-o", "yaml"], False),
        (["status", "json"], False),
        (["status", "x-o", "json"], False),
        (["-o"], False),
        ([], False),
    ],
)
def test_how_one_asks_for_json(arguments: list[str], asks: bool) -> None:
    assert asks_for_json(arguments) is asks


def test_a_path_is_still_completed_as_a_path() -> None:
    command = fill(click.Command("x", params=[click.Option(["--file"], type=click.Path())]))
    (option,) = command.params

    found = option.type.shell_complete(click.Context(command), option, "ab")

    assert [(item.value, item.type) for item in found] == [("ab", "file")]
