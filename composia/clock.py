"""Time as an argument: milliseconds UTC for what is stored, monotonic seconds for what is waited."""

import time
from typing import Protocol


class Clock(Protocol):
    """Tells the time; a test hands in one that it moves by hand."""

    def now_ms(self) -> int:
        """Milliseconds since the epoch, UTC: for stored times."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back: for ages and deadlines inside one process."""
        ...


class SystemClock:
    """The machine's clock."""

    def now_ms(self) -> int:
        """Milliseconds since the epoch, UTC."""
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return time.monotonic()


class ManualClock:
    """A clock for tests that stands still until it is moved."""

    def __init__(self, now_ms: int = 1_700_000_000_000) -> None:
        self._now_ms = now_ms
        self._monotonic = 1000.0

    def now_ms(self) -> int:
        """Milliseconds since the epoch, UTC."""
        return self._now_ms

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return self._monotonic

    def advance(self, seconds: float) -> None:
        """Move both clocks on by `seconds`."""
        self._now_ms += round(seconds * 1000)
        self._monotonic += seconds

    def set_wall(self, seconds: float) -> None:
        """Set the wall clock alone, by so many seconds on, or back when negative."""
        self._now_ms += round(seconds * 1000)
