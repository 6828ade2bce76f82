"""The `.env` file, as far as its values are plain to see."""

import pytest

from composia.core.definition.dotenv import read_dotenv
from composia.core.definition.interpolation import MOST_REPLACED


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("", {}),
        ("# a\n\nA=1\nB = b c \n", {"A": "1", "B": "b c"}),
        ("export A=1\nB: 2\n", {"A": "1", "B": "2"}),
        ("A=1 # one\nB=a#b\nC=\n", {"A": "1", "B": "a#b", "C": ""}),
        ("A='a # b'\nB=\"c # d\" # e\n", {"A": "a # b", "B": "c # d"}),
        ("A='$B'\nB=\"x\ny\"\nC=1\n", {"A": "$B", "B": "x\ny", "C": "1"}),
        ('A=1\nB=${A}2\nC="${B}3"\nD=${NONE:-4}\n', {"A": "1", "B": "12", "C": "123", "D": "4"}),
        ("A=1\r\nB=2\r\n", {"A": "1", "B": "2"}),
        ("\ufeffA=1\n", {"A": "1"}),
        ("A=\nB=2", {"A": "", "B": "2"}),
        ('A="a\\nb"\nB=\'open\nC=$HOME\n', {"A": None, "B": None, "C": None}),
    ],
)
def test_values_are_read_and_what_is_not_plain_is_left_open(text: str, values: dict[str, str | None]) -> None:
    read = read_dotenv(text.encode(), {})
    assert (read.values, read.complete) == (values, True)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("BAD LINE\n", 1),
        ("\n# x\nA='1\n2'\r\nBAD LINE=3\nC D\n", 5),
        ("A=1\n  ; x\n", 2),
        ("export A B\n", 1),
        ("<html>\n", 1),
        ("A[0]=1\nÄ=1\n1A=2\nB C\n", 0),
        ('A="1\nB C" D\nE F"\n', 0),
        ("=1\n", 0),
        ("A=1\n", 0),
    ],
)
def test_the_line_for_which_compose_refuses_a_file_is_told_where_that_is_sure(text: str, line: int) -> None:
    assert read_dotenv(text.encode(), {}).refused_line == line


def test_what_comes_from_outside_goes_first() -> None:
    read = read_dotenv(b"A=1\nB=$A\n", {"A": "9"})
    assert read.values == {"A": "9", "B": "9"}


@pytest.mark.parametrize("content", [b"A=1\nB C=2\n", b"A=1\n=2\n", b"\xff\xfe"])
def test_a_file_that_cannot_be_read_leaves_everything_open(content: bytes) -> None:
    assert not read_dotenv(content, {}).complete


def test_values_that_grow_beyond_all_bounds_are_left_open() -> None:
    lines = ["A0=xxxxxxxxxx", *(f"A{number}={10 * f'${{A{number - 1}}}'}" for number in range(1, 30)), "B=1"]

    read = read_dotenv("\n".join(lines).encode(), {})

    assert read.complete
    assert read.values["A3"] == "x" * 10_000
    assert read.values["A29"] is None
    assert read.values["B"] == "1"
    assert sum(len(value) for value in read.values.values() if value) < 2 * MOST_REPLACED
