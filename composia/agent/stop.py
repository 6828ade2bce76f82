"""The end of an attempt's work before its own end."""

from collections.abc import Iterator
from contextlib import contextmanager

import anyio

from composia.agent.journal import StopReason
from composia.errors import Cancelled


class Stop:
    """Whether and why an attempt is to be stopped. The first reason stays, unless the attempt is fenced."""

    def __init__(self, reason: StopReason | None = None) -> None:
        self.reason = reason
        self._called = anyio.Event()
        self._scopes: set[anyio.CancelScope] = set()
        if reason is not None:
            self._called.set()

    def call(self, reason: StopReason) -> None:
        """Stop the attempt."""
        if self.reason is None or reason is StopReason.FENCED:
            self.reason = reason
        self._called.set()
        for scope in self._scopes:
            scope.cancel()

    async def wait(self) -> None:
        """Return once the attempt is to be stopped."""
        await self._called.wait()

    @contextmanager
    def interrupts(self) -> Iterator[None]:
        """A block that ends with `Cancelled` once the attempt is to be stopped; only for what may end anywhere."""
        if self.reason is None:
            with anyio.CancelScope() as scope:
                self._scopes.add(scope)
                try:
                    yield
                finally:
                    self._scopes.discard(scope)
        if self.reason is not None:
            raise Cancelled("ended before the work began; nothing on the node was changed")
