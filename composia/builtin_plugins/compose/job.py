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
from composia.builtin_plugins.compose.needed import NeededImages
from composia.clock import Clock
from composia.core.release import Release
from composia.core.step import StepName
from composia.errors import Cancelled, ComposiaError, TimedOut, Unavailable, of_the_system
from composia.plugins.executor import Supervision, Work

UNCHANGED = "no container was changed"
_BEFORE_UP = (StepName.RENDER, StepName.PULL, StepName.BUILD)
_SHORT_S = 1.0
"""In a step that is shorter the engine is not asked whether it is there."""
_End = Callable[[], Awaitable[ComposiaError]]
"""Returns once a block is to end, with the reason."""


@dataclass(kw_only=True)
class Job:
    """`mask` is empty until the configuration is rendered."""

    work: Work
    supervision: Supervision
    config: ComposeConfig
    clock: Clock
    engine: Engine
    calls: Calls
    needed: NeededImages
    mask: Mask = field(default_factory=Mask)
    _step: StepName | None = None
    _gone: list[ComposiaError] = field(default_factory=list)
    _is_gone: anyio.Event = field(default_factory=anyio.Event)

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

    @property
    def committed(self) -> bool:
        """Whether this attempt has begun to change containers, in this life of the agent or an earlier one."""
        return self.calls.begun("up") or self.calls.begun("up-remount")

    @asynccontextmanager
    async def turn(self, lock: anyio.Lock) -> AsyncIterator[None]:
        """A block in which nobody else works on the project. Who has made a call already cannot just leave the line."""
        held = False
        waiting = () if self.calls.any_begun else (partial(self._cancelled, f"before the work began; {UNCHANGED}"),)
        try:
            async with self._until(*waiting):
                await lock.acquire()
                held = True
            yield
        finally:
            if held:
                lock.release()

    @asynccontextmanager
    async def step(self, name: StepName) -> AsyncIterator[None]:
        """A step that ends when a person asks for it, when its limit is reached, and when the engine is lost. One that is
        only passed again, on the way to the `up` that has begun, goes through: the end comes where the work is."""
        self._step = name
        limit_s = self.work.order.timeouts.of(name)
        ends: list[_End] = []
        if not (self.committed and name in _BEFORE_UP):
            ends = [partial(self._cancelled, f"during {name}"), self._without_answer, self._without_engine]
        if ends and limit_s:
            ends.append(partial(_late, name, limit_s))
        async with self.supervision.step(name), self._until(*ends):
            yield

    @asynccontextmanager
    async def _until(self, *ends: _End) -> AsyncIterator[None]:
        """A block that is cut short once one of these returns, with its error. However the block fails, nothing of the
        attempt's calls runs any more when the error is raised. It is not raised, and they go on, when it is the agent
        that stops."""
        cut: ComposiaError | None = None
        failed: ComposiaError | None = None

        async def watch(end: _End) -> None:
            nonlocal cut
            error = await end()
            cut = cut or error
            block.cancel()

        async with anyio.create_task_group() as group:
            with anyio.CancelScope() as block:
                for end in ends:
                    group.start_soon(watch, end)
                try:
                    yield
                except ComposiaError as error:  # a task group would wrap it
                    failed = error
                except OSError as error:  # the host's own: no room, no right, a file that went
                    failed = of_the_system(error, str(self.work.journal))
            group.cancel_scope.cancel()
        if broken := cut or failed:
            with anyio.CancelScope(shield=True):
                await self.calls.end(broken)
            raise broken

    @asynccontextmanager
    async def attending(self) -> AsyncIterator[None]:
        """A block during which it is noticed when the engine goes away, however soon it is back."""

        async def listen() -> None:
            self._gone.append(await self.engine.broken_off())
            self._is_gone.set()

        async with anyio.create_task_group() as group:
            group.start_soon(listen)
            yield
            group.cancel_scope.cancel()

    async def _without_answer(self) -> ComposiaError:
        await anyio.sleep(_SHORT_S)
        return await self.engine.lost()

    async def _without_engine(self) -> ComposiaError:
        await self._is_gone.wait()
        return self._gone[0]

    async def _cancelled(self, when: str) -> ComposiaError:
        await self.supervision.cancelled()
        return Cancelled(f"ended {when}")

    async def compose(self, name: str, words: Words) -> Result:
        """Make a call in the service directory, or take it up again; the limits count from when it was first made."""
        return await self.calls.make(name, words, directory=self.work.directory, deadline_s=self.deadline_s)

    @property
    def deadline_s(self) -> float:
        """How long a call of the present step may take."""
        timeouts = self.work.order.timeouts
        return min(timeouts.task_s, (self._step and timeouts.of(self._step)) or inf)

    def error(self, result: Result) -> ComposiaError:
        """The error behind a call that did not go well."""
        if result.exit_code is None:
            return Unavailable("the call was interrupted, and nobody knows how far it came")
        return explain(result.text.replace(f"{self.work.directory}/", ""), result.exit_code, self.mask)


async def _late(step: StepName, limit_s: float) -> ComposiaError:
    await anyio.sleep(limit_s)
    return TimedOut(f"{step} did not end within {limit_s:g} s")
