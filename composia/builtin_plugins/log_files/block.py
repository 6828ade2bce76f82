"""Blocks: some lines, compressed, with what is needed to know whether they matter.

A block is a run of frames of Zstandard, so that `zstdcat` prints the lines of any file of this sink: first a skippable
frame with the head (fixed length) and the compressed columns, then the lines, then a skippable frame with the length of
the block, so that a file can be read from its end. A checksum is over all of it.
"""

import struct
import zlib
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from operator import sub

import msgspec
from backports import zstd

from composia.core.container_log import ForwardedLogs

LEVEL = 3
FAST = 1
"""Levels of compression: of blocks that stay, and of those that are soon packed into others."""

_SKIPPABLE = 0x184D2A5C
_VERSION = 1
_HEAD = struct.Struct("<II4sIIIIIqqQQ")
"""Frame magic and length, our magic with the version, checksum, length of columns and of lines as compressed, of lines
as they are, their number, first and last time, first and last position."""
_MAGIC = b"CLG" + bytes([_VERSION])
_FOOT = struct.Struct("<III4s")
_CHECKED_FROM = 16
"""Where in the block what the checksum is over begins."""

HEAD = _HEAD.size
FOOT = _FOOT.size

STDERR, PARTIAL = 1, 2


class Broken(Exception):
    """What is there is no block."""


@dataclass(frozen=True, slots=True)
class Head:
    """What is known of a block without its content. Times are nanoseconds by the node's clock, `columns` and `text`
    lengths as compressed."""

    length: int
    columns: int
    text: int
    raw: int
    lines: int
    first_ns: int
    last_ns: int
    first: int
    last: int


class Batch(msgspec.Struct, frozen=True, array_like=True):
    """A batch in a block: its position, its number in the spool, places in the lists of both, and how many lines it
    has."""

    position: int
    number: int
    spool: int
    source: int
    lines: int


class _Columns(msgspec.Struct, frozen=True, array_like=True):
    spools: list[str]
    sources: list[tuple[str, str, str]]
    batches: list[Batch]
    steps: bytes
    """Of each line's time, from the one before it, 64 bit each."""
    flags: bytes


_DECODER = msgspec.msgpack.Decoder(_Columns)


@dataclass(frozen=True)
class Content:
    """What is in a block. Each of `sources` is container, name and id; `text` has a newline after each line."""

    spools: Sequence[str]
    sources: Sequence[tuple[str, str, str]]
    batches: Sequence[Batch]
    at_ns: Sequence[int]
    flags: bytes
    text: bytes

    @cached_property
    def _ends(self) -> list[int]:
        return list(accumulate(batch.lines for batch in self.batches))

    def batch_of(self, line: int) -> tuple[Batch, int]:
        """The batch that a line is of, and its place in that."""
        at = bisect_right(self._ends, line)
        return self.batches[at], line - (self._ends[at - 1] if at else 0)


def content_of(logs: ForwardedLogs, position: int) -> Content:
    """A batch as it came, at its position. Its lines have no newlines in them."""
    source = logs.source
    starts = (0, *logs.ends[:-1])
    return Content(
        spools=(logs.spool,),
        sources=((source.container, source.name, source.id),),
        batches=(Batch(position=position, number=logs.number, spool=0, source=0, lines=len(logs.ends)),),
        at_ns=logs.at_ns,
        flags=bytes(stderr | (partial << 1) for stderr, partial in zip(logs.stderr, logs.partial, strict=True)),
        text=b"".join(logs.data[start:end] + b"\n" for start, end in zip(starts, logs.ends, strict=True)),
    )


def joined(contents: Iterable[Content]) -> Content:
    """Several in one, in that order."""
    spools: dict[str, int] = {}
    sources: dict[tuple[str, str, str], int] = {}
    batches: list[Batch] = []
    at_ns, flags, text = array("q"), bytearray(), []
    for content in contents:
        batches += (
            Batch(
                position=batch.position,
                number=batch.number,
                spool=spools.setdefault(content.spools[batch.spool], len(spools)),
                source=sources.setdefault(content.sources[batch.source], len(sources)),
                lines=batch.lines,
            )
            for batch in content.batches
        )
        at_ns.extend(content.at_ns)
        flags += content.flags
        text.append(content.text)
    return Content(
        spools=list(spools),
        sources=list(sources),
        batches=batches,
        at_ns=at_ns,
        flags=bytes(flags),
        text=b"".join(text),
    )


def encode(content: Content, level: int = LEVEL) -> bytes:
    """As a block. It has at least one line."""
    at_ns = content.at_ns
    columns = zstd.compress(
        msgspec.msgpack.encode(
            _Columns(
                spools=list(content.spools),
                sources=list(content.sources),
                batches=list(content.batches),
                steps=array("q", map(sub, at_ns, (0, *at_ns[:-1]))).tobytes(),
                flags=content.flags,
            )
        ),
        level,
    )
    text = zstd.compress(content.text, level)
    length = HEAD + len(columns) + len(text) + FOOT
    head = _HEAD.pack(
        *(_SKIPPABLE, HEAD - 8 + len(columns), _MAGIC, 0, len(columns), len(text), len(content.text), len(at_ns)),
        *(min(at_ns), max(at_ns), content.batches[0].position, content.batches[-1].position),
    )
    body = b"".join((head[_CHECKED_FROM:], columns, text, _FOOT.pack(_SKIPPABLE, FOOT - 8, length, _MAGIC)))
    return head[: _CHECKED_FROM - 4] + struct.pack("<I", zlib.crc32(body)) + body


def head_of(data: bytes) -> Head:
    """The head at the beginning of these bytes. `Broken` when there is none."""
    if len(data) < HEAD:
        raise Broken
    magic, _, own, _, columns, text, raw, lines, first_ns, last_ns, first, last = _HEAD.unpack_from(data)
    if magic != _SKIPPABLE or own != _MAGIC:
        raise Broken
    return Head(
        length=HEAD + columns + text + FOOT,
        columns=columns,
        text=text,
        raw=raw,
        lines=lines,
        first_ns=first_ns,
        last_ns=last_ns,
        first=first,
        last=last,
    )


def length_before(data: bytes) -> int:
    """The length of the block of which these bytes are the end. `Broken` when they are not."""
    if len(data) != FOOT:
        raise Broken
    magic, _, length, own = _FOOT.unpack(data)
    if magic != _SKIPPABLE or own != _MAGIC:
        raise Broken
    return int(length)


def check(block: bytes) -> Head:
    """The head of a block that is whole; else `Broken`."""
    head = head_of(block)
    if len(block) != head.length or zlib.crc32(block[_CHECKED_FROM:]) != int.from_bytes(block[12:16], "little"):
        raise Broken
    return head


def decode(block: bytes) -> Content:
    """What is in a block. `Broken` when it is not whole."""
    head = check(block)
    after = HEAD + head.columns
    columns = _DECODER.decode(zstd.decompress(block[HEAD:after]))
    steps = array("q")
    steps.frombytes(columns.steps)
    return Content(
        spools=columns.spools,
        sources=columns.sources,
        batches=columns.batches,
        at_ns=list(accumulate(steps)),
        flags=columns.flags,
        text=zstd.decompress(block[after : after + head.text]),
    )
