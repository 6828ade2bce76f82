"""Lines of a log as the bytes of a tunnel."""

from composia.agent.log_tunnel import MESSAGE, outputs
from composia.core.tunnel import Output
from composia.plugins.executor_talking import LogLines

AT_NS = 1_700_000_000_123_456_789
TIME = b"2023-11-14T22:13:20.123456789Z "


def lines(*some: tuple[bytes, bool, bool]) -> LogLines:
    """Of data, stderr and partial."""
    ends, whole = [], b""
    for data, _, _ in some:
        whole += data
        ends.append(len(whole))
    return LogLines(
        at_ns=(AT_NS,) * len(some),
        stderr=tuple(stderr for _, stderr, _ in some),
        partial=tuple(partial for _, _, partial in some),
        ends=tuple(ends),
        data=whole,
    )


def test_order_is_kept_and_streams_are_apart() -> None:
    said = list(outputs(lines((b"1", False, False), (b"2", False, False), (b"3", True, False), (b"4", False, False))))

    assert said == [
        Output(data=TIME + b"1\n" + TIME + b"2\n"),
        Output(data=TIME + b"3\n", stderr=True),
        Output(data=TIME + b"4\n"),
    ]


def test_a_piece_of_a_line_has_no_newline() -> None:
    assert list(outputs(lines((b"a", False, True), (b"b", False, False)))) == [Output(data=TIME + b"a" + TIME + b"b\n")]


def test_messages_are_not_too_long_unless_a_line_is() -> None:
    long, short = b"x" * (2 * MESSAGE), b"y" * (MESSAGE // 3)
    said = list(outputs(lines((long, False, False), *[(short, False, False)] * 5)))

    assert [len(output.data) > MESSAGE for output in said] == [True, False, False, False]
    assert b"".join(output.data for output in said) == TIME + long + b"\n" + (TIME + short + b"\n") * 5
