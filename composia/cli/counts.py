"""Counts as arguments: of lines, of tries, of uses."""

import click

MOST = 2**31 - 1
"""What a count of the API holds."""


class Count(click.ParamType[int]):
    """A number from 1 to `MOST`; `or_else` says what it may be beside that."""

    name = "integer"

    def __init__(self, or_else: str = "") -> None:
        self._or_else = or_else

    def convert(self, value: str | int, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Of a text; a usage error says what would be right."""
        text = str(value)
        # no number that is good has more digits, and Python reads none of thousands
        if not (text.isascii() and text.isdigit() and len(text) <= len(str(MOST)) and 1 <= int(text) <= MOST):
            shown = text if len(text) < 2 * len(str(MOST)) else f"{text[:10]}…"
            self.fail(f"{shown!r} is no number from 1 to {MOST}{self._or_else}", param, ctx)
        return int(text)
