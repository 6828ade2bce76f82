"""A server in the tests' own process: it answers from a sample fleet and keeps what was asked of it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace

from composia.core.check import Examination
from composia.core.deployment import DeploymentState
from composia.core.intent import Drain, Pause
from composia.core.principal import Role, TokenInfo
from composia.core.status import NodeView, ServiceView, StatusReport
from composia.core.suggest import unknown
from composia.core.task import Task, TaskState
from composia.errors import ComposiaError, NotFound, NotPossible, Unauthenticated, Unavailable
from composia.plugins.api import (
    DeploymentView,
    DeployRequest,
    Drained,
    DrainRequest,
    OperateRequest,
    OutputChunk,
    PluginInfo,
    PruneRequest,
    RetryRequest,
    ScheduleView,
    ServerInfo,
    Skipped,
    Started,
)
from composia.plugins.paging import page_of, page_start
from composia.plugins.queue import DeploymentFilter, Page, TaskFilter
from composia.plugins.transport import AgentConnection, Binding, ServerConnection, Serving, Target
from composia.plugins.watching import WatchEvent, WatchRequest
from tests.cli import sample
from tests.cli.fake_accounts import FakeAccounts
from tests.cli.fake_host import FakeHost
from tests.cli.fake_logs import FakeLogs
from tests.cli.fake_repository import FakeRepository
from tests.cli.fake_usage import FakeUsage

TOKEN = "cps_1f0c9a3b7e52_secret"


@dataclass(kw_only=True)
class FakeServer(FakeHost, FakeLogs, FakeUsage, FakeAccounts, FakeRepository):
    """`events` are what a watch yields: an error among them is raised, None is a silence without end."""

    deployments: tuple[DeploymentView, ...] = sample.DEPLOYMENTS
    skipped: tuple[Skipped, ...] = ()
    output: tuple[bytes, ...] = (b"pulling\n", b"\xff\xfe done\n")
    outputs_of_later_attempts: tuple[tuple[bytes, ...], ...] = ()
    events: list[WatchEvent | ComposiaError | None] = field(default_factory=list)
    asked: list[object] = field(default_factory=list)
    refused: tuple[str, ...] = ()
    revoked: list[str] = field(default_factory=list)
    open: int = 0

    async def get_server_info(self) -> ServerInfo:
        """A version."""
        return ServerInfo(version="0.1.0", public_urls=("https://composia.test",))

    async def get_status(self, services: Sequence[str]) -> StatusReport:
        """Of those services, or of all."""
        return replace(
            sample.STATUS, services=tuple(s for s in sample.STATUS.services if not services or s.name in services)
        )

    async def list_services(self) -> tuple[ServiceView, ...]:
        """All."""
        return sample.SERVICES

    async def get_service(self, name: str) -> ServiceView:
        """One."""
        for service in sample.SERVICES:
            if service.name == name:
                return service
        raise NotFound(f"no service named {name}", hint="did you mean web?")

    async def deploy(self, request: DeployRequest) -> Started:
        """The deployments that are prepared."""
        self.asked.append(request)
        return Started(deployments=self.deployments, skipped=self.skipped)

    async def operate(self, request: OperateRequest) -> Started:
        """The deployments that are prepared."""
        self.asked.append(request)
        return Started(deployments=self.deployments, skipped=self.skipped)

    async def prune_node(self, request: PruneRequest) -> Started:
        """The deployments that are prepared."""
        self.asked.append(request)
        return Started(deployments=self.deployments)

    async def retry(self, request: RetryRequest) -> Started:
        """The deployments that are prepared."""
        self.asked.append(request)
        self._check(request.deployment)
        return Started(deployments=self.deployments)

    async def cancel_deployment(self, deployment: str) -> DeploymentView:
        """As it is prepared."""
        self.asked.append(("cancel", deployment))
        self._check(deployment)
        return await self.get_deployment(deployment)

    async def pause_deployment(self, deployment: str) -> DeploymentView:
        """As it is prepared."""
        self.asked.append(("pause", deployment))
        self._check(deployment)
        return await self.get_deployment(deployment)

    async def resume_deployment(self, deployment: str) -> DeploymentView:
        """As it is prepared."""
        self.asked.append(("resume", deployment))
        self._check(deployment)
        return await self.get_deployment(deployment)

    async def cancel_task(self, task: str) -> Task:
        """As it is prepared."""
        self.asked.append(("cancel", task))
        return await self.get_task(task)

    async def resolve_task(self, task: str, state: TaskState) -> Task:
        """In that state."""
        self.asked.append(("resolve", task, state))
        return replace(await self.get_task(task), state=state)

    async def list_deployments(self, which: DeploymentFilter, limit: int, after: str) -> Page[DeploymentView]:
        """Newest first."""
        start = page_start(limit, after)
        found = [
            (view.deployment.sequence, view)
            for view in reversed(self.deployments)
            if view.deployment.sequence < start
            and (not which.services or view.deployment.service in which.services)
            and not (which.open_only and view.deployment.state.final)
        ]
        return page_of(found, limit)

    async def get_deployment(self, deployment: str) -> DeploymentView:
        """One."""
        for view in self.deployments:
            if view.deployment.id == deployment:
                return view
        raise NotFound(f"no deployment {deployment}")

    async def list_tasks(self, which: TaskFilter, limit: int, after: str) -> Page[Task]:
        """Newest first."""
        start = page_start(limit, after)
        found = [
            (task.sequence, task)
            for task in sorted(self._tasks(), key=lambda task: -task.sequence)
            if task.sequence < start
            and (not which.services or task.service in which.services)
            and (not which.nodes or task.node in which.nodes)
            and (not which.states or task.state in which.states)
            and (not which.kinds or task.kind in which.kinds)
        ]
        return page_of(found, limit)

    async def get_task(self, task: str) -> Task:
        """One."""
        for found in self._tasks():
            if found.id == task:
                return found
        raise NotFound(f"no task {task}")

    async def task_output(self, task: str, *, follow: bool, attempt: int, offset: int) -> AsyncIterator[OutputChunk]:
        """The output that is prepared."""
        self.asked.append((task, follow, attempt, offset))
        for number, pieces in enumerate((self.output, *self.outputs_of_later_attempts), 1):
            for data in pieces if number >= attempt else ():
                yield OutputChunk(attempt=number, offset=offset, data=data)
                offset += len(data)

    async def list_nodes(self) -> tuple[NodeView, ...]:
        """Both."""
        return sample.STATUS.nodes

    async def get_node(self, name: str) -> NodeView:
        """One."""
        for view in sample.STATUS.nodes:
            if view.node.name == name:
                return view
        raise NotFound(f"no node named {name}")

    async def drain_node(self, request: DrainRequest) -> Drained:
        """As if it were drained now."""
        self.asked.append(("drain", request.node))
        drain = Drain(node=request.node, since_ms=sample.NOON_MS, by="ada")
        return Drained(node=replace(await self.get_node(request.node), drain=drain), started=Started(deployments=()))

    async def pause_node(self, name: str) -> NodeView:
        """As if it were paused now."""
        self.asked.append(("pause", name))
        pause = Pause(node=name, since_ms=sample.NOON_MS, by="ada")
        return replace(await self.get_node(name), pause=pause)

    async def examine(self, nodes: Sequence[str]) -> Examination:
        """As prepared."""
        self.asked.append(("examine", tuple(nodes)))
        return sample.EXAMINATION

    async def list_schedules(self) -> tuple[ScheduleView, ...]:
        """As prepared."""
        return sample.SCHEDULES

    async def run_schedule(self, name: str) -> ScheduleView:
        """As if it had run now."""
        self.asked.append(("schedule", name))
        for schedule in sample.SCHEDULES:
            if schedule.name == name:
                return schedule
        raise unknown("schedule", name, [schedule.name for schedule in sample.SCHEDULES])

    async def resume_node(self, name: str) -> NodeView:
        """As if it were not."""
        self.asked.append(("resume", name))
        return replace(await self.get_node(name), drain=None)

    async def list_plugins(self) -> tuple[PluginInfo, ...]:
        """All."""
        return sample.PLUGINS

    async def create_token(self, role: Role, node: str) -> tuple[TokenInfo, str]:
        """Always the same one."""
        return replace(sample.TOKENS[1], role=role, node=node), "cps_2f0c9a3b7e52_new"

    async def create_join_token(self, node: str, ttl_s: float, uses: int) -> tuple[TokenInfo, str]:
        """Always the same one."""
        self.asked.append((node, ttl_s, uses))
        return replace(sample.JOIN_TOKEN, node=node, uses=uses), "cpj1_c3RyaW5n"

    async def list_tokens(self) -> tuple[TokenInfo, ...]:
        """Those that are not revoked."""
        return tuple(token for token in sample.TOKENS if token.id not in self.revoked)

    async def revoke_token(self, token: str) -> TokenInfo:
        """End one."""
        for known in await self.list_tokens():
            if known.id == token:
                self.revoked.append(token)
                return known
        raise NotFound(f"no token {token}", hint="composia token list")

    async def watch(self, request: WatchRequest) -> AsyncIterator[WatchEvent]:
        """The events that are prepared, one after the other, over all watches."""
        self.asked.append(request)
        while self.events:
            event = self.events.pop(0)
            if event is None:
                await asyncio.Event().wait()
            elif isinstance(event, ComposiaError):
                raise event
            else:
                yield event

    async def close(self) -> None:
        """A client is gone."""
        self.open -= 1

    def _check(self, deployment: str) -> None:
        if deployment in self.refused:
            raise NotPossible("it is failed", where=f"deployment {deployment}")

    def _tasks(self) -> list[Task]:
        return [task for view in self.deployments for task in view.tasks]


@dataclass(kw_only=True)
class FakeTransport:
    """Connects to the one server there is, whoever shows its token. `away` is how many times it does not answer, once
    the first watch was asked for."""

    server: FakeServer
    away: int = 0
    targets: list[Target] = field(default_factory=list)

    async def connect_server(self, target: Target) -> ServerConnection:
        """The server; `Unauthenticated` for another token."""
        self.targets.append(target)
        if target.token != TOKEN:
            raise Unauthenticated("this token is not known or was revoked", hint="composia token create")
        if self.away and any(isinstance(asked, WatchRequest) for asked in self.server.asked):
            self.away -= 1
            raise Unavailable("connection refused")
        self.server.open += 1
        return self.server

    async def connect_agent(self, target: Target) -> AgentConnection:
        """The command line is no agent."""
        raise NotImplementedError

    async def serve(self, binding: Binding) -> Serving:
        """The command line serves nothing."""
        raise NotImplementedError


def ended(view: DeploymentView, state: DeploymentState, *tasks: Task) -> WatchEvent:
    """The event that a deployment has ended, with its tasks as they are then."""
    return WatchEvent(cursor="e:9", deployments=(replace(view.deployment, state=state),), tasks=tasks)
