"""How a change wakes those who wait for one."""

import asyncio

import anyio


class Bell:
    """Wakes all who wait. Who takes `next` before looking at what may have changed misses no change."""

    def __init__(self) -> None:
        self._next = anyio.Event()
        self._due: asyncio.TimerHandle | None = None

    @property
    def next(self) -> anyio.Event:
        """An event that is set at the next ring."""
        return self._next

    def ring(self) -> None:
        """Wake all who wait."""
        if self._due is not None:
            self._due.cancel()
            self._due = None
        self._next.set()
        self._next = anyio.Event()

    def ring_within(self, seconds: float) -> None:
        """Wake all who wait, once for all that asks for it in that time."""
        if self._due is None:
            self._due = asyncio.get_running_loop().call_later(seconds, self.ring)
