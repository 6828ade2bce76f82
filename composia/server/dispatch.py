"""Dispatch: from stored tasks to orders on the agents' streams. Woken by every change; nothing is polled."""

import asyncio
import logging
from collections.abc import Callable

from composia.clock import Clock
from composia.core.session import Attempt, Run
from composia.core.task import Task, TaskError
from composia.plugins.queue import Queue
from composia.plugins.scheduler import Load, Scheduler
from composia.server.sessions import Sessions

log = logging.getLogger(__name__)

TICK_S = 1.0
"""How often leases, deadlines and pauses are looked at; they are the only things that no event announces."""

MAX_ATTEMPTS = 3
BACKOFF_MS = 5_000


class Dispatcher:
    """Claims what the scheduler chooses and sends it to the node's agent."""

    def __init__(
        self, queue: Queue, scheduler: Scheduler, sessions: Sessions, clock: Clock, *, server: str, lease_s: float
    ) -> None:
        self._queue = queue
        self._scheduler = scheduler
        self._sessions = sessions
        self._clock = clock
        self._server = server
        self._lease_s = lease_s
        self._due: set[str] = set()
        self._wake = asyncio.Event()
        self._held: dict[str, dict[str, str]] = {}

    @property
    def held(self) -> dict[str, str]:
        """Why the scheduler holds tasks back, by task."""
        return {task: reason for reasons in self._held.values() for task, reason in reasons.items()}

    def wake(self, node: str) -> None:
        """Look at a node's tasks soon: something about it changed."""
        self._due.add(node)
        self._wake.set()

    async def run(self) -> None:
        """Dispatch to the nodes that were woken, for ever."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            due, self._due = self._due, set()
            for node in sorted(due & set(self._sessions.online())):
                await self._dispatch(node)

    async def _dispatch(self, node: str) -> None:
        now_ms = self._clock.now_ms()
        offered = await self._queue.claimable(node, now_ms)
        live = tuple(task for task in await self._queue.live() if task.node == node)
        schedule = self._scheduler.choose(offered, Load(node=node, live=live), now_ms)
        self._held[node] = {held.task: held.reason for held in schedule.held}
        for task in schedule.start:
            await self._start(task)

    async def _start(self, task: Task) -> None:
        claimed = await self._queue.claim(
            task.id, server=self._server, lease_ms=round(self._lease_s * 1000), now_ms=self._clock.now_ms()
        )
        if claimed is None:
            return
        attempt = Attempt(task=claimed.id, number=claimed.attempt)
        log.info("task assigned", extra={"task": claimed.id, "attempt": claimed.attempt, "node": claimed.node})
        if not self._sessions.send(claimed.node, Run(attempt=attempt, order=claimed.order, lease_s=self._lease_s)):
            gone = TaskError(code="unavailable", message=f"{claimed.node} went away before it got the order")
            await self._queue.release_lease(attempt, gone, self._clock.now_ms())

    async def keep_time(self) -> None:
        """Sweep leases, deadlines and pauses, and end silent sessions, for ever."""
        while True:
            await asyncio.sleep(TICK_S)
            self._sessions.end_silent()
            for task in await self._queue.sweep(self._clock.now_ms(), max_attempts=MAX_ATTEMPTS, backoff_ms=BACKOFF_MS):
                log.warning("task swept", extra={"task": task.id, "state": task.state.value, "node": task.node})
            for task in await self._queue.waiting():
                self.wake(task.node)

    async def follow(self, on_task: Callable[[Task], None]) -> None:
        """Wake the nodes of what changes in the queue, for ever; each changed task is also handed to `on_task`."""
        async for change in self._queue.changes(await self._queue.last_change()):
            if change.task is not None:
                on_task(change.task)
                self.wake(change.task.node)
            if change.deployment is not None and not change.deployment.state.final:
                for task in await self._queue.waiting():
                    if task.deployment == change.deployment.id:
                        self.wake(task.node)
