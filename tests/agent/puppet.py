"""An executor that a test moves by hand."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

import anyio

from composia.builtin_plugins.simulated.exec import Commands
from composia.core.check import Check, CheckResult
from composia.core.container import Container
from composia.core.host_object import ContainerSize, Image, Network, Volume
from composia.core.node import NodeFacts
from composia.core.session import Attempt
from composia.core.task import TaskError
from composia.core.tunnel import ExecTarget
from composia.core.usage import ContainerUsages, DockerUsage
from composia.errors import ComposiaError
from composia.plugins.executor import Outcome, Supervision, Work
from composia.plugins.executor_seeing import EngineEvent
from composia.plugins.executor_talking import Command, LogLines
from tests.agent.printed import Printed

FACTS = NodeFacts(os="Debian", cpus=2, docker_version="28")
CANCELLED = Outcome(error=TaskError(code="cancelled", message="a person ended it", where="web"))


@dataclass(kw_only=True)
class Puppet:
    """Each attempt works until the test ends it or it is cancelled. `outcomes` are ends that are known before."""

    containers: tuple[Container, ...] = ()
    silence: ComposiaError | None = None
    look_s: float = 0.0
    refusal: Exception | None = None
    lacking: str = ""
    host: NodeFacts = FACTS
    outcomes: dict[str, Outcome | Exception] = field(default_factory=dict)
    begun: list[Work] = field(default_factory=list)
    working: dict[Attempt, Supervision] = field(default_factory=dict)
    lingers_s: float = 0.0
    most_at_once: int = 0
    looked: int = 0
    used: ContainerUsages = field(default_factory=ContainerUsages)
    on_disk: DockerUsage = field(default_factory=DockerUsage)
    read: int = 0
    printed: dict[str, Printed] = field(default_factory=dict)
    commands: Commands = field(default_factory=Commands)
    left_behind_ended: int = 0
    left_behind_done: bool = False
    answers: asyncio.Event = field(default_factory=asyncio.Event)
    _listeners: list[asyncio.Queue[EngineEvent | ComposiaError]] = field(default_factory=list)
    _ends: dict[Attempt, asyncio.Future[Outcome]] = field(default_factory=dict)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, work: Work, supervision: Supervision) -> Outcome:
        self.begun.append(work)
        self.working[work.attempt] = supervision
        self.most_at_once = max(self.most_at_once, len(self.working))
        end = self._ends.setdefault(work.attempt, asyncio.get_running_loop().create_future())
        self._note()
        try:
            known = self.outcomes.get(work.order.service)
            if isinstance(known, Exception):
                raise known
            return known or await self._work(end, supervision)
        finally:
            del self.working[work.attempt]
            self._note()

    async def _work(self, end: asyncio.Future[Outcome], supervision: Supervision) -> Outcome:
        cancelled = asyncio.ensure_future(supervision.cancelled())
        try:
            await asyncio.wait((end, cancelled), return_when=asyncio.FIRST_COMPLETED)
        finally:
            cancelled.cancel()
        if end.done():
            return end.result()
        await anyio.sleep(self.lingers_s)
        return CANCELLED

    def end(self, attempt: Attempt, outcome: Outcome | None = None) -> None:
        self._ends[attempt].set_result(outcome or Outcome())

    async def until_working(self, *attempts: Attempt) -> None:
        with anyio.fail_after(100):
            while self.working.keys() != set(attempts):
                await self._changed.wait()

    async def inventory(self) -> tuple[Container, ...]:
        self.looked += 1
        self._note()
        containers = self.containers
        await anyio.sleep(self.look_s)
        if self.silence is not None:
            raise self.silence
        return containers

    async def events(self) -> AsyncGenerator[EngineEvent]:
        """What `tell` says."""
        if self.silence is not None:
            raise self.silence
        events: asyncio.Queue[EngineEvent | ComposiaError] = asyncio.Queue()
        self._listeners.append(events)
        self._note()
        try:
            yield EngineEvent()
            while not isinstance(event := await events.get(), ComposiaError):
                yield event
            raise event
        finally:
            self._listeners.remove(events)

    def tell(self, event: EngineEvent | ComposiaError) -> None:
        """An event of the engine, or the end of its stream, to all who listen."""
        for listener in self._listeners:
            listener.put_nowait(event)

    async def usage(self) -> ContainerUsages:
        self.read += 1
        self._note()
        if self.refusal is not None:
            raise self.refusal
        if self.silence is not None:
            raise self.silence
        return self.used

    async def disk(self) -> DockerUsage:
        if self.refusal is not None:
            raise self.refusal
        if self.silence is not None:
            raise self.silence
        return self.on_disk

    async def exec(self, target: ExecTarget) -> Command:
        """In a simulated container."""
        if self.refusal is not None:
            raise self.refusal
        return self.commands.start(target, self.containers)

    async def end_left_behind(self) -> None:
        self.left_behind_ended += 1
        if self.silence is not None:
            raise self.silence
        self.left_behind_done = True

    async def images(self) -> tuple[Image, ...]:
        await self.answers.wait()
        if self.silence is not None:
            raise self.silence
        return (Image(id="i"),)

    async def volumes(self) -> tuple[Volume, ...]:
        if self.refusal is not None:
            raise self.refusal
        return (Volume(name="v"),)

    async def container_sizes(self) -> tuple[ContainerSize, ...]:
        return (ContainerSize(id="c", size_bytes=7),)

    async def networks(self) -> tuple[Network, ...]:
        return (Network(id="n", name="n"),)

    def logs(
        self, container_id: str, *, since_ns: int = 0, until_ns: int = 0, tail: int = 0, follow: bool = False
    ) -> AsyncGenerator[LogLines]:
        """What the test lets that container print."""
        return self.printed.setdefault(container_id, Printed()).read(since_ns, tail, follow=follow)

    async def until_looked(self, times: int) -> None:
        with anyio.fail_after(100):
            while self.looked < times:
                await self._changed.wait()

    async def until_listened_to(self) -> None:
        with anyio.fail_after(100):
            while not self._listeners:
                await self._changed.wait()

    async def problem(self) -> str:
        return self.lacking

    async def checks(self) -> tuple[Check, ...]:
        return (Check(name="docker", result=CheckResult.OK, text="a puppet"),)

    async def facts(self) -> NodeFacts:
        return self.host

    async def close(self) -> None:
        raise AssertionError("who opened it closes it")

    def _note(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
