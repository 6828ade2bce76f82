"""The newest changes of the queue, in memory: all who watch read on from there, and none of them asks the queue."""

from collections import deque
from collections.abc import Iterator
from itertools import islice

from composia.plugins.queue import Change

KEPT = 1000


class RecentChanges:
    """So many of the last changes, without gap, as they were read when they came."""

    def __init__(self) -> None:
        self._changes: deque[Change] = deque(maxlen=KEPT)
        self._before = 0

    def begin(self, number: int) -> None:
        """That change was the last one when none had come yet."""
        if not self._changes:
            self._before = max(self._before, number)

    def take(self, change: Change) -> None:
        """The next change has come."""
        if change.number != self.last + 1:
            self._changes.clear()
        self._changes.append(change)

    @property
    def last(self) -> int:
        """The number of the newest one."""
        return self._changes[-1].number if self._changes else self._before

    def since(self, number: int) -> Iterator[Change] | None:
        """Those after that number; None where not all of them are here."""
        before = self._changes[0].number - 1 if self._changes else self._before
        return None if number < before else islice(self._changes, number - before, None)
