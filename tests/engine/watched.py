"""The queues under test with a witness: it sees each call, and in memory each single change of a task and of a deployment,
also those that nobody can read afterwards, and notes what breaks a rule."""

import asyncio
import inspect
from collections.abc import AsyncIterator
from typing import Any

from composia.builtin_plugins.memory.queue import MemoryQueue
from composia.builtin_plugins.memory.work import Work
from composia.clock import Clock
from composia.core.deployment import TRANSITIONS as DEPLOYMENT_TRANSITIONS
from composia.core.deployment import Deployment, DeploymentState
from composia.core.task import TRANSITIONS, Task, TaskState
from composia.plugins.queue import Change, Queue
from tests.engine.played import LEASE_MS, RETRIES

QUIET_TURNS = 25
"""More turns of the loop than any step takes to come to its next call."""


class WatchedWork(Work):
    """Notes in `wrong` what no task and no deployment may do."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.wrong: list[str] = []
        self._clock = clock

    def _keep_task(self, task: Task) -> None:
        before = self.tasks.get(task.id)
        if before is not None and before != task:
            wrong = self._moved(before, task)
            self.wrong += [f"{what}: {before} → {task}" for what, so in wrong.items() if so]
        super()._keep_task(task)

    def _moved(self, before: Task, after: Task) -> dict[str, bool]:
        now_ms, claimed = self._clock.now_ms(), after.state is TaskState.ASSIGNED and not before.state.live
        if before.state.final and before.state is not TaskState.LOST:
            return {"it had ended": True}
        wrong = {
            "no such arrow": after.state is not before.state and after.state not in TRANSITIONS[before.state],
            "attempts are counted by claims": after.attempt != before.attempt + claimed,
            "reports are applied once, in order": not claimed and after.reported < before.reported,
            "a wish to cancel is forgotten": before.cancel_requested and not after.cancel_requested,
        }
        if claimed:
            return wrong | self._claimed(before, after, now_ms)
        if before.state.live and not after.state.live:
            return wrong | _let_go(before, after, now_ms)
        return wrong

    def _claimed(self, before: Task, after: Task, now_ms: int) -> dict[str, bool]:
        deployment = self.deployments[after.deployment]
        others = [
            task
            for task in self.tasks.values()
            if (task.service, task.node) == (after.service, after.node) and task.id != after.id
        ]
        return {
            "its deployment does not go on": deployment.state not in (DeploymentState.PENDING, DeploymentState.RUNNING),
            "its batch was not let go": after.batch > deployment.batch,
            "its time has not come": now_ms < before.not_before_ms,
            "its lease is not a lease long": after.lease_until_ms != now_ms + LEASE_MS,
            "its instance is busy": any(task.state.live for task in others),
            "something newer has begun": any(task.sequence > after.sequence and task.attempt for task in others),
        }

    def _store_deployment(self, deployment: Deployment) -> None:
        before = self.deployments.get(deployment.id)
        if before is not None:
            states = {task.state for task in self.tasks_of(deployment)}
            ended = deployment.state.final
            wrong = {
                "it had ended": before.state.final,
                "no such arrow": before.state is not deployment.state
                and deployment.state not in DEPLOYMENT_TRANSITIONS[before.state],
                "batches do not go back": deployment.batch < before.batch,
                "open or lost tasks in what has ended": ended
                and any(not state.final or state is TaskState.LOST for state in states),
                "it has not succeeded": deployment.state is DeploymentState.SUCCEEDED
                and states != {TaskState.SUCCEEDED},
            }
            self.wrong += [f"{what}: {before} → {deployment}" for what, so in wrong.items() if so]
        super()._store_deployment(deployment)


def _let_go(before: Task, after: Task, now_ms: int) -> dict[str, bool]:
    """An attempt is over, by a report or without one."""
    begun, silent = before.state is TaskState.RUNNING, before.lease_until_ms <= now_ms
    may_repeat = before.kind.repeatable and before.attempt < RETRIES.attempts and not before.cancel_requested
    again, told = after.state is TaskState.PENDING, after.reported > before.reported
    return {
        "it may not be repeated": again and (begun or silent) and not may_repeat,
        "it is repeated at once": again
        and (begun or silent)
        and after.not_before_ms != now_ms + RETRIES.wait_ms(before.attempt),
        "it was to be cancelled": again and before.cancel_requested,
        "it is not lost, it can be repeated": after.state is TaskState.LOST and may_repeat,
        "it is not lost, it never began": after.state is TaskState.LOST and not begun and not silent,
        "nobody told that it ended": after.state in (TaskState.SUCCEEDED, TaskState.FAILED) and not told,
        "nobody wanted it cancelled": after.state is TaskState.CANCELLED and not before.cancel_requested,
        "it may still run": after.state is TaskState.CANCELLED and begun and not told,
    }


class WatchedQueue(MemoryQueue):
    """The queue in memory, over watched work."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._stored: WatchedWork = WatchedWork(clock)

    @property
    def wrong(self) -> list[str]:
        """What broke a rule."""
        return self._stored.wrong


class Turns:
    """A queue whose calls take turns of the loop before and after, as those of a database do, so that other things come in
    between; and which can be waited for."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        self._calls = self._busy = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._read: int | None = None
        self._offered: dict[str, list[str]] = {}
        self._wrong: list[str] = []

    @property
    def wrong(self) -> list[str]:
        """What broke a rule."""
        return self._wrong + (self._queue.wrong if isinstance(self._queue, WatchedQueue) else [])

    def __getattr__(self, name: str) -> Any:
        called = getattr(self._queue, name)
        if not inspect.iscoroutinefunction(called):
            return called

        async def call(*arguments: Any, **named: Any) -> Any:
            self._calls += 1
            self._busy += 1
            self._idle.clear()
            number = self._calls
            try:
                await self._turn(1 + number % 5)
                answer = await called(*arguments, **named)
                self._look(name, arguments, named, answer)
                await self._turn(1 + number % 3)
                return answer
            finally:
                self._busy -= 1
                if not self._busy:
                    self._idle.set()

        return call

    async def _turn(self, times: int) -> None:
        """One call is quicker than another."""
        for _ in range(times):
            await asyncio.sleep(0)

    def _look(self, name: str, arguments: tuple[Any, ...], named: dict[str, Any], answer: Any) -> None:
        """The server under test has to take what it is offered from the front."""
        if name == "claimable":
            self._offered[arguments[0]] = [task.id for task in answer]
        if name == "claim" and named["server"] == "s1" and answer is not None:
            offered = self._offered[answer.node]
            if answer.id not in offered or self._wanted(offered, answer):
                self._wrong.append(f"{answer.id} was not the first of {offered}")

    def _wanted(self, offered: list[str], claimed: Task) -> list[str]:
        """What was offered before it and has not been tried."""
        position = offered.index(claimed.id)
        wanted = offered[:position]
        del offered[: position + 1]
        return wanted

    async def changes(self, after: int) -> AsyncIterator[Change]:
        """How far they were read is remembered."""
        self._read = after
        try:
            async for change in self._queue.changes(after):
                yield change
                self._read = change.number
        finally:
            self._read = None

    async def rest(self) -> None:
        """Wait until no call is under way, all changes were read, and none has led to a call for some turns of the loop."""
        while True:
            await self._idle.wait()
            if self._busy:
                continue  # one that began between the end of the last one and this turn may yet make a change
            calls, read = self._calls, self._read
            last = await self._queue.last_change()
            await self._turn(QUIET_TURNS)
            if calls == self._calls and read in (None, last):
                return
