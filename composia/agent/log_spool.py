"""Log lines on their way to the server: batches on disk, numbered from 1 without gaps, until the server has them.

They lie in segments that are only appended to. A batch carries the position of its container after it, so that lines and
position are one write; a segment begins with all positions, so that older ones can go. What is read to be sent was forced to
disk before: a number that the server knows is never given again, whatever becomes of the host.
"""

import logging
import os
import secrets
import threading
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from composia.agent.log_position import LogPosition
from composia.agent.log_records import HEAD_SIZE, Batch, Beginning, batch_of, forwarded, length_of, packed, read_records
from composia.core.container_log import ForwardedLogs, LogSource
from composia.durable import force_directory, make_private, write_durably
from composia.plugins.executor_talking import LogLines

log = logging.getLogger(__name__)

SEGMENTS = 8
"""Into how many segments the bound is cut."""

ROOM_AGAIN = 0.75
"""A spool that was full has room once it is down to this part of its bound."""


@dataclass(kw_only=True)
class _Segment:
    """A file with the batches from number `first` on; `last` is one less while it has none."""

    path: Path
    first: int
    last: int
    size: int


@dataclass(kw_only=True)
class _Cursor:
    """Where in the segment that begins with batch `first` the batch `number` lies."""

    first: int = 0
    number: int = 0
    offset: int = 0


class LogSpool:
    """Methods block, may be called from any thread, and raise `OSError` for a disk that is full or in trouble; then nothing
    has changed. `bound` is about how many bytes it takes at most."""

    def __init__(self, directory: Path, bound: int, now_ms: int) -> None:
        self._directory = directory
        self._bound = bound
        self._segment_bytes = max(1, bound // SEGMENTS)
        self._lock = threading.Lock()
        self._segments: list[_Segment] = []
        self._positions: dict[str, LogPosition] = {}
        self._cursor = _Cursor()
        self._descriptor = -1
        self._full = False
        self.id = ""
        self.created_ms = now_ms
        self.kept = 0
        self.synced = 0

    @property
    def last(self) -> int:
        """The number of the last batch; 0 before the first."""
        return self._segments[-1].last if self._segments else 0

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return sum(segment.size for segment in self._segments)

    @property
    def is_full(self) -> bool:
        """Whether nothing more is to be appended for now. When nothing is owed, the next batch makes room by itself."""
        size = 0 if self.kept == self.last else self.size
        self._full = size >= (self._bound * ROOM_AGAIN if self._full else self._bound)
        return self._full

    @property
    def containers(self) -> tuple[str, ...]:
        """Those of which a position is known."""
        with self._lock:
            return tuple(self._positions)

    def position(self, container: str) -> LogPosition | None:
        """How far that container's log was taken; None when nothing of it ever was."""
        return self._positions.get(container)

    def open(self) -> None:
        """Take up what an earlier life of the agent left; a record that was not written whole is cut off. What the disk refused
        may be tried again."""
        self._segments.clear()
        make_private(self._directory)
        for path in self._directory.glob(".*.new"):
            path.unlink()
        for path in sorted(self._directory.glob("*.log")):
            first = int(path.stem)
            if self._segments:
                self._segments[-1].last = first - 1
            self._segments.append(_Segment(path=path, first=first, last=first - 1, size=path.stat().st_size))
        spoilt: list[Path] = []
        while self._segments and not self._take_up(self._segments[-1]):
            spoilt.append(self._segments.pop().path)  # not even its beginning is there: somebody else has been here
        if spoilt or not self._segments:  # the server may know numbers that are not known here: never use one twice
            self.id = secrets.token_hex(8)
            self._add_segment(self.last + 1)
        for path in spoilt:
            if path != self._segments[-1].path:
                path.unlink()
        self._reopen()
        os.fsync(self._descriptor)
        self.synced = self.last
        with suppress(OSError, ValueError):
            self.kept = min(self.last, int(self._kept_file.read_text()))
        self.kept = max(self.kept, self._segments[0].first - 1)

    def append(self, source: LogSource, lines: LogLines, position: LogPosition) -> int:
        """Add a batch of a container, with its position after it; returns the batch's number."""
        record = packed(batch_of(source, lines, position))
        with self._lock:
            if self._segments[-1].size >= self._segment_bytes:
                self._begin_segment()
            if self._descriptor < 0:  # it was begun, and could not be opened
                self._reopen()
            active = self._segments[-1]
            self._write(record, active.size)
            active.size += len(record)
            active.last += 1
            self._positions[source.id] = position
            return active.last

    def forget(self, containers: Iterable[str]) -> None:
        """These containers are no more. It is on disk with the next segment."""
        with self._lock:
            for container in containers:
                self._positions.pop(container, None)

    def sync(self) -> None:
        """Force to disk what was appended so far; only that is read."""
        with self._lock:
            last, descriptor = self.last, os.dup(self._descriptor)
        try:
            os.fdatasync(descriptor)
        finally:
            os.close(descriptor)
        self.synced = max(self.synced, last)

    def read(self, after: int, limit: int) -> tuple[ForwardedLogs, ...]:
        """The batches that follow that number, as far as they are forced to disk: about `limit` bytes of them."""
        with self._lock:
            found: list[ForwardedLogs] = []
            number, size = max(after, self.kept) + 1, 0
            while number <= self.synced and size < limit:
                segment = self._seek(number)
                batches = self._read_batches(segment, limit - size)
                if not batches:
                    self._give_up(segment)
                    number = max(number, self.kept + 1)
                for batch in batches:
                    found.append(forwarded(self.id, number, batch))
                    size += len(batch.data) + HEAD_SIZE
                    number += 1
            return tuple(found)

    def acknowledge(self, number: int) -> None:
        """The server keeps all up to that number: what is no longer needed is removed."""
        with self._lock:
            if number > self.last:  # this is an old copy of what the server knows: never use a number twice
                self.id = secrets.token_hex(8)
                self._begin_segment()
                return
            self.kept = max(self.kept, number)
            with suppress(OSError):
                self._kept_file.write_text(str(self.kept))
            self._drop()  # first of all: it may be what makes room for the rest
            if self.kept == self.last and self._segments[-1].size >= self._segment_bytes:
                with suppress(OSError):  # on a disk that is full still it is begun with the next batch
                    self._begin_segment()

    def close(self) -> None:
        """Let go of the file."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    @property
    def _kept_file(self) -> Path:
        """Not forced to disk: whoever has too little of it only sends some batches again, which are passed over."""
        return self._directory / "kept"

    def _take_up(self, segment: _Segment) -> bool:
        data = segment.path.read_bytes()
        segment.last = segment.first - 1
        whole = 0
        for record, end in read_records(data):
            if isinstance(record, Beginning):
                self.id, self.created_ms = record.spool, record.created_ms
                self._positions = dict(record.positions)
            else:
                segment.last += 1
                self._positions[record.source.id] = record.position
            whole = end
        if whole < len(data):
            os.truncate(segment.path, whole)
        segment.size = whole
        return whole > 0

    def _begin_segment(self) -> None:
        os.fdatasync(self._descriptor)
        self.synced = self.last
        self._add_segment(self.last + 1)
        self._reopen()
        self._drop()

    def _add_segment(self, first: int) -> None:
        path = self._directory / f"{first:020}.log"
        beginning = packed(Beginning(self.id, self.created_ms, self._positions))
        write_durably(path, beginning)
        if self._segments and self._segments[-1].first == first:  # it had no batch
            self._segments.pop()
        self._segments.append(_Segment(path=path, first=first, last=first - 1, size=len(beginning)))

    def _reopen(self) -> None:
        self.close()
        self._descriptor = os.open(self._segments[-1].path, os.O_WRONLY | os.O_APPEND)

    def _drop(self) -> None:
        gone = [segment for segment in self._segments[:-1] if segment.last <= self.kept]
        for segment in gone:
            segment.path.unlink(missing_ok=True)
            self._segments.remove(segment)
        if gone:
            with suppress(OSError):
                force_directory(self._directory)

    def _write(self, record: bytes, size: int) -> None:
        """Write all of it, or, on a full disk, nothing: what follows half a record could not be read."""
        rest = memoryview(record)
        try:
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        except OSError:
            os.ftruncate(self._descriptor, size)
            raise

    def _seek(self, number: int) -> _Segment:
        """Set the cursor to that batch, and return its segment."""
        segment = next(one for one in reversed(self._segments) if one.first <= number)
        if (self._cursor.first, self._cursor.number) != (segment.first, number):
            data = segment.path.read_bytes()
            offset = 0
            for _ in range(number - segment.first + 1):  # its beginning, and the batches before this one
                head = data[offset : offset + HEAD_SIZE]
                if len(head) < HEAD_SIZE:  # the file is shorter than it was: nothing can be read there
                    break
                offset += length_of(head)
            self._cursor = _Cursor(first=segment.first, number=number, offset=offset)
        return segment

    def _read_batches(self, segment: _Segment, limit: int) -> list[Batch]:
        """The next batches at the cursor, which moves on; none when they cannot be read any more."""
        count = min(segment.last, self.synced) - self._cursor.number + 1
        batches: list[Batch] = []
        whole = 0
        with segment.path.open("rb", buffering=0) as file:
            while not batches:
                data = os.pread(file.fileno(), limit, self._cursor.offset)
                for record, end in read_records(data):
                    if len(batches) == count or not isinstance(record, Batch):
                        break
                    batches.append(record)
                    whole = end
                if len(data) < limit:
                    break
                limit *= 2
        self._cursor.offset += whole
        self._cursor.number += len(batches)
        return batches

    def _give_up(self, segment: _Segment) -> None:
        """What is left of a segment cannot be read: go on after it, and say so."""
        lost = segment.last - max(self.kept, self._cursor.number - 1)
        log.error("batches of logs are lost: their file is damaged", extra={"file": str(segment.path), "batches": lost})
        self.kept = segment.last
        if segment is self._segments[-1]:
            self._begin_segment()
        self._drop()
