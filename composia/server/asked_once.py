"""Questions that many ask at the same time, each answered once."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from functools import partial
from typing import Generic, TypeVar

from composia.clock import Clock

Question = TypeVar("Question", bound=Hashable)
Answer = TypeVar("Answer")

MOST = 32
"""So many answers are kept."""


class AskedOnce(Generic[Question, Answer]):
    """Whoever asks what another one has asked, less than `hold_s` seconds ago, gets the same answer. An error is not kept, and
    an answer, which may be large, is let go of soon after."""

    def __init__(self, clock: Clock, hold_s: float) -> None:
        self._clock = clock
        self._hold_s = hold_s
        self._begun: dict[Question, tuple[float, asyncio.Task[Answer]]] = {}

    async def ask(self, question: Question, find: Callable[[], Awaitable[Answer]]) -> Answer:
        """The answer; `find` is called when it is not known. It goes on when who asked first is gone."""
        begun_s, task = self._begun.get(question, (0.0, None))
        if task is None or self._clock.monotonic() - begun_s >= self._hold_s or _failed(task):
            task = asyncio.ensure_future(_found(find))
            self._begun.pop(question, None)  # so that the newest are last
            self._begun[question] = self._clock.monotonic(), task
            task.add_done_callback(partial(self._hold, question))
            if len(self._begun) > MOST:
                del self._begun[next(iter(self._begun))]
        return await asyncio.shield(task)

    def _hold(self, question: Question, task: "asyncio.Task[Answer]") -> None:
        asyncio.get_running_loop().call_later(self._hold_s, self._drop, question, task)

    def _drop(self, question: Question, task: "asyncio.Task[Answer]") -> None:
        _, known = self._begun.get(question, (0.0, None))
        if known is task:
            del self._begun[question]


async def _found(find: Callable[[], Awaitable[Answer]]) -> Answer:
    return await find()


def _failed(task: "asyncio.Task[Answer]") -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)
