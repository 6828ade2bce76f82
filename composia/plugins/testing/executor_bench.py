"""What the contract of an executor needs: work to be done, somebody to supervise it, and another process that does it."""

import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import Any

import anyio
import msgspec
import pytest

from composia.clock import SystemClock
from composia.core.container import Container
from composia.core.release import Release
from composia.core.service import HealthPolicy
from composia.core.session import Attempt
from composia.core.step import StepName, StepState, StepTimeout, Timeouts
from composia.core.task import Order, PruneTarget, TaskKind
from composia.errors import ComposiaError
from composia.plugins.executor import Executor, Outcome, Work
from composia.plugins.provider import Context, Provider

SECRET = "correct-horse-battery"  # noqa: S105 - it must not be seen anywhere
LAST_WORDS = "these were its last words"
PATIENCE_S = 90.0
PUBLISHED = 18_080
PRINTED = ((b"first", False), (b"", False), (b"to the other", True), (b"second", False), (b"again", True))
"""Lines, and whether they go to stderr."""
TICK = b"tick"


class Behaviour(StrEnum):
    """What a service `web` does. An implementation writes a Compose file for each."""

    RUNS = "runs"
    """No healthcheck; mounts ./page.txt."""
    RUNS_CHANGED = "runs_changed"
    """The same, with another image."""
    THRICE = "thrice"
    """The same as RUNS without the page, in three containers by `deploy.replicas`."""
    PUBLISHES = "publishes"
    """Publishes 8080 as PUBLISHED on 127.0.0.1."""
    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    FINISHES = "finishes"
    EXITS = "exits"
    """Prints LAST_WORDS and the value of its variable PASSWORD, which is SECRET, and exits with 3."""
    CRASHES = "crashes"
    """The same again and again."""
    SLOW = "slow"
    """To bring it up takes several seconds; then it runs."""
    SLOWER = "slower"
    """The same, and it takes eleven seconds at least."""
    SLOW_EXITS = "slow_exits"
    """To bring it up takes several seconds; then it exits with 3."""
    PRINTS = "prints"
    """Prints PRINTED at its start, then TICK ten times a second."""
    BROKEN = "broken"
    """No valid Compose file."""


class Supervisor:
    """Remembers the steps, and asks for the end when told so."""

    def __init__(self) -> None:
        self.steps: list[tuple[StepName, StepState]] = []
        self.running: StepName | None = None
        self.lines: list[str] = []
        self._asked = anyio.Event()

    def cancel(self) -> None:
        """A person asks for the end."""
        self._asked.set()

    @asynccontextmanager
    async def step(self, name: StepName) -> AsyncIterator[None]:
        """As `Supervision` says."""
        self.running = name
        try:
            yield
        except ComposiaError:
            self.steps.append((name, StepState.FAILED))
            raise
        self.steps.append((name, StepState.SUCCEEDED))

    async def skip(self, name: StepName, note: str) -> None:
        """As `Supervision` says."""
        assert note
        self.steps.append((name, StepState.SKIPPED))

    def say(self, line: str) -> None:
        """As `Supervision` says."""
        self.lines.append(line)

    async def cancelled(self) -> None:
        """As `Supervision` says."""
        await self._asked.wait()


@dataclass(kw_only=True)
class Bench:
    """An executor under test. `plugin` is the module of its plugin, `definitions` a Compose file for each behaviour,
    `coming_up` tells that the work is in the middle of `up`, `ups` how often the project was brought up."""

    plugin: str
    config: Mapping[str, Any]
    root: Path
    project: str
    definitions: Mapping[Behaviour, str]
    coming_up: Callable[[Work], bool]
    ups: Callable[[], int]
    attempts: int = field(default=0, init=False)

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Executor]:
        """The executor, as the agent would open it."""
        executor = await open_executor(self.plugin, self.config, self.root / "data")
        try:
            yield executor
        finally:
            await executor.close()

    def work(
        self,
        kind: TaskKind = TaskKind.DEPLOY,
        behaviour: Behaviour | None = None,
        *,
        last: Release | None = None,
        health: HealthPolicy | None = None,
        limits: Mapping[StepName, float] | None = None,
        prune: tuple[PruneTarget, ...] = (),
    ) -> Work:
        """A new attempt; with a behaviour, its file is in the service directory now. `limits` of its steps, in seconds."""
        directory = self.root / "service"
        directory.mkdir(exist_ok=True)
        if behaviour is not None:
            (directory / "compose.yaml").write_text(self.definitions[behaviour])
        if not (directory / "page.txt").exists():
            (directory / "page.txt").write_text("a page\n")
        self.attempts += 1
        journal = self.root / f"attempt-{self.attempts}"
        journal.mkdir()
        output = self.root / f"output-{self.attempts}"
        output.touch()
        project = "" if kind is TaskKind.PRUNE else self.project
        return Work(
            attempt=Attempt(task="task-1", number=self.attempts),
            order=Order(
                kind=kind,
                service="" if kind is TaskKind.PRUNE else "bench",
                project=project,
                revision="4f1c",
                bundle="sha256:b0",
                compose_files=("compose.yaml",),
                health=health or HealthPolicy(deadline_s=30.0, stable_for_s=0.5),
                timeouts=Timeouts(
                    task_s=60.0,
                    steps=tuple(StepTimeout(step=step, seconds=limit) for step, limit in (limits or {}).items()),
                ),
                prune=prune,
            ),
            node="node-a",
            project=project,
            directory=directory,
            bundle_files=("compose.yaml", "page.txt"),
            journal=journal,
            output=output,
            last=last,
        )

    def in_another_process(self, work: Work) -> subprocess.Popen[bytes]:
        """An agent, so to speak, that does this work and may be killed."""
        given = {"plugin": self.plugin, "config": self.config, "data": str(self.root / "data")}
        words = [json.dumps(given), msgspec.json.encode(work, enc_hook=str).decode()]
        return subprocess.Popen([sys.executable, "-m", "composia.plugins.testing.executor_process", *words])

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for it; a failure when it does not come true."""
        with anyio.fail_after(PATIENCE_S):
            while not condition():  # noqa: ASYNC110 - what is waited for is outside of this process
                await anyio.sleep(0.01)


async def open_executor(plugin: str, config: Mapping[str, Any], data: Path) -> Executor:
    """Open the executor that a plugin registers."""
    provider: Provider[Executor] = import_module(plugin).composia_executor()
    return await provider.open(msgspec.convert(config, provider.config), Context(data=data, clock=SystemClock()))


class Contract:
    """What the parts of the contract share."""

    pytestmark = pytest.mark.anyio

    @pytest.fixture
    def anyio_backend(self) -> str:
        """Executors run on asyncio."""
        return "asyncio"


async def done(executor: Executor, work: Work) -> Outcome:
    """The outcome of a work that nobody disturbs; by promise 9, what it has seen is what there is."""
    outcome = await executor.run(work, Supervisor())
    if outcome.seen is not None:
        there = tuple(c for c in await executor.inventory() if c.project == work.project)
        assert outcome.seen.containers == there
    return outcome


async def released(executor: Executor, work: Work) -> Release:
    """The good release of a work."""
    outcome = await done(executor, work)
    assert outcome.error is None
    assert outcome.release is not None
    assert outcome.release.good
    return outcome.release


async def own(executor: Executor, bench: Bench) -> dict[str, Container]:
    """The project's containers by service."""
    return {c.service: c for c in await executor.inventory() if c.project == bench.project}
