"""One piece of work for all who want it done."""

from collections.abc import Awaitable, Callable

import anyio


class Shared:
    """Work that is done once for all who ask for it before it begins; whoever asks while it is done, has it done again."""

    def __init__(self, work: Callable[[], Awaitable[None]]) -> None:
        self._work = work
        self._turn = anyio.Lock()
        self._begun = 0

    async def done(self) -> None:
        """Return once it was begun after this call, and is done."""
        mine = self._begun + 1
        async with self._turn:
            if self._begun < mine:
                self._begun = mine
                await self._work()
