"""A handle on the clone for one thread at a time; dulwich is not made for more."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import anyio
import anyio.to_thread
from dulwich.pack import PackFileDisappeared
from dulwich.repo import Repo

from composia.builtin_plugins.git.clone import DAMAGED, damaged
from composia.builtin_plugins.git.fetching import Clone

Result = TypeVar("Result")


class Lane:
    """Opens the clone when it is first needed."""

    def __init__(self, clone: Path) -> None:
        self._clone = clone
        self._repo: Repo | None = None
        self._one_at_a_time = anyio.CapacityLimiter(1)

    async def run(self, work: Callable[[Repo], Result]) -> Result:
        """Work with the clone in a thread. `NotPossible` where it is damaged."""
        return await anyio.to_thread.run_sync(self._work, work, limiter=self._one_at_a_time)

    async def close(self) -> None:
        """Let go of its files; the next work opens them again."""
        await anyio.to_thread.run_sync(self._close, limiter=self._one_at_a_time)

    def _work(self, work: Callable[[Repo], Result]) -> Result:
        try:
            try:
                return work(self._opened())
            except PackFileDisappeared:  # packs were merged since it was opened
                self._close()
                return work(self._opened())
        except DAMAGED as error:
            raise damaged(self._clone, error) from error

    def _opened(self) -> Repo:
        if self._repo is None:
            self._repo = Clone(str(self._clone))
        return self._repo

    def _close(self) -> None:
        if self._repo is not None:
            self._repo.close()
            self._repo = None
