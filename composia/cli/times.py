"""Points in time, as people say them."""

import re
import time
from datetime import datetime

import click

_AGO = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def span(seconds: float) -> str:
    """How long, in the largest unit that says it exactly: `30m`, `90s`."""
    unit = next((unit for unit in "dhm" if seconds and not seconds % _SECONDS[unit]), "s")
    return f"{seconds / _SECONDS[unit]:g}{unit}"


class Moment(click.ParamType[int]):
    """How long ago (`90s`, `2h`, `3d`) or when (`2026-11-01T10:00`, local time unless it says its offset), as milliseconds
    UTC, and never before 1, for 0 would be no limit."""

    name = "time"

    def convert(self, value: str | int, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Of a text; a usage error says what would be right."""
        if isinstance(value, int):
            return value
        if ago := _AGO.fullmatch(value):
            return max(1, round((time.time() - float(ago[1]) * _SECONDS[ago[2]]) * 1000))
        try:
            return max(1, round(datetime.fromisoformat(value).timestamp() * 1000))
        except (ValueError, OverflowError):
            self.fail(
                f"{value!r} is no time; write how long ago, as 2h or 3d, or when, as 2026-11-01T10:00", param, ctx
            )
