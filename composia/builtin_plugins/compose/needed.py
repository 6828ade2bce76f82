"""The images that deploys in work need, also while no container uses them yet: a prune leaves them."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import anyio

from composia.core.session import Attempt


class NeededImages:
    """What the attempts of this node share."""

    def __init__(self) -> None:
        self._needed: dict[Attempt, tuple[str, ...]] = {}
        self._changing = anyio.Lock()

    async def need(self, who: Attempt, references: Iterable[str]) -> None:
        """From now on these stay. A removal that is under way ends first."""
        async with self._changing:
            self._needed[who] = tuple(references)

    def forget(self, who: Attempt) -> None:
        """That attempt needs nothing any more; containers tell what they use themselves."""
        self._needed.pop(who, None)

    @asynccontextmanager
    async def removing(self) -> AsyncIterator[frozenset[str]]:
        """A block in which nobody begins to need an image, with the references of those that are needed."""
        async with self._changing:
            yield frozenset[str]().union(*self._needed.values())
