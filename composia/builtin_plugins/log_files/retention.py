"""Retention: what is too old goes, then what is too much, and never all of a quiet service for the sake of a loud
one."""

import heapq
import logging

from composia.builtin_plugins.log_files import segment
from composia.builtin_plugins.log_files.store import Place, Store

log = logging.getLogger(__name__)

DAY = 24 * 3600 * 1_000_000
SETTLE = 3600 * 1_000_000
"""After how long what lies in a tail is compressed, however little it is."""


def trim(store: Store, now_ms: int, *, days: float, size: int) -> int:
    """Remove the files of which all was kept more than so many days ago, by the server's clock; then, while there is
    more than `size` bytes, the oldest file of whichever stream has most; what is left is compressed at last, since that
    needs room on a disk that may be full. Returns how many bytes went. `OSError` when a file cannot be removed."""
    now = now_ms * 1000
    places = store.places((), ())
    before = sum(place.stream.size for place in places)
    for place in places:
        for file in place.stream.segments():
            if segment.kept_at(file, now) < now - days * DAY:
                place.stream.drop(file)
    sizes = [(-place.stream.size, at) for at, place in enumerate(places)]
    total = -sum(one for one, _ in sizes)
    heapq.heapify(sizes)
    while total > size and sizes and sizes[0][0]:
        _, at = sizes[0]
        stream = places[at].stream
        oldest = stream.segments()[0]
        stream.drop(oldest)
        total -= oldest.size
        heapq.heapreplace(sizes, (-stream.size, at))
    for place in places:
        _tidy(store, place, now - SETTLE)
    return max(0, before - sum(place.stream.size for place in places))


def _tidy(store: Store, place: Place, before: int) -> None:
    try:
        place.stream.settle(before)
        if not place.stream.segments():
            store.forget(place)
    except OSError as error:  # it stays as it is until the next time
        log.warning("logs not tidied", extra={"directory": str(place.stream.directory), "error": str(error)})
