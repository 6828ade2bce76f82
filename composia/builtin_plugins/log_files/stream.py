"""A stream: what the containers of one service print on one node, in a directory.

Small batches go into a `tail-…` file as they come. Once that holds a block's worth it becomes one block of the `open-…`
file, and that a `kept-…` file once it is full or spans a day. Each step is whole or can be told to be half, so nothing
needs a log.
"""

import logging
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from composia.builtin_plugins.log_files import block, segment
from composia.builtin_plugins.log_files.block import Broken, Content
from composia.builtin_plugins.log_files.segment import SUFFIX, Segment
from composia.clock import Clock

log = logging.getLogger(__name__)

BLOCK_BYTES = 256 * 1024
TAIL_BLOCKS = 512
SEGMENT_BYTES = 16 * 1024 * 1024
SEGMENT_SPAN = 24 * 3600 * 1_000_000
"""How far positions of one segment may be apart, and for how long it is written to: they are microseconds of the server's
clock, or more where that was set back, and then they hardly grow."""
NAMES = "containers"


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """The last number of a spool that is in a stream, and its position."""

    spool: str
    number: int
    position: int


class Stream:
    """The files of a stream, as far as they are whole."""

    def __init__(self, directory: Path, clock: Clock) -> None:
        self.directory = directory
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: list[Segment] = []
        self._open: Segment | None = None
        self._opened = clock.monotonic()
        self._tail: Segment | None = None
        self._on_disk = True
        """Whether the disk was asked to take something of the tail, or may have been before a restart."""
        self._names: set[str] = set()

    def load(self) -> Mark | None:
        """Look at what is there, and mend what a kill has left; the last that is kept."""
        with self._lock:
            names = sorted(path for path in self.directory.iterdir() if path.suffix == SUFFIX)
            self._kept = [one for path in names if (one := segment.sealed(path))]
            for path in names:
                if path.name.startswith("open-"):
                    self._open = segment.recover(path)
            for path in names:
                if path.name.startswith("tail-"):
                    self._tail = segment.recover(path)
                    if self._tail and self._tail.first <= self._last_packed():
                        path.unlink()
                        self._tail = None
            if (listed := self.directory / NAMES).exists():
                self._names = set(listed.read_text().split())
            return self._mark()

    def append(self, content: Content) -> None:
        """Keep more, behind what is there. `OSError` when it cannot."""
        with self._lock:
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._name(container for container, _, _ in content.sources)
            tail = self._tail
            if (tail.raw if tail else 0) + len(content.text) >= BLOCK_BYTES or (tail and tail.blocks >= TAIL_BLOCKS):
                self._pack(content)
                return
            if tail is None:
                tail = segment.growing(self.directory, "tail", content.batches[0].position)
                self._on_disk = False
            self._tail = segment.write(tail, block.encode(content, block.FAST))

    def settle(self, before: int) -> None:
        """Compress what has lain in the tail since before that position."""
        with self._lock:
            if self._tail and self._tail.first < before:
                self._pack()

    def segments(self) -> tuple[Segment, ...]:
        """Its files now, the oldest first."""
        with self._lock:
            return tuple(one for one in (*self._kept, self._open, self._tail) if one)

    def names(self) -> frozenset[str]:
        """The containers of which something was ever kept."""
        with self._lock:
            return frozenset(self._names)

    @property
    def size(self) -> int:
        """Bytes on the disk."""
        return sum(one.size for one in self.segments())

    def sync(self) -> None:
        """Have the disk take what grows."""
        with self._lock:
            for one in (self._open, self._tail):
                if one:
                    segment.sync(one)
            self._on_disk = True

    def drop(self, gone: Segment) -> None:
        """Remove one of its files."""
        with self._lock:
            gone.path.unlink(missing_ok=True)
            self._kept = [one for one in self._kept if one.path != gone.path]
            self._open = None if self._open and self._open.path == gone.path else self._open
            self._tail = None if self._tail and self._tail.path == gone.path else self._tail

    def _pack(self, more: Content | None = None) -> None:
        parts = [*(segment.contents(self._tail) if self._tail else ()), *((more,) if more else ())]
        if self._tail and not parts:  # nothing of it can be read
            self._tail.path.unlink(missing_ok=True)
            self._tail = None
            return
        content = block.joined(parts)
        open_ = self._open
        if open_ is None:
            open_ = segment.growing(self.directory, "open", content.batches[0].position)
            self._opened = self._clock.monotonic()
        self._open = segment.write(open_, block.encode(content))
        tail, self._tail = self._tail, None
        try:
            self._tidy(tail, self._open)
        except OSError as error:  # it is kept all the same; a tail that stays is known by its positions
            log.warning("files of logs not tidied", extra={"directory": str(self.directory), "error": str(error)})

    def _tidy(self, tail: Segment | None, open_: Segment) -> None:
        """After a block was written: without the tail that is in it, and sealed where it is time."""
        if tail:
            if self._on_disk:
                segment.sync(open_)  # the disk has the tail, and is to have this before that goes
            tail.path.unlink(missing_ok=True)
        span = max(open_.last - open_.first, (self._clock.monotonic() - self._opened) * 1_000_000)
        if open_.size >= SEGMENT_BYTES or span >= SEGMENT_SPAN:
            self._kept.append(segment.seal(open_))
            self._open = None

    def _name(self, containers: Iterable[str]) -> None:
        fresh = set(containers) - self._names
        if fresh:
            with (self.directory / NAMES).open("a") as file:
                file.writelines(f"{name}\n" for name in sorted(fresh))
            self._names |= fresh

    def _last_packed(self) -> int:
        return self._open.last if self._open else self._kept[-1].last if self._kept else 0

    def _mark(self) -> Mark | None:
        newest = self._tail or self._open or (self._kept[-1] if self._kept else None)
        if newest is None:
            return None
        try:
            spot = segment.spots(newest.path, newest.size, newest.last - 1)[-1]
            content = block.decode(segment.read(newest.path, spot))
        except (Broken, IndexError):
            return None  # a disk has forgotten it: what comes again is kept again
        last = content.batches[-1]
        return Mark(spool=content.spools[last.spool], number=last.number, position=last.position)
