"""Dispatch: from stored tasks to orders on the agents' streams. Woken by every change; nothing is polled."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress

from composia.clock import Clock
from composia.core.attempt import Retries
from composia.core.session import Attempt, Cancel, Run
from composia.core.task import Task, TaskError, TaskState
from composia.errors import Conflict, Unavailable
from composia.plugins.queue import Change, Queue, TaskFilter
from composia.plugins.scheduler import Held, Load, Schedule, Scheduler
from composia.points import Reached, unwatched
from composia.server.every_page import tasks_of
from composia.server.sessions import Sessions

log = logging.getLogger(__name__)

TICK_S = 1.0
"""How often leases, deadlines and pauses are looked at; they are the only things that no event announces."""

JUMP_MS = 2_000
"""How far the wall clock may go away from the monotonic one before it was set by somebody."""


class Dispatcher:
    """Claims what the scheduler chooses and sends it to the node's agent."""

    def __init__(
        self,
        queue: Queue,
        scheduler: Scheduler,
        sessions: Sessions,
        clock: Clock,
        *,
        server: str,
        lease_s: float,
        retries: Retries,
        reached: Reached = unwatched,
    ) -> None:
        self._queue = queue
        self._scheduler = scheduler
        self._sessions = sessions
        self._clock = clock
        self._server = server
        self._lease_s = lease_s
        self._retries = retries
        self._reached = reached
        self._due: set[str] = set()
        self._wake = asyncio.Event()
        self._held: dict[str, dict[str, str]] = {}
        self._offset_ms = self._wall_offset_ms()

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
            for node in sorted(due & set(self._sessions.settled())):
                await self._dispatch(node)

    async def _dispatch(self, node: str) -> None:
        now_ms = self._clock.now_ms()
        offered = await self._queue.claimable(node, now_ms)
        live = tuple(task for task in await self._queue.live() if task.node == node)
        load = Load(node=node, live=live, capacity=self._sessions.capacity(node))
        schedule = self._choose(offered, load, now_ms)
        self._held[node] = {held.task: held.reason for held in schedule.held}
        for task in schedule.start:
            await self._start(task)

    def _choose(self, offered: tuple[Task, ...], load: Load, now_ms: int) -> Schedule:
        """What the scheduler says; while it fails nothing starts on the node, and that is the reason shown."""
        try:
            return self._scheduler.choose(offered, load, now_ms)
        except Exception as error:
            log.exception("scheduler failed", extra={"node": load.node})
            reason = f"the scheduler failed: {error}"
            return Schedule(start=(), held=tuple(Held(task=task.id, reason=reason) for task in offered))

    async def _start(self, task: Task) -> None:
        claimed = await self._queue.claim(
            task.id, server=self._server, lease_ms=round(self._lease_s * 1000), now_ms=self._clock.now_ms()
        )
        if claimed is None:
            return
        self._reached("claimed")
        attempt = Attempt(task=claimed.id, number=claimed.attempt)
        log.info("task assigned", extra={"task": claimed.id, "attempt": claimed.attempt, "node": claimed.node})
        if not self._sessions.send(claimed.node, Run(attempt=attempt, order=claimed.order, lease_s=self._lease_s)):
            gone = TaskError(code=Unavailable.code, message=f"{claimed.node} went away before it got the order")
            with suppress(Conflict):  # a new session has taken it back already
                await self._queue.release_lease(attempt, gone, self._retries, self._clock.now_ms())
        self._reached("ordered")

    def _cancel(self, task: Task) -> None:
        """Tell the agent; one that is away is told when it is back."""
        if task.state.live and task.cancel_requested:
            self._sessions.send(task.node, Cancel(attempt=Attempt(task=task.id, number=task.attempt)))

    async def begin(self) -> None:
        """Let every lease begin again. While the server was away, no agent could renew its own."""
        lease_ms, now_ms = round(self._lease_s * 1000), self._clock.now_ms()
        for task in await self._queue.live():
            await self._queue.renew(task.node, [Attempt(task=task.id, number=task.attempt)], lease_ms, now_ms)

    async def keep_time(self) -> None:
        """Do what time alone has made due, for ever."""
        while True:
            await asyncio.sleep(TICK_S)
            await self.tick()

    async def tick(self) -> None:
        """Sweep leases, deadlines and pauses, and end silent sessions, now."""
        await self._follow_the_clock()
        self._sessions.end_silent()
        for task in await self._queue.sweep(self._retries, self._clock.now_ms()):
            log.warning("task swept", extra={"task": task.id, "state": task.state.value, "node": task.node})
        for task in await self._queue.waiting():
            self.wake(task.node)

    async def _follow_the_clock(self) -> None:
        """Move what is open along when the wall clock was set."""
        jump_ms = self._wall_offset_ms() - self._offset_ms
        if abs(jump_ms) >= JUMP_MS:
            log.warning("clock set", extra={"by_s": round(jump_ms / 1000)})
            await self._queue.postpone(round(jump_ms))
            self._offset_ms += jump_ms
            await self.begin()  # one that was renewed since the clock was set has moved too far

    def _wall_offset_ms(self) -> float:
        """How far the wall clock is from the monotonic one."""
        return self._clock.now_ms() - self._clock.monotonic() * 1000

    async def follow(self, on_change: Callable[[Change], None]) -> None:
        """Wake the nodes of what changes in the queue, for ever; each change is also handed to `on_change`."""
        async for change in self._queue.changes(await self._queue.last_change()):
            on_change(change)
            if change.task is not None:
                self._cancel(change.task)
                if not change.task.state.live:  # what is at work makes no room and asks for none
                    self.wake(change.task.node)
            if change.deployment is not None and not change.deployment.state.final:
                which = TaskFilter(deployment=change.deployment.id, states=(TaskState.PENDING,))
                for task in await tasks_of(self._queue, which):
                    self.wake(task.node)
