"""What matches: in many lines at once the same as in each of them alone."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composia.core.container_log import LogsQuery
from composia.core.log_match import matcher
from composia.errors import Invalid

LETTERS = st.sampled_from([b"a", b"A", b"b", b"\xc3\xa9", b"\xff", b" ", b"\r", b"\x00"])
LINES = st.lists(st.lists(LETTERS, max_size=6).map(b"".join), max_size=8)
PATTERNS = st.sampled_from(
    [
        "a",
        "^a",
        "a$",
        "^$",
        "a.*b",
        "[^b]",
        "[^b]+$",
        "(a|b)b",
        "a*",
        r"\s",
        r"\s*a",
        r"\bb",
        "^[ab]{2}$",
        ".",
        "$",
        "^",
    ]
)


def found(query: LogsQuery, lines: list[bytes]) -> list[tuple[int, bytes]]:
    find = matcher(query)
    assert find is not None
    return list(find(b"".join(line + b"\n" for line in lines)))


@given(LINES, st.text("aAb ", min_size=1, max_size=3), st.booleans())
def test_a_text_is_found_in_the_lines_that_contain_it(lines: list[bytes], text: str, ignore_case: bool) -> None:
    def seen(line: bytes) -> bytes:
        return line.lower() if ignore_case else line

    wanted = text.lower() if ignore_case else text
    assert found(LogsQuery(grep=text, ignore_case=ignore_case), lines) == [
        (at, line) for at, line in enumerate(lines) if wanted.encode() in seen(line)
    ]


@given(LINES, PATTERNS, st.booleans())
def test_an_expression_is_found_in_the_lines_that_it_matches_alone(
    lines: list[bytes], pattern: str, ignore_case: bool
) -> None:
    """Of lines of ASCII, where Python's own expressions mean the same."""
    lines = [bytes(byte for byte in line if byte < 128) for line in lines]
    alone = re.compile(pattern.encode(), re.IGNORECASE if ignore_case else 0)
    assert found(LogsQuery(grep=pattern, regex=True, ignore_case=ignore_case), lines) == [
        (at, line) for at, line in enumerate(lines) if alone.search(line)
    ]


def test_all_lines_are_asked_for_by_nothing() -> None:
    assert matcher(LogsQuery()) is None


@pytest.mark.parametrize(
    ("grep", "message"),
    [
        ("a\nb", "a line has no newline in it"),
        ("(", "no regular expression: missing ): ("),
        (r"\Aa", "a search looks at single lines"),
        ("x" * 1001, "a text of 1001 bytes to search for"),
        ("(((a{100}){100}){100})", "no regular expression: "),
    ],
)
def test_what_cannot_be_searched_for_is_refused(grep: str, message: str) -> None:
    with pytest.raises(Invalid) as refused:
        matcher(LogsQuery(grep=grep, regex=True))
    assert refused.value.message.startswith(message)


def test_a_backslash_before_a_letter_that_is_none_of_an_anchor_is_fine() -> None:
    assert found(LogsQuery(grep=r"\\A", regex=True), [b"\\A", b"A"]) == [(0, b"\\A")]
