"""The executor of a simulated node: the same steps, the same plan and the same ends as with Docker."""

import os
import platform
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager

import anyio
import anyio.to_thread

from composia.builtin_plugins.simulated.config import SimulatedConfig
from composia.builtin_plugins.simulated.definition import SimulatedService, read
from composia.builtin_plugins.simulated.ends import UNCHANGED, begin, begun_ms, left, step
from composia.builtin_plugins.simulated.events import follow
from composia.builtin_plugins.simulated.exec import Commands
from composia.builtin_plugins.simulated.health import failure, passed
from composia.builtin_plugins.simulated.logs import read_log
from composia.builtin_plugins.simulated.stock import container_sizes, image_bytes, images, networks, volumes
from composia.builtin_plugins.simulated.usage import Machine, disk, host, machine, usages
from composia.builtin_plugins.simulated.world import World, image_id
from composia.clock import Clock
from composia.core.check import Check, CheckResult
from composia.core.container import Container
from composia.core.host_object import ContainerSize, Image, Network, Volume
from composia.core.node import NodeFacts
from composia.core.plan import Action, Plan, plan
from composia.core.release import Release, ReleasedContainer
from composia.core.step import StepName
from composia.core.task import PruneTarget, TaskError, TaskKind
from composia.core.tunnel import ExecTarget
from composia.core.usage import ContainerUsages, DockerUsage, HostUsage
from composia.errors import Cancelled, ComposiaError, NotPossible, TimedOut
from composia.plugins import Context
from composia.plugins.executor import Outcome, Supervision, Work
from composia.plugins.executor_seeing import EngineEvent
from composia.plugins.executor_talking import Command, LogLines

LOOK_S = 0.02
"""How often a waiting gate looks again."""


class SimulatedExecutor:
    """An executor whose containers are lines in a file."""

    def __init__(self, world: World, clock: Clock, machine: Machine | None = None) -> None:
        self._world = world
        self._clock = clock
        self._machine = machine
        self._commands = Commands()

    @classmethod
    def opened(cls, context: Context, config: SimulatedConfig | None = None) -> "SimulatedExecutor":
        """The node whose containers are in the provider's directory."""
        config = config or SimulatedConfig()
        context.data.mkdir(parents=True, exist_ok=True)
        world = World(context.data / "containers.json")
        world.put_others(config.others, context.clock.now_ms())
        return cls(world, context.clock, machine(config, world.engine_id))

    async def run(self, work: Work, supervision: Supervision) -> Outcome:
        """Carry out one attempt."""
        try:
            if work.order.kind is TaskKind.DEPLOY:
                return await self._deploy(work, supervision)
            if work.order.kind is TaskKind.PRUNE:
                await self._prune(work, supervision)
            else:
                await self._operate(work, supervision)
        except ComposiaError as error:
            return Outcome(error=TaskError.of(error))
        return Outcome()

    async def inventory(self) -> tuple[Container, ...]:
        """All containers, sorted by name."""
        return self._world.containers(self._clock.now_ms())

    def events(self) -> AsyncGenerator[EngineEvent]:
        """What happens to containers."""
        return follow(self._world, self._clock)

    async def usage(self) -> ContainerUsages:
        """What the running containers use now."""
        now_ms = self._clock.now_ms()
        return usages(self._world.containers(now_ms), now_ms)

    async def disk(self) -> DockerUsage:
        """What its images, volumes and containers would take of the disk."""
        return self._disk(self._clock.now_ms())

    def host_elsewhere(self) -> HostUsage | None:
        """How the machine is doing; None where it is the agent's own."""
        if self._machine is None:
            return None
        now_ms = self._clock.now_ms()
        used = usages(self._world.containers(now_ms), now_ms)
        return host(self._machine, used, self._disk(now_ms), now_ms)

    def _disk(self, now_ms: int) -> DockerUsage:
        return disk(self._world, len(self._world.containers(now_ms)), now_ms)

    async def exec(self, target: ExecTarget) -> Command:
        """Start a command in a container."""
        return self._commands.start(target, self._world.containers(self._clock.now_ms()))

    async def end_left_behind(self) -> None:
        """None outlives the agent."""

    async def images(self) -> tuple[Image, ...]:
        """All images."""
        return images(self._world, self._clock.now_ms())

    async def volumes(self) -> tuple[Volume, ...]:
        """All volumes."""
        return volumes(self._world)

    async def container_sizes(self) -> tuple[ContainerSize, ...]:
        """How much all containers would have written."""
        return container_sizes(self._world, self._clock.now_ms())

    async def networks(self) -> tuple[Network, ...]:
        """All networks."""
        return networks(self._world, self._clock.now_ms())

    def logs(
        self, container_id: str, *, since_ns: int = 0, until_ns: int = 0, tail: int = 0, follow: bool = False
    ) -> AsyncGenerator[LogLines]:
        """What a container prints."""
        return read_log(
            self._world, self._clock, container_id, since_ns=since_ns, until_ns=until_ns, tail=tail, follow=follow
        )

    async def problem(self) -> str:
        """Nothing is missing here."""
        return ""

    async def facts(self) -> NodeFacts:
        """A machine with an engine that there is not."""
        own, about = platform.uname(), self._machine
        return NodeFacts(
            os="simulated",
            architecture=own.machine,
            kernel=own.release,
            cpus=about.cpus if about else os.cpu_count() or 1,
            memory_bytes=about.memory_bytes if about else os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
            docker_version="simulated",
            compose_version="simulated",
            engine_id=self._world.engine_id,
        )

    async def checks(self) -> tuple[Check, ...]:
        """That nothing here is real."""
        text = "this node is simulated, nothing runs on it"
        return (Check(name="docker", result=CheckResult.OK, text=text),)

    async def close(self) -> None:
        """Nothing is open."""

    async def _deploy(self, work: Work, supervision: Supervision) -> Outcome:
        try:
            async with self._step(work, supervision, StepName.RENDER):
                services = await anyio.to_thread.run_sync(
                    read, work.directory, work.order.compose_files, work.bundle_files
                )
        except (Cancelled, TimedOut) as error:
            raise type(error)(f"{error.message}; {UNCHANGED}") from error
        planned = self._plan(work, services)
        if begun_ms(work, StepName.UP) is None:
            for change in planned.changes:
                supervision.say(f"plan: {change}")
        await supervision.skip(StepName.PULL, "images are simulated")
        before = frozenset(container.id for container in self._seen(work))
        try:
            async with self._step(work, supervision, StepName.UP):
                await self._takes(work, max((s.simulation.up_s for s in services), default=0.0))
                done = work.journal / "up.done"
                if not done.exists():
                    self._bring_up(work, services, planned)
                    done.touch()
            async with self._step(work, supervision, StepName.HEALTH):
                health = await self._gate(work, services)
        except ComposiaError as error:
            if isinstance(error, Cancelled | TimedOut) and not error.where:
                error.message += f"; {left(self._seen(work), before)}"
            return Outcome(error=TaskError.of(error), release=self._release(work, services, good=False))
        return Outcome(release=self._release(work, services, good=True, health=health))

    def _step(self, work: Work, supervision: Supervision, name: StepName) -> AbstractAsyncContextManager[None]:
        return step(work, supervision, self._clock, name)

    def _plan(self, work: Work, services: tuple[SimulatedService, ...]) -> Plan:
        wanted = tuple(service.wanted for service in services)
        images = {one.image: image_id(one.image) for one in wanted}
        return plan(wanted=wanted, project_digest="", seen=self._seen(work), last=work.last, images=images)

    def _seen(self, work: Work) -> tuple[Container, ...]:
        return self._world.containers(self._clock.now_ms(), work.project)

    async def _takes(self, work: Work, seconds: float) -> None:
        """Wait as long as the child would run, from when it was first called for this attempt."""
        until_ms = begin(work, StepName.UP, self._clock.now_ms()) + seconds * 1000
        await anyio.sleep(max(0.0, until_ms - self._clock.now_ms()) / 1000)

    def _bring_up(self, work: Work, services: tuple[SimulatedService, ...], planned: Plan) -> None:
        now_ms, seen = self._clock.now_ms(), self._seen(work)
        by_name = {service.wanted.service: service for service in services}
        for change in planned.changes:
            there = [container for container in seen if container.service == change.service]
            service = by_name.get(change.service)
            count = service.wanted.count if service else 0
            if service and change.action in (Action.CREATE, Action.RECREATE, Action.REMOUNT, Action.ADOPT):
                kept = len(there) if change.action is Action.CREATE else 0
                for number in range(kept + 1, count + 1):
                    self._world.create(work.project, service, number, now_ms)
            elif change.action is Action.START:
                self._world.start(there, now_ms)
            elif change.action is Action.REMOVE:
                self._world.remove(there[count:])

    async def _gate(self, work: Work, services: tuple[SimulatedService, ...]) -> str:
        policy = work.order.health
        one_shots = {s.wanted.service for s in services if s.wanted.one_shot}
        says = {s.wanted.service: s.simulation.says for s in services}
        waiting: list[Container] = []
        with anyio.move_on_after(policy.deadline_s):
            while True:
                seen, now_ms = self._seen(work), self._clock.now_ms()
                for container in seen:
                    if error := failure(container, one_shots, says[container.service]):
                        raise error
                waiting = [c for c in seen if not passed(c, one_shots, policy.stable_for_s, now_ms)]
                if not waiting:
                    return f"{len(seen)} of {len(seen)} up"
                await anyio.sleep(LOOK_S)
        late = waiting[0]
        raise TimedOut(f"health is {late.health} after {policy.deadline_s:g} s", where=f"container {late.name}")

    def _release(self, work: Work, services: tuple[SimulatedService, ...], *, good: bool, health: str = "") -> Release:
        made = {container.service for container in self._seen(work)}
        return Release(
            service=work.order.service,
            node=work.node,
            task=work.attempt.task,
            revision=work.order.revision,
            bundle=work.order.bundle,
            project=work.project,
            compose_files=work.order.compose_files,
            containers=tuple(_released(service) for service in services if service.wanted.service in made),
            good=good,
            health=health,
            recorded_ms=self._clock.now_ms(),
        )

    async def _prune(self, work: Work, supervision: Supervision) -> None:
        async with self._step(work, supervision, StepName.PRUNE):
            unused = PruneTarget.UNUSED_IMAGES in work.order.prune
            images = self._world.unused_images() if unused else ()
            for image in images:
                supervision.say(f"plan: remove image {image}, {image_bytes(image) / 1e6:.1f} MB")
            for image in images:
                self._world.remove_image(image)
            supervision.say(f"{sum(map(image_bytes, images)) / 1e6:.1f} MB freed")

    async def _operate(self, work: Work, supervision: Supervision) -> None:
        kind, seen = work.order.kind, self._seen(work)
        if not seen and kind in (TaskKind.START, TaskKind.RESTART):
            raise NotPossible("it has no containers here", where=work.project, hint="deploy it")
        async with self._step(work, supervision, StepName(kind)):
            done = work.journal / f"{kind}.done"
            if done.exists():
                return
            if kind is not TaskKind.START:
                self._world.stop(seen, self._clock.now_ms())
            if kind in (TaskKind.START, TaskKind.RESTART):
                self._world.start(seen, self._clock.now_ms())
            if kind is TaskKind.DOWN:
                self._world.remove(seen)
            done.touch()


def _released(service: SimulatedService) -> ReleasedContainer:
    wanted = service.wanted
    return ReleasedContainer(
        service=wanted.service,
        config_digest=wanted.config_digest,
        files_digest=wanted.files_digest,
        config_hash=wanted.config_digest.removeprefix("sha256:"),
        image=wanted.image,
        image_id=image_id(wanted.image),
        one_shot=wanted.one_shot,
        count=wanted.count,
    )
