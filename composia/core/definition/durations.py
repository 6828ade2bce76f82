"""Durations as Compose writes them: `90s`, `1m30s`, `500ms`."""

import re

_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001, "us": 0.000_001}
_WHOLE = re.compile(r"(?:\d+(?:\.\d+)?(?:h|ms|m|us|s))+")
_PART = re.compile(r"(\d+(?:\.\d+)?)(h|ms|m|us|s)")


def parse_duration(text: str) -> float | None:
    """Seconds, or None when the text is no duration."""
    if not _WHOLE.fullmatch(text):
        return None
    return sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text))
