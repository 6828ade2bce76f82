"""Why tasks wait, for all who watch: looked up once for all of them, and only while somebody asks."""

import asyncio
from collections.abc import Mapping

from composia.clock import Clock
from composia.plugins.queue import Queue
from composia.server.dispatch import Dispatcher
from composia.server.explain import explain
from composia.server.sessions import Sessions

FRESH_S = 1.0
"""How old an answer may be."""

SHARE = 10
"""It is looked up for at most one part in so many of the time, however many tasks wait."""


class Reasons:
    """Nothing announces that a reason is another one: a node goes away, what was ahead ends, the scheduler decides."""

    def __init__(self, queue: Queue, sessions: Sessions, dispatcher: Dispatcher, clock: Clock) -> None:
        self._queue = queue
        self._sessions = sessions
        self._dispatcher = dispatcher
        self._clock = clock
        self._known: dict[str, str] = {}
        self._good_until = 0.0
        self._asking = asyncio.Lock()

    async def by_task(self) -> Mapping[str, str]:
        """The reason of each task that waits, by its id; empty where none is known."""
        async with self._asking:
            loop = asyncio.get_running_loop()
            began = loop.time()
            if began >= self._good_until:
                waiting = await self._queue.waiting()
                now_ms = self._clock.now_ms()
                explained = await explain(waiting, self._queue, self._sessions, self._dispatcher.held, now_ms)
                self._known = {task.id: task.waiting for task in explained}
                took = loop.time() - began
                self._good_until = began + max(FRESH_S, took * SHARE)
        return self._known
