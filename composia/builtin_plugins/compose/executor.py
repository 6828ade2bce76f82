"""The executor: what the agent calls."""

from collections import defaultdict
from collections.abc import AsyncGenerator
from pathlib import Path

import anyio

from composia.builtin_plugins.compose.calls import Calls
from composia.builtin_plugins.compose.checks import checks
from composia.builtin_plugins.compose.config import ComposeConfig
from composia.builtin_plugins.compose.container_logs import read_log
from composia.builtin_plugins.compose.deploy import deploy
from composia.builtin_plugins.compose.disk import read_disk
from composia.builtin_plugins.compose.engine import Engine
from composia.builtin_plugins.compose.exec import Exec
from composia.builtin_plugins.compose.exec_record import ExecRecord
from composia.builtin_plugins.compose.facts import facts
from composia.builtin_plugins.compose.installed import Installed
from composia.builtin_plugins.compose.job import Job
from composia.builtin_plugins.compose.needed import NeededImages
from composia.builtin_plugins.compose.operate import operate
from composia.builtin_plugins.compose.prune import prune
from composia.builtin_plugins.compose.stock import EngineStock
from composia.builtin_plugins.compose.usage import UsageReader
from composia.clock import Clock
from composia.core.check import Check
from composia.core.container import Container
from composia.core.host_object import ContainerSize, Image, Network, Volume
from composia.core.node import NodeFacts
from composia.core.task import TaskError, TaskKind
from composia.core.tunnel import ExecTarget
from composia.core.usage import ContainerUsages, DockerUsage
from composia.errors import ComposiaError, NotPossible, TimedOut, of_the_system
from composia.plugins import Context
from composia.plugins.executor import Outcome, Supervision, Work
from composia.plugins.executor_seeing import EngineEvent
from composia.plugins.executor_talking import Command, LogLines


class ComposeExecutor:
    """Docker Compose and the engine of this host."""

    def __init__(self, config: ComposeConfig, engine: Engine, clock: Clock, data: Path) -> None:
        self._config = config
        self._engine = engine
        self._clock = clock
        self._installed = Installed(config)
        self._needed = NeededImages()
        self._stock = EngineStock(streams=engine.streams)
        self._exec = Exec(streams=engine.streams, record=ExecRecord(data / "commands"))
        self._usage = UsageReader(engine.streams)
        self._turns: defaultdict[str, anyio.Lock] = defaultdict(anyio.Lock)

    @classmethod
    def opened(cls, config: ComposeConfig, context: Context) -> "ComposeExecutor":
        """Nothing is asked of the engine yet: it may still be down."""
        engine = Engine(config.docker_host, config.engine_deadline_s)
        return cls(config, engine, context.clock, context.data)

    async def run(self, work: Work, supervision: Supervision) -> Outcome:
        """Carry out one attempt; attempts at one project take turns."""
        job = self._job(work, supervision)
        async with job.attending():
            return await self._outcome(job)

    async def inventory(self) -> tuple[Container, ...]:
        """All containers of the engine, sorted by name."""
        return await self._engine.containers()

    def events(self) -> AsyncGenerator[EngineEvent]:
        """What happens to containers."""
        return self._engine.events()

    async def usage(self) -> ContainerUsages:
        """What the running containers use now."""
        return await self._usage.read()

    async def disk(self) -> DockerUsage:
        """What Docker takes of the disk."""
        return await read_disk(self._engine.streams, self._clock)

    async def exec(self, target: ExecTarget) -> Command:
        """Start a command in a container."""
        return await self._exec.start(target)

    async def end_left_behind(self) -> None:
        """End the commands of an agent that was killed."""
        await self._exec.end_left_behind()

    async def images(self) -> tuple[Image, ...]:
        """All images."""
        return await self._stock.images()

    async def volumes(self) -> tuple[Volume, ...]:
        """All volumes."""
        return await self._stock.volumes()

    async def container_sizes(self) -> tuple[ContainerSize, ...]:
        """How much all containers have written."""
        return await self._stock.container_sizes()

    async def networks(self) -> tuple[Network, ...]:
        """All networks."""
        return await self._stock.networks()

    def logs(
        self, container_id: str, *, since_ns: int = 0, until_ns: int = 0, tail: int = 0, follow: bool = False
    ) -> AsyncGenerator[LogLines]:
        """The log of a container."""
        return read_log(
            self._engine.streams, container_id, since_ns=since_ns, until_ns=until_ns, tail=tail, follow=follow
        )

    async def facts(self) -> NodeFacts:
        """Versions and size of the host."""
        return await facts(self._installed, self._engine)

    async def problem(self) -> str:
        """Of Compose; empty when it can be called."""
        try:
            await self._installed.program()
        except (NotPossible, TimedOut) as error:
            return f"{error}; {error.hint}" if error.hint else str(error)
        return ""

    async def checks(self) -> tuple[Check, ...]:
        """What there is to say of the engine and of Compose."""
        return await checks(self._installed, self._engine)

    async def close(self) -> None:
        """Let go of the engine; children go on."""
        await self._engine.close()

    async def _outcome(self, job: Job) -> Outcome:
        try:
            async with job.turn(self._turns[job.work.project]):
                return await self._run(job)
        except ComposiaError as error:
            return Outcome(error=TaskError.of(error))
        except OSError as error:
            return Outcome(error=TaskError.of(of_the_system(error, str(job.work.journal))))
        finally:
            self._needed.forget(job.work.attempt)

    async def _run(self, job: Job) -> Outcome:
        match job.work.order.kind:
            case TaskKind.DEPLOY:
                return await deploy(job)
            case TaskKind.PRUNE:
                await prune(job)
                return Outcome()
            case _:
                return await operate(job)

    def _job(self, work: Work, supervision: Supervision) -> Job:
        calls = Calls(
            program=self._installed.program,
            journal=work.journal,
            output=work.output,
            grace_s=self._config.stop_grace_s,
        )
        return Job(
            work=work,
            supervision=supervision,
            config=self._config,
            clock=self._clock,
            engine=self._engine,
            calls=calls,
            needed=self._needed,
        )
