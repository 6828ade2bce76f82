"""A ledger of changes: for each thing the number of its last change, so that whoever was away asks for what came since."""

from collections.abc import Hashable
from itertools import takewhile
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)


class Ledger(Generic[Key]):
    """Numbers only grow, and no two changes have the same. It is as long as there are things, however often they change."""

    def __init__(self) -> None:
        self.number = 0
        """Of the newest change."""
        self.floor = 0
        """Who knows only what was before that cannot be told what came since."""
        self._numbers: dict[Key, int] = {}

    def note(self, key: Key) -> None:
        """It has changed now."""
        self.number += 1
        self._numbers.pop(key, None)  # so that the newest are last
        self._numbers[key] = self.number

    def forget(self, key: Key) -> None:
        """It is no more, and has been told long enough."""
        self.floor = max(self.floor, self._numbers.pop(key, 0))

    def since(self, number: int) -> list[tuple[Key, int]]:
        """What changed after that number, the oldest change first, each with its number."""
        newer = takewhile(lambda item: item[1] > number, reversed(self._numbers.items()))
        return list(newer)[::-1]
