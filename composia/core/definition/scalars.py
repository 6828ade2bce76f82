"""What a text without quotes means to Compose, whose reader is that of Go."""

import math
import re

_INTEGER = re.compile(r"[-+]?(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
}
_LONGEST = 70
"""The longest integer of 64 bits, in base 2; Python counts the digits of longer ones before it reads them."""


def meaning(text: str) -> str | int | float | bool | None:
    """A number, a boolean or nothing where the text is one as Compose reads it; else the text itself.

    Infinity and dates stay texts: Compose has no use for them either.
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "+-.0123456789":
        return text
    digits = text.replace("_", "")
    if len(digits) <= _LONGEST and _INTEGER.fullmatch(digits):
        number = _integer(digits)
        if -(1 << 63) <= number < 1 << 64:
            return number
    if _FLOAT.fullmatch(digits) and math.isfinite(value := float(digits)):
        return value
    return text


def _integer(text: str) -> int:
    digits = text.lstrip("+-")
    if digits[0] == "0" and digits[1:].isdigit():
        digits = f"0o{digits[1:]}"
    return -int(digits, 0) if text[0] == "-" else int(digits, 0)
