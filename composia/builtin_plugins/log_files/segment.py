"""Files of blocks. They only grow at their end, and what a kill has left half written there is cut off."""

import contextlib
import logging
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from composia.builtin_plugins.log_files import block
from composia.builtin_plugins.log_files.block import Broken, Content, Head

log = logging.getLogger(__name__)

SUFFIX = ".zst"


_SEALED = re.compile(rf"kept-{'-'.join(['([0-9a-f]{16})'] * 4)}{re.escape(SUFFIX)}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Segment:
    """A file of a stream: which positions and times are in it, and how many bytes, lines' bytes and blocks it has; the
    last two are known only of one that still grows."""

    path: Path
    first: int
    last: int
    first_ns: int
    last_ns: int
    size: int
    raw: int = 0
    blocks: int = 0

    def with_block(self, head: Head) -> "Segment":
        """As it is with one block more."""
        return replace(
            self,
            last=head.last,
            first_ns=min(self.first_ns, head.first_ns),
            last_ns=max(self.last_ns, head.last_ns),
            size=self.size + head.length,
            raw=self.raw + head.raw,
            blocks=self.blocks + 1,
        )


@dataclass(frozen=True, slots=True)
class Spot:
    """Where in a file a block lies."""

    offset: int
    head: Head


def growing(directory: Path, kind: str, first: int) -> Segment:
    """A file that is not there yet, for blocks from a position on."""
    path = directory / f"{kind}-{first:016x}{SUFFIX}"
    return Segment(path=path, first=first, last=0, first_ns=1 << 63, last_ns=0, size=0)


def write(segment: Segment, content: bytes) -> Segment:
    """The file with one block more; it is in the system's hands then. `OSError` leaves it as it was, as far as that
    goes."""
    handle = os.open(segment.path, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        if os.fstat(handle).st_size < segment.size:  # somebody has removed it
            segment = replace(growing(segment.path.parent, "", block.head_of(content).first), path=segment.path)
        written = 0
        while written < len(content):
            written += os.pwrite(handle, content[written:], segment.size + written)
    except OSError:
        with contextlib.suppress(OSError):
            os.ftruncate(handle, segment.size)
            if not segment.size:
                segment.path.unlink()
        raise
    finally:
        os.close(handle)
    return segment.with_block(block.head_of(content))


def kept_at(segment: Segment, now: int) -> int:
    """When the last of it was kept, in microseconds. Its position says so, and a clock that is behind does not mislead it;
    where the clock was ahead positions lie in the future, and the file system has to know."""
    if segment.last <= now:
        return segment.last
    try:
        return segment.path.stat().st_mtime_ns // 1000
    except FileNotFoundError:  # somebody has removed it
        return now


def sync(segment: Segment) -> None:
    """Have the disk take it."""
    handle = os.open(segment.path, os.O_RDONLY)
    try:
        os.fdatasync(handle)
    finally:
        os.close(handle)


def seal(segment: Segment) -> Segment:
    """A file that is full, with a name that says what is in it, so that it need not be opened to know."""
    sync(segment)
    name = f"kept-{segment.first:016x}-{segment.last:016x}-{segment.first_ns:016x}-{segment.last_ns:016x}{SUFFIX}"
    return replace(segment, path=segment.path.rename(segment.path.with_name(name)))


def sealed(path: Path) -> Segment | None:
    """One that was sealed; None when its name is another."""
    if not (numbers := _SEALED.fullmatch(path.name)):
        return None
    first, last, first_ns, last_ns = numbers.groups()
    return Segment(
        path=path,
        first=int(first, 16),
        last=int(last, 16),
        first_ns=int(first_ns, 16),
        last_ns=int(last_ns, 16),
        size=path.stat().st_size,
    )


def recover(path: Path) -> Segment | None:
    """A file that was growing when the program ended, without what is no whole block; None, and no file, when nothing
    is."""
    size = path.stat().st_size
    try:
        _check_end(path, size)
        found = spots(path, size)
    except Broken:
        size = _whole(path, size)
        os.truncate(path, size)
        found = spots(path, size)
    if not found:
        path.unlink()
        return None
    segment = growing(path.parent, path.name.split("-")[0], found[0].head.first)
    for spot in found:
        segment = segment.with_block(spot.head)
    return replace(segment, path=path)


def spots(path: Path, size: int, after: int = 0) -> list[Spot]:
    """Where its blocks lie that have a position greater than `after`, in order. It is read from its end."""
    found: list[Spot] = []
    with path.open("rb", buffering=0) as file:
        handle = file.fileno()
        while size:
            length = block.length_before(os.pread(handle, block.FOOT, size - block.FOOT))
            size -= length
            if size < 0:
                raise Broken
            head = block.head_of(os.pread(handle, block.HEAD, size))
            if head.last <= after:
                break
            found.append(Spot(size, head))
    found.reverse()
    return found


def read(path: Path, spot: Spot) -> bytes:
    """A block as it lies there."""
    with path.open("rb", buffering=0) as file:
        return os.pread(file.fileno(), spot.head.length, spot.offset)


def contents(segment: Segment) -> Iterator[Content]:
    """All that is in it, but for what a disk has spoilt, or a hand removed."""
    try:
        data, found = segment.path.read_bytes(), spots(segment.path, segment.size)
    except (Broken, FileNotFoundError):
        log.warning("lines of logs are lost: their file is damaged", extra={"file": str(segment.path)})
        return
    for spot in found:
        try:
            yield block.decode(data[spot.offset : spot.offset + spot.head.length])
        except Broken:
            log.warning("lines of logs are lost: their file is damaged", extra={"file": str(segment.path)})


def _check_end(path: Path, size: int) -> None:
    with path.open("rb", buffering=0) as file:
        length = block.length_before(os.pread(file.fileno(), block.FOOT, max(0, size - block.FOOT)))
        block.check(os.pread(file.fileno(), length, size - length) if length <= size else b"")


def _whole(path: Path, size: int) -> int:
    """How much of it, from its beginning, are whole blocks."""
    offset = 0
    with path.open("rb", buffering=0) as file, contextlib.suppress(Broken):
        while offset < size:
            head = block.head_of(os.pread(file.fileno(), block.HEAD, offset))
            block.check(os.pread(file.fileno(), head.length, offset))
            offset += head.length
    return offset
