"""Answers of the engine taken apart, however they are cut on the way."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composia.builtin_plugins.compose.log_frames import LONGEST, LogFrames
from composia.plugins.executor_talking import LogLine

T0 = 1_795_515_072
STAMP = "2026-11-24T10:11:12"
PIECE = 16 * 1024


def stamped(at_ns: int, text: bytes) -> bytes:
    return f"{STAMP}.{at_ns:09}Z ".encode() + text


def frame(message: bytes, stream: int = 1) -> bytes:
    return bytes([stream, 0, 0, 0]) + len(message).to_bytes(4, "big") + message


def chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


END = b"0\r\n\r\n"


def read(frames: LogFrames, *portions: bytes) -> list[LogLine]:
    """The lines of an answer that comes in these portions."""
    found: list[LogLine] = []
    for portion in portions:
        found += frames.feed(portion) or ()
    if frames.ended:
        found += frames.finish() or ()
    return found


def line(at_ns: int, data: bytes, *, stderr: bool = False, partial: bool = False) -> LogLine:
    return LogLine(at_ns=T0 * 10**9 + at_ns, stderr=stderr, data=data, partial=partial)


def test_the_time_of_the_stamp_is_right() -> None:
    assert datetime.fromtimestamp(T0, UTC).isoformat() == f"{STAMP}+00:00"


@given(
    lines=st.lists(st.tuples(st.binary(max_size=40), st.booleans()), max_size=8),
    chunks=st.integers(1, 60),
    portions=st.integers(1, 50),
)
def test_lines_of_any_bytes_come_as_they_were_however_they_are_cut(
    lines: list[tuple[bytes, bool]], chunks: int, portions: int
) -> None:
    messages = [(n, data.replace(b"\n", b""), stderr) for n, (data, stderr) in enumerate(lines)]
    framed = [frame(stamped(n, data + b"\n"), 2 if stderr else 1) for n, data, stderr in messages]
    expected = [line(n, data, stderr=stderr) for n, data, stderr in messages]
    whole = b"".join(framed)
    odd = [whole[at : at + chunks] for at in range(0, len(whole), chunks)]

    for cut in (framed, odd):
        answer = b"".join(map(chunk, cut)) + END
        assert read(LogFrames(), answer) == expected
        assert read(LogFrames(), *(answer[at : at + portions] for at in range(0, len(answer), portions))) == expected
    plain = LogFrames(chunked=False)
    assert read(plain, *odd) == expected


def test_a_long_line_is_put_together_again_while_the_other_stream_goes_on() -> None:
    pieces = [b"a" * PIECE, b"b" * PIECE, b"c\n"]
    answer = [
        chunk(frame(stamped(5, pieces[0]))),
        chunk(frame(stamped(6, b"between\n"), 2)),
        chunk(frame(stamped(5, pieces[1]))),
        chunk(frame(stamped(5, pieces[2]))),
        chunk(frame(stamped(7, b"after\n"))),
        END,
    ]
    assert read(LogFrames(), *answer) == [
        line(6, b"between", stderr=True),
        line(5, b"a" * PIECE + b"b" * PIECE + b"c"),
        line(7, b"after"),
    ]


@pytest.mark.parametrize("extra", [0, 1, LONGEST])
def test_a_line_that_is_too_long_comes_in_pieces_that_say_so(extra: int) -> None:
    text = b"x" * (2 * LONGEST + extra)
    pieces = [text[at : at + PIECE] for at in range(0, len(text), PIECE)]
    answer = [chunk(frame(stamped(1, piece))) for piece in pieces[:-1]]
    answer += [chunk(frame(stamped(1, pieces[-1] + b"\n"))), END]

    found = read(LogFrames(), *answer)

    assert b"".join(one.data for one in found) == text
    assert [len(one.data) for one in found] == [LONGEST] * (2 + extra // LONGEST) + [1] * (extra == 1)
    assert [one.partial for one in found] == [True] * (len(found) - 1) + [False]


def test_a_piece_whose_end_was_lost_is_a_line_and_the_same_one_each_time() -> None:
    lost = [chunk(frame(stamped(1, b"x" * PIECE)))]
    next_line = [chunk(frame(stamped(2, b"next\n")))]

    assert read(LogFrames(), *lost, END) == [line(1, b"x" * PIECE)]
    assert read(LogFrames(), *lost, *next_line, END) == [line(1, b"x" * PIECE), line(2, b"next")]
    assert read(LogFrames(one_time=False), *lost, *next_line, END) == [line(1, b"x" * PIECE + b"next")]
    assert read(LogFrames(), *lost) == []


def test_a_terminal_has_one_stream_and_its_own_line_ends() -> None:
    answer = [
        chunk(stamped(n, text)) for n, text in ((1, b"one\r\n"), (2, b"a" * PIECE), (2, b"b\r\n"), (3, b"bare\n"))
    ]

    assert read(LogFrames(terminal=True), *answer, END) == [
        line(1, b"one"),
        line(2, b"a" * PIECE + b"b"),
        line(3, b"bare"),
    ]


def test_times_of_other_zones_and_lengths_are_read() -> None:
    messages = [b"2026-11-24T11:11:12.000000007+01:00 a\n", b"2026-11-24T10:11:12Z b\n", b"2026-11-24T10:11:12.5Z c\n"]

    assert read(LogFrames(), *(chunk(frame(message)) for message in messages), END) == [
        line(7, b"a"),
        line(0, b"b"),
        line(500_000_000, b"c"),
    ]


def test_the_engines_own_words_are_no_line() -> None:
    frames = LogFrames()
    found = read(frames, chunk(frame(stamped(1, b"a\n"))) + chunk(frame(b"Error grabbing logs: unexpected EOF\n", 3)))

    assert (found, frames.trouble) == ([line(1, b"a")], "Error grabbing logs: unexpected EOF\n")


def test_a_message_of_many_lines_is_many_lines() -> None:
    text = b"x" * LONGEST
    answer = [chunk(frame(stamped(1, b"a\n\nb\n"))), chunk(frame(stamped(2, text + b"y\n"))), END]
    expected = [line(1, b"a"), line(1, b""), line(1, b"b"), line(2, text, partial=True), line(2, b"y")]

    assert read(LogFrames(), *answer) == expected
    assert read(LogFrames(), b"".join(answer)) == expected


def test_what_is_no_answer_is_refused() -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        LogFrames().feed(b"no chunk\r\n")


@pytest.mark.parametrize("unended", [True, False])
def test_a_long_line_without_a_newline_ends_with_its_shorter_piece_and_so_before_what_came_after_it(
    unended: bool,
) -> None:
    pieces = [frame(stamped(5, data), 2) for data in (b"y" * PIECE, b"y" * PIECE, b"y" * 7)]
    answer = b"".join(map(chunk, [*pieces, frame(stamped(9, b"end\n"))])) + END
    long, after = line(5, b"y" * (2 * PIECE + 7), stderr=True), line(9, b"end")

    assert read(LogFrames(unended=unended), answer) == ([long, after] if unended else [after, long])
