"""Values as bytes: three of the four of each float, byte by byte, since the first ones hardly change from value to value.

What is left is exact to one part in 65 000, and takes about a byte a value.
"""

import json
import sys
import zlib
from array import array
from dataclasses import dataclass
from functools import lru_cache

_LEVEL = 6
_BYTES = 3


@dataclass(frozen=True)
class Layout:
    """Which values a row has, in order: the host's measures, then each measure of containers for each of them in turn."""

    host: tuple[str, ...] = ()
    containers: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """How many series it has."""
        return len(self.host) + len(self.containers) * len(self.measures)

    def keys(self) -> tuple[tuple[str, str], ...]:
        """Container, empty for the host, and measure of each series, in order."""
        host = [("", measure) for measure in self.host]
        return (*host, *((name, measure) for measure in self.measures for name in self.containers))

    def text(self) -> str:
        """As it is stored."""
        return json.dumps([self.host, self.containers, self.measures], separators=(",", ":"), ensure_ascii=False)


@lru_cache(maxsize=4096)
def read_layout(text: str) -> Layout:
    """From what was stored."""
    host, containers, measures = json.loads(text)
    return Layout(host=tuple(host), containers=tuple(containers), measures=tuple(measures))


def pack(values: "array[float]") -> bytes:
    """Floats (`array("f")`) as bytes."""
    if sys.byteorder == "big":
        values = values[:]
        values.byteswap()
    raw = values.tobytes()
    return zlib.compress(raw[3::4] + raw[2::4] + raw[1::4], _LEVEL)


def unpack(data: bytes) -> "array[float]":
    """The floats again."""
    planes = zlib.decompress(data)
    count = len(planes) // _BYTES
    raw = bytearray(4 * count)
    for place, begin in ((3, 0), (2, count), (1, 2 * count)):
        raw[place::4] = planes[begin : begin + count]
    values: array[float] = array("f")
    values.frombytes(raw)
    if sys.byteorder == "big":
        values.byteswap()
    return values
