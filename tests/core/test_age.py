"""Durations for people."""

import pytest

from composia.core.age import lasting


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-1, "0 s"),
        (0.9, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h"),
        (86_399, "23 h"),
        (86_400, "1 d"),
        (1e9, "11574 d"),
    ],
)
def test_a_duration_is_told_in_its_largest_unit(seconds: float, text: str) -> None:
    assert lasting(seconds) == text
