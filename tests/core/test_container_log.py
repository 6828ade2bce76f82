"""Lines as text."""

from composia.core.container_log import as_text, rfc3339


def test_a_time_has_all_its_nanoseconds() -> None:
    assert rfc3339(0) == "1970-01-01T00:00:00.000000000Z"
    assert rfc3339(1_793_707_200_012_345_678) == "2026-11-03T12:00:00.012345678Z"


def test_what_is_no_utf_8_is_said_to_be_none() -> None:
    assert as_text("é\x00".encode()) == ("é\x00", True)
    assert as_text(b"a\xff") == ("a\ufffd", False)
