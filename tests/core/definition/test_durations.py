"""Durations as Compose writes them."""

import pytest

from composia.core.definition.durations import parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0s", 0.0),
        ("120s", 120.0),
        ("2m", 120.0),
        ("1h30m", 5400.0),
        ("1m30s", 90.0),
        ("500ms", 0.5),
        ("1.5s", 1.5),
        ("250us", 0.00025),
        ("", None),
        ("5", None),
        ("5x", None),
        ("s", None),
        ("-5s", None),
        ("5 s", None),
        ("5S", None),
        ("1.s", None),
        ("٣s", None),
        ("9" * 400 + "s", None),
    ],
)
def test_a_duration_is_read_with_its_units_or_not_at_all(text: str, seconds: float | None) -> None:
    assert parse_duration(text) == seconds
