"""Durations as Compose writes them: `90s`, `1m30s`, `500ms`."""

import re

LONGEST_S = 7 * 86_400.0

_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001, "us": 0.000_001, "µs": 0.000_001, "ns": 0.000_000_001}
_WHOLE = re.compile(r"(?:[0-9]{1,12}(?:\.[0-9]{1,12})?(?:h|ms|m|us|µs|ns|s))+")
_PART = re.compile(r"([0-9.]+)([a-zµ]+)")


def parse_duration(text: str) -> float | None:
    """Seconds, or None when the text is no duration."""
    if not _WHOLE.fullmatch(text):
        return None
    return sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text))
