"""Durations, sizes, numbers and booleans, as Compose reads them from texts."""

import re

_DURATION = re.compile(r"[-+]?(?:0|(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:ns|us|µs|μs|ms|s|m|h|d|w))+)")
_SIZE = re.compile(r"-1|[0-9]+(?:\.[0-9]+)? ?(?:[kKmMgGtTpPeE][iI]?)?[bB]?")
_WHOLE = re.compile(r"[-+]?[0-9_]+")
_BOOLEANS = frozenset({"true", "false", "1", "0", "t", "f", "y", "n", "yes", "no", "on", "off"})


def duration_problem(text: str) -> tuple[str, str]:
    """What should stand where a duration is expected, and a hint; both empty when one does."""
    if _DURATION.fullmatch(text):
        return "", ""
    return "a duration", f"{text}s" if text.isdigit() else "such as 30s or 1m30s"


def size_problem(text: str) -> tuple[str, str]:
    """The same for an amount of bytes."""
    return ("", "") if _SIZE.fullmatch(text) else ("a size", "such as 512m or 2g")


def whole_problem(text: str) -> tuple[str, str]:
    """The same for a whole number."""
    return ("", "") if not text or _WHOLE.fullmatch(text) else ("a whole number", "")


def number_problem(text: str) -> tuple[str, str]:
    """The same for a number."""
    try:
        float(text or "0")
    except ValueError:
        return "a number", ""
    return "", ""


def boolean_problem(text: str) -> tuple[str, str]:
    """The same for a boolean."""
    return ("", "") if not text or text.lower() in _BOOLEANS else ("true or false", "")
