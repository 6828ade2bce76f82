"""Calls that change something run in tasks of their own, so that they finish when their caller goes away."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, TypeVar

log = logging.getLogger(__name__)

Result = TypeVar("Result")


class Changes:
    """The changes that are being made."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    async def finish(self, change: Coroutine[Any, Any, Result]) -> Result:
        """The change's result. When the wait for it is cancelled, the change goes on."""
        task = asyncio.create_task(change)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.add_done_callback(_tell)
            raise

    async def wait(self, seconds: float) -> None:
        """Wait until all are made, but not longer than that."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)


def _tell(task: "asyncio.Task[Any]") -> None:
    if not task.cancelled() and (error := task.exception()):
        log.warning("a call whose caller is gone failed", exc_info=error)
