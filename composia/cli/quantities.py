"""Amounts as docker prints them: memory and disks in powers of 1024, what is transferred in powers of 1000."""

import math
from collections.abc import Sequence

_BINARY = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")
_DECIMAL = ("B", "kB", "MB", "GB", "TB", "PB", "EB")
_BARS = "▁▂▃▄▅▆▇█"


def binary(amount: float) -> str:
    """Bytes of memory or of a disk: 52MiB."""
    return _shown(amount, 1024, _BINARY, digits=4)


def decimal(amount: float) -> str:
    """Bytes that were transferred: 1.11kB."""
    return _shown(amount, 1000, _DECIMAL, digits=3)


def counted(number: int, thing: str) -> str:
    """How many there are: 1 service, 2 services."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def percent(share: float) -> str:
    """With two digits, as docker stats does."""
    return f"{share:.2f}%"


def both(first: float | None, second: float | None) -> str:
    """In and out; nothing where neither is known."""
    return "-" if first is None and second is None else f"{decimal(first or 0)} / {decimal(second or 0)}"


def sparkline(values: Sequence[float], width: int) -> str:
    """A line of bars, the highest as high as the largest value; a gap where nothing is known."""
    means = [_mean(values[start:end]) for start, end in _cuts(len(values), width)]
    highest = max((value for value in means if not math.isnan(value)), default=0.0)
    return "".join(
        " " if math.isnan(value) else _BARS[round(value / highest * (len(_BARS) - 1)) if highest > 0 else 0]
        for value in means
    )


def known(values: Sequence[float]) -> list[float]:
    """Those that are."""
    return [value for value in values if not math.isnan(value)]


def _cuts(count: int, width: int) -> list[tuple[int, int]]:
    """So many places at most, each with as many values as the others."""
    places = min(count, width)
    return [(place * count // places, (place + 1) * count // places) for place in range(places)]


def _mean(values: Sequence[float]) -> float:
    there = known(values)
    return sum(there) / len(there) if there else math.nan


def _shown(amount: float, base: int, units: Sequence[str], digits: int) -> str:
    place = 0
    # as it is shown: 999.7 is 1000 with three digits, and that is one of the next unit
    while float(f"{amount:.{digits}g}") >= base and place < len(units) - 1:
        amount /= base
        place += 1
    return f"{amount:.{digits}g}{units[place]}"
