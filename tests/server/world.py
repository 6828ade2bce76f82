"""A control plane in memory, with a repository in a directory and agents that a test plays."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import anyio
import anyio.abc

from composia.builtin_plugins.directory.source import DirectorySource
from composia.builtin_plugins.fair import FairScheduler
from composia.builtin_plugins.memory.queue import MemoryQueue
from composia.builtin_plugins.metrics_none import NoMetrics
from composia.builtin_plugins.sessions.store import Accounts, Lifetime
from composia.builtin_plugins.spread import SpreadSelector
from composia.builtin_plugins.tokens.store import Tokens
from composia.clock import ManualClock
from composia.core.attempt import Retries
from composia.core.container import Container, ContainerState
from composia.core.node import NodeFacts, NodeStatus, Workspace
from composia.core.principal import Principal, Role
from composia.core.release import Release, ReleasedContainer
from composia.core.session import (
    Accepted,
    AgentMessage,
    Attempt,
    Finished,
    Heartbeat,
    Hello,
    Report,
    Reports,
    Run,
    ServerMessage,
)
from composia.core.task import TaskState
from composia.core.usage import HostUsage
from composia.plugins.api import DeployRequest
from composia.plugins.queue import Queue
from composia.server.agents import Agents
from composia.server.board import Board
from composia.server.bundles import BundleStore
from composia.server.callers import Callers
from composia.server.control_plane import ControlPlane
from composia.server.dispatch import Dispatcher
from composia.server.health import Health
from composia.server.joining import Joining
from composia.server.logs import Logs
from composia.server.looking import Looking
from composia.server.output import TaskOutput
from composia.server.people import People
from composia.server.queries import Queries
from composia.server.reasons import Reasons
from composia.server.repository import Repository
from composia.server.schedules import Schedules
from composia.server.sessions import Sessions
from composia.server.sightings import Sightings
from composia.server.sign_in import SigningIn
from composia.server.tunnels import Tunnels
from tests.plugins.memory_log_sink import MemoryLogSink

ADA = Principal(id="ada", role=Role.ADMIN, credential="c-ada")


@dataclass(kw_only=True)
class World:
    """A control plane and what a test does to it."""

    plane: ControlPlane
    clock: ManualClock
    repo: Path
    tasks: anyio.abc.TaskGroup
    requests: int = 0

    @property
    def people(self) -> People:
        """The API as Ada has it."""
        return People(self.plane, ADA)

    async def commit(self, service: str, *nodes: str, meta: str = "", image: str = "busybox") -> None:
        """Put a service into the repository, and sync."""
        directory = self.repo / service
        directory.mkdir(parents=True, exist_ok=True)
        listed = f"nodes: [{', '.join(nodes)}]\n" if nodes else ""
        (directory / "composia-meta.yaml").write_text(f"name: {service}\n{listed}{meta}")
        (directory / "compose.yaml").write_text(f"services: {{main: {{image: {image}}}}}\n")
        await self.plane.repository.sync()

    def request(self, *services: str, every: bool = False, changed: bool = False) -> DeployRequest:
        """A request with an id of its own."""
        self.requests += 1
        return DeployRequest(request_id=f"r{self.requests}", services=services, all=every, changed=changed)

    @asynccontextmanager
    async def agent(
        self, node: str, agent_id: str = "", *, capacity: int = 4, engine_id: str = ""
    ) -> AsyncIterator["PlayedAgent"]:
        """An agent with an open session."""
        agent = PlayedAgent(
            world=self, node=node, agent_id=agent_id or f"id-{node}", capacity=capacity, engine_id=engine_id
        )
        await agent.connect()
        try:
            yield agent
        finally:
            await agent.leave()


@dataclass(kw_only=True)
class PlayedAgent:
    """What a test does as an agent."""

    world: World
    node: str
    agent_id: str
    capacity: int = 4
    engine_id: str = ""
    heartbeats: int = 0
    attempts: tuple[Attempt, ...] = ()
    address: str = "192.0.2.7"
    answers: AsyncIterator[ServerMessage] = field(init=False)

    @property
    def api(self) -> Agents:
        """The agent's API."""
        principal = Principal(
            id=f"node:{self.node}",
            role=Role.NODE,
            credential=f"c-{self.node}",
            node=self.node,
            address=self.address,
        )
        return Agents(self.world.plane, principal)

    async def connect(self) -> None:
        """Open a session and wait for the welcome."""
        self._send, receive = anyio.create_memory_object_stream[AgentMessage](100)

        async def messages() -> AsyncIterator[AgentMessage]:
            with receive:
                async for message in receive:
                    yield message

        hello = Hello(
            node=self.node,
            agent_id=self.agent_id,
            facts=NodeFacts(version="0.1.0", engine_id=self.engine_id),
            attempts=self.attempts,
            capacity=self.capacity,
        )
        await self.send(hello)
        self.answers = self.api.session(messages())
        try:
            self.welcome = await self.hear()
        except BaseException:
            self._send.close()
            receive.close()
            raise

    async def send(self, message: AgentMessage | Report) -> None:
        """Say something; a report goes alone."""
        await self._send.send(Reports(reports=(message,)) if isinstance(message, Report) else message)

    async def hear(self) -> ServerMessage:
        """The next message of the server."""
        with anyio.fail_after(60):
            return await anext(self.answers)

    async def hear_run(self) -> Run:
        """The next order; what comes before it is passed over."""
        while not isinstance(message := await self.hear(), Run):
            pass
        return message

    async def see(
        self, *containers: Container, service: str = "web", project: str | None = None, edited: tuple[str, ...] = ()
    ) -> ServerMessage:
        """Send a heartbeat with a full picture; the project is called like the service if nothing else is said."""
        self.heartbeats += 1
        workspace = Workspace(service=service, project=service if project is None else project, edited=edited)
        await self.send(
            Heartbeat(
                number=self.heartbeats,
                status=NodeStatus(host=HostUsage(load_1m=0.5)),
                inventory=f"i{self.heartbeats}",
                containers=containers,
                workspaces=(workspace,),
                attempts=self.attempts,
            )
        )
        return await self.hear()

    async def finish(
        self, run: Run, state: TaskState = TaskState.SUCCEEDED, *, good: bool = True, count: int = 1
    ) -> None:
        """Accept an order and end it, with a release of so many containers."""
        order = run.order
        release = Release(
            service=order.service,
            node=self.node,
            task=run.attempt.task,
            revision=order.revision,
            bundle=order.bundle,
            project=order.project,
            compose_files=order.compose_files,
            containers=(ReleasedContainer(service="main", config_digest="sha256:c", count=count),),
            good=good,
        )
        await self.send(Report(attempt=run.attempt, number=1, body=Accepted()))
        await self.send(Report(attempt=run.attempt, number=2, body=Finished(state=state, release=release)))
        await self.hear()
        await self.hear()

    async def leave(self) -> None:
        """End the session as a lost connection does."""
        await self._send.aclose()
        aclose = getattr(self.answers, "aclose", None)
        assert aclose is not None
        await aclose()


def container(service: str = "web", state: ContainerState = ContainerState.RUNNING, exit_code: int = 0) -> Container:
    """A container of a service's Compose project."""
    return Container(
        id=f"{service}-id",
        name=f"{service}-main-1",
        project=service,
        service="main",
        image="busybox",
        image_id="sha256:1",
        state=state,
        exit_code=exit_code,
    )


def make_plane(directory: Path, queue: Queue, clock: ManualClock) -> ControlPlane:
    """A control plane over a queue. Its loops do not run yet."""
    repo = directory / "repo"
    repo.mkdir(exist_ok=True)
    bundles = BundleStore(directory / "bundles")
    sessions = Sessions(clock, heartbeat_s=5)
    dispatcher = Dispatcher(
        queue, FairScheduler(None), sessions, clock, server="s1", lease_s=60, retries=Retries(backoff_ms=5_000)
    )
    sightings, selector = Sightings(clock), SpreadSelector()
    repository = Repository(DirectorySource(repo, directory / "seen"), queue, bundles, clock)
    accounts = Accounts(directory / "accounts.json", clock, Lifetime(idle_ms=86_400_000, longest_ms=30 * 86_400_000))
    callers = Callers([Tokens(directory / "tokens.json", clock), accounts], clock)
    return ControlPlane(
        clock=clock,
        queue=queue,
        repository=repository,
        bundles=bundles,
        output=TaskOutput(directory / "output"),
        logs=Logs([("memory", MemoryLogSink())], clock),
        metrics=NoMetrics(),
        sessions=sessions,
        sightings=sightings,
        board=Board(queue, sightings, sessions, selector, lambda: repository.head, repository.history.behind),
        looking=Looking(sessions),
        tunnels=Tunnels(sessions),
        queries=Queries(sessions),
        dispatcher=dispatcher,
        reasons=Reasons(queue, sessions, dispatcher, clock),
        selector=selector,
        callers=callers,
        signing_in=SigningIn(callers, queue, clock, directory),
        joining=Joining(callers, queue, clock, credential_days=90),
        health=Health(queue, directory),
        schedules=Schedules((), queue, clock),
        public_urls=("https://composia.test",),
    )


@asynccontextmanager
async def make_world(directory: Path) -> AsyncIterator[World]:
    """A control plane in memory whose loops run."""
    clock, queue = ManualClock(), MemoryQueue()
    plane = make_plane(directory, queue, clock)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(plane.dispatcher.run)
        tasks.start_soon(plane.dispatcher.follow, plane.take_change)
        yield World(plane=plane, clock=clock, repo=directory / "repo", tasks=tasks)
        tasks.cancel_scope.cancel()
    await queue.close()
