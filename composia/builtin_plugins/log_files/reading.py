"""Reading: lines of many streams, merged by their places, without reading what cannot matter.

Parts are files, and the blocks in them, each with the times between which its lines lie. They wait in a heap by their
first time; a file is opened, and a block decompressed, only when no line that is at hand comes before that. What is at
hand is bounded: where too much is, a block gives a few lines only and goes back into the heap, to be decompressed
again.
"""

import heapq
import logging
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import count
from typing import NamedTuple

from composia.builtin_plugins.log_files import block, segment
from composia.builtin_plugins.log_files.block import Batch, Broken, Content
from composia.builtin_plugins.log_files.segment import Segment, Spot
from composia.builtin_plugins.log_files.store import Place, Store
from composia.core.container_log import LogEntry, LogSource, LogsQuery
from composia.core.log_match import Find, matcher
from composia.plugins.log_sink import PAGE_BYTES, PAGE_LINES, KeptLine, LogPlace, LogWindow

log = logging.getLogger(__name__)

BREATH_S = 0.05
"""After how long without a line a page without lines is given, so that whoever reads can be gone."""

AT_HAND = 32
"""Of how many blocks all lines may be at hand; of a further one a few are."""
FEW = 64

FOREVER_NS = 1 << 63
_END = LogPlace(FOREVER_NS, 0, 0)


@dataclass(frozen=True, slots=True)
class Part:
    """A file of a stream, or with `spot` a block of it. Wanted are lines behind `behind`, in batches with positions
    greater than `after` and at most `upto`."""

    place: Place
    file: Segment
    first_ns: int
    last_ns: int
    after: int
    upto: int
    behind: LogPlace | None
    spot: Spot | None = None


class Found(NamedTuple):
    """A line in a block: its place among all, its batch, its place in the block, and itself."""

    place: LogPlace
    batch: Batch
    at: int
    data: bytes


class Moved(Exception):
    """The block lies in another file by now."""


class Reading:
    """One question. Its iterators are run in threads, one step at a time."""

    def __init__(self, store: Store, query: LogsQuery, window: LogWindow) -> None:
        self._store = store
        self._query = query
        self._window = window
        self._find: Find | None = matcher(query)
        self._since_ns = query.since_ms * 1_000_000
        self._until_ns = query.until_ms * 1_000_000 or FOREVER_NS
        self._containers = frozenset(query.containers)
        self._breathed = 0.0

    def pages(self) -> Iterator[tuple[KeptLine, ...]]:
        """The lines in order; a page may be empty."""
        behind = self._window.behind
        self._breathed = time.monotonic()
        if self._query.tail:
            start: list[LogPlace] = []
            for _ in self._last(start):
                yield ()
            if not start:
                return
            first = LogPlace(start[0].at_ns, start[0].position, start[0].line - 1)
            behind = max(behind, first) if behind else first
        page: list[KeptLine] = []
        room = PAGE_BYTES
        for line in self._merged(behind):
            if line is not None:
                page.append(line)
                room -= len(line.entry.data)
            if line is None or len(page) >= PAGE_LINES or room <= 0:
                yield tuple(page)
                page, room = [], PAGE_BYTES
        if page:
            yield tuple(page)

    def _merged(self, behind: LogPlace | None) -> Iterator[KeptLine | None]:
        """Line by line; None is a breath."""
        order = count()
        waiting = [(part.first_ns, next(order), part) for part in self._files(behind)]
        heapq.heapify(waiting)
        runs: list[tuple[LogPlace, Iterator[KeptLine], KeptLine]] = []
        while waiting or runs:
            while waiting and (not runs or waiting[0][0] <= runs[0][0].at_ns):
                inner, lines = self._opened(heapq.heappop(waiting)[2], crowded=len(runs) >= AT_HAND)
                for part in inner:
                    heapq.heappush(waiting, (part.first_ns, next(order), part))
                run = iter(lines)
                if first := next(run, None):
                    heapq.heappush(runs, (first.place, run, first))
                if self._is_time():
                    yield None
            if runs:
                _, run, line = heapq.heappop(runs)
                yield line
                limit = min(runs[0][0] if runs else _END, LogPlace(waiting[0][0], -1, -1) if waiting else _END)
                for line in run:
                    if line.place >= limit:
                        heapq.heappush(runs, (line.place, run, line))
                        break
                    yield line

    def _opened(self, part: Part, *, crowded: bool) -> tuple[Iterable[Part], Iterable[KeptLine]]:
        """What is in a part: further parts, and lines in order. Where it is crowded a few of them, and the rest as a
        part."""
        if part.spot is None:
            return self._blocks(part), ()
        try:
            lines = self._lines(part)
        except Moved:
            return self._moved(part), ()
        if not crowded or len(lines) <= FEW:
            return (), lines
        rest = replace(part, first_ns=lines[FEW].place.at_ns, behind=lines[FEW - 1].place)
        return (rest,), lines[:FEW]

    def _last(self, start: list[LogPlace]) -> Iterator[None]:
        """Put into `start` the place of the first of the last lines; the newest parts are looked at first, and no more
        than needed. Each step is a breath."""
        order, best = count(), list[LogPlace]()
        waiting = [(-part.last_ns, next(order), part) for part in self._files(self._window.behind)]
        heapq.heapify(waiting)
        while waiting and (len(best) < self._query.tail or -waiting[0][0] >= best[0].at_ns):
            part = heapq.heappop(waiting)[2]
            inner: Iterable[Part] = ()
            if part.spot is None:
                inner = self._blocks(part)
            else:
                try:
                    self._take_last(best, part)
                except Moved:
                    inner = self._moved(part)
            for found in inner:
                heapq.heappush(waiting, (-found.last_ns, next(order), found))
            if self._is_time():
                yield
        start += best[:1]

    def _take_last(self, best: list[LogPlace], part: Part) -> None:
        for found in self._found(part, self._content(part)):
            if len(best) < self._query.tail:
                heapq.heappush(best, found.place)
            elif found.place > best[0]:
                heapq.heapreplace(best, found.place)

    def _is_time(self) -> bool:
        now = time.monotonic()
        if now - self._breathed < BREATH_S:
            return False
        self._breathed = now
        return True

    # --- parts

    def _files(self, behind: LogPlace | None) -> Iterator[Part]:
        for place in self._store.places(self._query.nodes, self._query.services):
            yield from self._files_of(place, behind, self._window.after, self._window.upto)

    def _files_of(self, place: Place, behind: LogPlace | None, after: int, upto: int) -> Iterator[Part]:
        for file in place.stream.segments():
            part = Part(place, file, file.first_ns, file.last_ns, after, upto, behind)
            if file.last > after and file.first <= upto and self._matters(part):
                yield part

    def _blocks(self, part: Part) -> Iterator[Part]:
        """The blocks of a file."""
        try:
            found = segment.spots(part.file.path, part.file.size, part.after)
        except FileNotFoundError:
            yield from self._elsewhere(part, part.file.first, part.file.last)
            return
        except (Broken, OSError) as error:
            _complain(part, error)
            return
        for spot in found:
            inner = replace(part, first_ns=spot.head.first_ns, last_ns=spot.head.last_ns, spot=spot)
            if spot.head.first <= part.upto and self._matters(inner):
                yield inner

    def _moved(self, part: Part) -> Iterator[Part]:
        """Where the lines of a block are now."""
        assert part.spot
        return self._elsewhere(part, part.spot.head.first, part.spot.head.last)

    def _elsewhere(self, part: Part, first: int, last: int) -> Iterator[Part]:
        """The files in which these positions of a part lie by now; none when they were removed, by whomever."""
        found = self._files_of(part.place, part.behind, max(part.after, first - 1), min(part.upto, last))
        return (other for other in found if other.file.path != part.file.path)

    def _matters(self, part: Part) -> bool:
        since_ns = max(self._since_ns, part.behind.at_ns if part.behind else 0)
        return part.last_ns >= since_ns and part.first_ns < self._until_ns

    # --- lines

    def _lines(self, part: Part) -> list[KeptLine]:
        content = self._content(part)
        node, service = part.place.node, part.place.service
        sources = [LogSource(service=service, container=c, name=n, id=i) for c, n, i in content.sources]
        lines = [
            KeptLine(
                place,
                LogEntry(
                    node=node,
                    source=sources[batch.source],
                    at_ns=place.at_ns,
                    stderr=bool(content.flags[at] & block.STDERR),
                    data=data,
                    partial=bool(content.flags[at] & block.PARTIAL),
                ),
            )
            for place, batch, at, data in self._found(part, content)
        ]
        lines.sort(key=_place)
        return lines

    def _found(self, part: Part, content: Content) -> Iterator[Found]:
        """The lines of a block that are asked for, as they lie in it."""
        since = max(LogPlace(self._since_ns, -1, -1), part.behind or LogPlace(0, -1, -1))
        for batch, line, at, data in self._asked(part, content):
            place = LogPlace(content.at_ns[at], batch.position, line)
            if since < place and place.at_ns < self._until_ns:
                yield Found(place, batch, at, data)

    def _asked(self, part: Part, content: Content) -> Iterator[tuple[Batch, int, int, bytes]]:
        """Those that match, of the batches that are asked for: batch, place in it, place in the block, line."""
        ours = [container in self._containers or not self._containers for container, _, _ in content.sources]
        if self._find:
            for at, data in self._find(content.text):
                batch, line = content.batch_of(at)
                if ours[batch.source] and part.after < batch.position <= part.upto:
                    yield batch, line, at, data
            return
        lines, first = content.text[:-1].split(b"\n"), 0
        for batch in content.batches:
            if ours[batch.source] and part.after < batch.position <= part.upto:
                for line in range(batch.lines):
                    yield batch, line, first + line, lines[first + line]
            first += batch.lines

    def _content(self, part: Part) -> Content:
        assert part.spot
        try:
            return block.decode(segment.read(part.file.path, part.spot))
        except FileNotFoundError:
            raise Moved from None
        except (Broken, OSError) as error:
            _complain(part, error)
            return block.joined(())


def _place(line: KeptLine) -> LogPlace:
    return line.place


def _complain(part: Part, error: Exception) -> None:
    log.warning("logs cannot be read", extra={"file": str(part.file.path), "error": str(error) or "broken"})
