"""How a change wakes those who wait for one."""

import anyio


class Bell:
    """Wakes all who wait. Who takes `next` before looking at what may have changed misses no change."""

    def __init__(self) -> None:
        self._next = anyio.Event()

    @property
    def next(self) -> anyio.Event:
        """An event that is set at the next ring."""
        return self._next

    def ring(self) -> None:
        """Wake all who wait."""
        self._next.set()
        self._next = anyio.Event()
