"""One attempt at work: what its parts share."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from math import inf

import anyio

from composia.builtin_plugins.compose.argv import Project, Words
from composia.builtin_plugins.compose.calls import Calls, Result
from composia.builtin_plugins.compose.config import ComposeConfig
from composia.builtin_plugins.compose.engine import Engine
from composia.builtin_plugins.compose.health import Gate
from composia.builtin_plugins.compose.mask import Mask
from composia.builtin_plugins.compose.messages import explain
from composia.clock import Clock
from composia.core.release import Release
from composia.core.step import StepName
from composia.errors import Cancelled, ComposiaError, TimedOut, Unavailable
from composia.plugins.executor import Supervision, Work

UNCHANGED = "nothing on the node was changed"


@dataclass(kw_only=True)
class Job:
    """`mask` is empty until the configuration is rendered."""

    work: Work
    supervision: Supervision
    config: ComposeConfig
    clock: Clock
    engine: Engine
    calls: Calls
    mask: Mask = field(default_factory=Mask)
    _limit_s: float | None = None

    @property
    def project(self) -> Project:
        """The project with its files."""
        return Project(name=self.work.project, directory=self.work.directory, files=self.work.order.compose_files)

    @property
    def last(self) -> Release | None:
        """The last release, if it is of this very project."""
        last = self.work.last
        return last if last and last.project == self.work.project else None

    @property
    def gate(self) -> Gate:
        """The health gate of the project."""
        return Gate(
            engine=self.engine,
            clock=self.clock,
            project=self.work.project,
            policy=self.work.order.health,
            mask=self.mask,
        )

    def say(self, line: str) -> None:
        """A line of Composia's own in the task's output."""
        self.supervision.say(self.mask.hide(line))

    @asynccontextmanager
    async def step(self, name: StepName) -> AsyncIterator[None]:
        """A step that a person may cancel, with its own limit if it has one."""
        async with self.supervision.step(name), self.stoppable(name):
            self._limit_s = self.work.order.timeouts.of(name)
            yield
            self._limit_s = None

    @asynccontextmanager
    async def stoppable(self, step: StepName | None = None) -> AsyncIterator[None]:
        """A block in whose place an error is raised when it is to be ended: `Cancelled` when a person asks for it,
        `TimedOut` when its limit is reached or the engine falls silent, `Unavailable` when that is gone. Only then the
        call that runs is ended, and waited for; when it is the agent that stops, the call goes on."""
        stopped: ComposiaError | None = None
        failed: Exception | None = None

        async def watch(until: Callable[[], Awaitable[ComposiaError]]) -> None:
            nonlocal stopped
            stopped = stopped or await until()
            block.cancel()

        async def cancelled() -> ComposiaError:
            await self.supervision.cancelled()
            return Cancelled(f"ended during {step}" if step else f"ended before the work began; {UNCHANGED}")

        async def late(limit_s: float) -> ComposiaError:
            await anyio.sleep(limit_s)
            return TimedOut(f"{step} did not end within {limit_s:g} s")

        async with anyio.create_task_group() as group:
            with anyio.CancelScope() as block:
                group.start_soon(watch, cancelled)
                group.start_soon(watch, self.engine.lost)
                if step and (limit_s := self.work.order.timeouts.of(step)):
                    group.start_soon(watch, partial(late, limit_s))
                try:
                    yield
                except (ComposiaError, OSError) as error:  # a task group would wrap them
                    failed = error
            group.cancel_scope.cancel()
        if stopped is not None:
            with anyio.CancelScope(shield=True):
                await self.calls.end_running(stopped)
            raise stopped
        if failed is not None:
            raise failed

    async def compose(self, name: str, words: Words) -> Result:
        """Make a call in the service directory, or take it up again; the limits count from when it was first made."""
        return await self.calls.make(name, words, directory=self.work.directory, deadline_s=self.deadline_s)

    @property
    def deadline_s(self) -> float:
        """How long a call of the present step may take."""
        return min(self.work.order.timeouts.task_s, self._limit_s or inf)

    def error(self, result: Result) -> ComposiaError:
        """The error behind a call that did not go well."""
        if result.exit_code is None:
            return Unavailable("the call was interrupted, and nobody knows how far it came")
        return explain(result.text.replace(f"{self.work.directory}/", ""), result.exit_code, self.mask)
