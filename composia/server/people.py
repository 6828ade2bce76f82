"""What people and their tools may ask: the control plane's side of `ServerApi`, bound to one caller."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial

from composia._version import __version__
from composia.core.check import Examination
from composia.core.container_log import LogPage, LogsQuery
from composia.core.deployment import Deployment
from composia.core.host_object import ContainerSize, Image, Network, Volume
from composia.core.service import Definition
from composia.core.session import Subject
from composia.core.status import NodeView, ServiceView, StatusReport
from composia.core.suggest import unknown
from composia.core.task import Task, TaskState
from composia.core.tunnel import ExecInput, ExecOutput
from composia.core.usage import NodeUsage, Series, UsageQuery
from composia.errors import Invalid
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
    Started,
)
from composia.plugins.queue import DeploymentFilter, Page, Stored, TaskFilter
from composia.plugins.watching import WatchEvent, WatchRequest
from composia.server.checks import examine
from composia.server.deploy import deploy
from composia.server.draining import drain
from composia.server.every_page import tasks_of
from composia.server.exec import run_command
from composia.server.explain import explain
from composia.server.naming import NO_NODE, Kind, named
from composia.server.operate import operate
from composia.server.output import follow_output
from composia.server.page_size import page_size
from composia.server.people_accounts import PeopleAccounts
from composia.server.people_repository import PeopleRepository
from composia.server.prune import prune
from composia.server.read_logs import read_logs
from composia.server.retry import retry
from composia.server.scheduled import carry_out
from composia.server.status import StatusReader
from composia.server.usage import last_usage, past_usage
from composia.server.watch import watch


@dataclass(frozen=True)
class People(PeopleAccounts, PeopleRepository):
    """The API as the caller `principal` has it."""

    async def get_server_info(self) -> ServerInfo:
        """The server's version and names."""
        return ServerInfo(
            version=__version__,
            public_urls=self.plane.public_urls,
            now_ms=self.plane.clock.now_ms(),
            readable_logs=self.plane.logs.readable_names,
        )

    # --- services

    async def get_status(self, services: Sequence[str]) -> StatusReport:
        """Services times nodes. `NotFound` for a name that neither Git nor a node knows."""
        await self.plane.board.refresh()
        report = self.plane.board.report(services)
        missing = set(services) - {service.name for service in report.services}
        for name in sorted(missing):
            raise unknown("service", name, (d.name for d in self.plane.repository.head.definitions))
        return report

    async def list_services(self) -> tuple[ServiceView, ...]:
        """All definitions at the head, each with a verdict on the nodes that it names or goes to."""
        return await self._placed(self.plane.repository.head.definitions, briefly=True)

    async def get_service(self, name: str) -> ServiceView:
        """One definition."""
        definition = self.plane.repository.head.find(name)
        if definition is None:
            raise unknown("service", name, (d.name for d in self.plane.repository.head.definitions))
        return (await self._placed((definition,)))[0]

    async def deploy(self, request: DeployRequest) -> Started:
        """Deploy services."""
        _check_request_id(request.request_id)
        plane = self.plane
        if not request.revision:
            await plane.repository.refresh()
        reading = await plane.repository.at(request.revision)
        started = await deploy(plane, request, reading, await plane.fleet(), by=self.principal.id)
        plane.reached("stored")
        return await self._told(started)

    async def operate(self, request: OperateRequest) -> Started:
        """Stop, start, restart or take down instances."""
        _check_request_id(request.request_id)
        plane = self.plane
        started = await operate(plane, request, by=self.principal.id)
        plane.reached("stored")
        return started

    async def prune_node(self, request: PruneRequest) -> Started:
        """Remove what no container uses from a node."""
        _check_request_id(request.request_id)
        return await prune(self.plane, request, by=self.principal.id)

    # --- deployments and tasks

    async def retry(self, request: RetryRequest) -> Started:
        """Do again what did not succeed."""
        _check_request_id(request.request_id)
        kind: Kind = "task" if request.task else "deployment"
        asked = request.task or request.deployment
        async with named(kind, asked, self.plane.queue) if asked else nullcontext():
            started = await retry(self.plane, request, by=self.principal.id)
        return await self._told(started)

    async def cancel_deployment(self, deployment: str) -> DeploymentView:
        """End every open task of a deployment, or have it ended."""
        async with named("deployment", deployment, self.plane.queue):
            return await self._shown(
                await self.plane.queue.cancel_deployment(deployment, self.principal.id, self.plane.clock.now_ms())
            )

    async def pause_deployment(self, deployment: str) -> DeploymentView:
        """Let no further task of a deployment begin."""
        async with named("deployment", deployment, self.plane.queue):
            return await self._shown(
                await self.plane.queue.pause(deployment, self.principal.id, self.plane.clock.now_ms())
            )

    async def resume_deployment(self, deployment: str) -> DeploymentView:
        """Let a paused deployment go on."""
        async with named("deployment", deployment, self.plane.queue):
            return await self._shown(
                await self.plane.queue.resume(deployment, self.principal.id, self.plane.clock.now_ms())
            )

    async def cancel_task(self, task: str) -> Task:
        """End a task, or have it ended."""
        async with named("task", task, self.plane.queue):
            return await self.plane.queue.cancel_task(task, self.principal.id, self.plane.clock.now_ms())

    async def resolve_task(self, task: str, state: TaskState) -> Task:
        """Say how a lost task ended."""
        async with named("task", task, self.plane.queue):
            return await self.plane.queue.resolve(task, state, self.principal.id, self.plane.clock.now_ms())

    async def list_deployments(self, which: DeploymentFilter, limit: int, after: str) -> Page[DeploymentView]:
        """Deployments with their tasks, newest first."""
        page = await self.plane.queue.deployments(which, page_size(limit), after)
        views = [await self._view(deployment) for deployment in page.items]
        return Page(items=await self._with_commits(views), next=page.next)

    async def get_deployment(self, deployment: str) -> DeploymentView:
        """One deployment with its tasks."""
        async with named("deployment", deployment, self.plane.queue):
            view = await self._view(await self.plane.queue.deployment(deployment))
        return (await self._with_commits((view,)))[0]

    async def list_tasks(self, which: TaskFilter, limit: int, after: str) -> Page[Task]:
        """Tasks, newest first."""
        page = await self.plane.queue.tasks(which, page_size(limit), after)
        return Page(items=await self._explain(page.items), next=page.next)

    async def get_task(self, task: str) -> Task:
        """One task."""
        async with named("task", task, self.plane.queue):
            return (await self._explain((await self.plane.queue.task(task),)))[0]

    async def task_output(self, task: str, *, follow: bool, attempt: int, offset: int) -> AsyncIterator[OutputChunk]:
        """The output of a task's attempts from a point on, and what is still to come."""
        if attempt < 0 or offset < 0:
            raise Invalid("output begins at attempt 1 and offset 0", where=f"attempt {attempt}, offset {offset}")
        async with named("task", task, self.plane.queue):
            async for chunk in follow_output(
                task, self.plane.queue, self.plane.output, follow=follow, attempt=attempt, offset=offset
            ):
                yield chunk

    def watch(self, request: WatchRequest) -> AsyncIterator[WatchEvent]:
        """A snapshot, then changes."""
        return watch(request, self.plane)

    # --- nodes

    async def list_nodes(self) -> tuple[NodeView, ...]:
        """All nodes."""
        await self.plane.board.refresh()
        return self.plane.board.nodes()

    async def get_node(self, name: str) -> NodeView:
        """One node."""
        await self.plane.board.refresh()
        view = self.plane.board.node(name)
        if view is None:
            raise unknown("node", name, self.plane.board.node_names(), otherwise=NO_NODE)
        return view

    async def drain_node(self, request: DrainRequest) -> Drained:
        """Place nothing new on a node, and move away what may move."""
        _check_request_id(request.request_id)
        await self.get_node(request.node)
        started = await drain(self.plane, request, by=self.principal.id)
        return Drained(node=await self.get_node(request.node), started=await self._told(started))

    async def resume_node(self, name: str) -> NodeView:
        """Let services be placed on a node again."""
        await self.get_node(name)
        await self.plane.queue.undrain(name, self.principal.id, self.plane.clock.now_ms())
        await self.plane.queue.resume_node(name, self.principal.id, self.plane.clock.now_ms())
        self.plane.dispatcher.wake(name)
        return await self.get_node(name)

    async def pause_node(self, name: str) -> NodeView:
        """Let no task begin on a node."""
        await self.get_node(name)
        await self.plane.queue.pause_node(name, self.principal.id, self.plane.clock.now_ms())
        return await self.get_node(name)

    # --- schedules

    async def list_schedules(self) -> tuple[ScheduleView, ...]:
        """All schedules."""
        return self.plane.schedules.views()

    async def run_schedule(self, name: str) -> ScheduleView:
        """Do now what a schedule does."""
        return await self.plane.schedules.run_now(name, partial(carry_out, self.plane), by=self.principal.id)

    async def list_images(self, node: str) -> tuple[Image, ...]:
        """The images that a node has now."""
        await self.get_node(node)
        return (await self.plane.queries.ask(node, Subject.IMAGES)).images

    async def list_volumes(self, node: str) -> tuple[Volume, ...]:
        """The volumes that a node has now."""
        await self.get_node(node)
        return (await self.plane.queries.ask(node, Subject.VOLUMES)).volumes

    async def list_networks(self, node: str) -> tuple[Network, ...]:
        """The networks that a node has now."""
        await self.get_node(node)
        return (await self.plane.queries.ask(node, Subject.NETWORKS)).networks

    async def list_container_sizes(self, node: str) -> tuple[ContainerSize, ...]:
        """How much the containers of a node have written by now."""
        await self.get_node(node)
        return (await self.plane.queries.ask(node, Subject.CONTAINER_SIZES)).container_sizes

    # --- containers

    def exec(self, inputs: AsyncIterator[ExecInput]) -> AsyncIterator[ExecOutput]:
        """Run a command in a container."""
        return run_command(self.plane, self.principal, inputs, lambda service: self.get_status((service,)))

    def read_logs(self, query: LogsQuery) -> AsyncIterator[LogPage]:
        """Lines of containers."""
        return read_logs(self.plane, query, self.get_status)

    async def examine(self, nodes: Sequence[str]) -> Examination:
        """Check the server and its nodes."""
        return await examine(self.plane, nodes)

    async def get_usage(self, nodes: Sequence[str]) -> tuple[NodeUsage, ...]:
        """The last readings of these nodes, or of all."""
        return await last_usage(self.plane, nodes)

    async def query_usage(self, query: UsageQuery) -> tuple[Series, ...]:
        """What is kept of past readings."""
        return await past_usage(self.plane, query)

    # --- plugins

    async def list_plugins(self) -> tuple[PluginInfo, ...]:
        """All plugins that were found, the broken ones too."""
        return self.plane.plugins

    async def _placed(self, definitions: Sequence[Definition], *, briefly: bool = False) -> tuple[ServiceView, ...]:
        """Definitions with their placement."""
        reader = StatusReader(await self.plane.fleet(), self.plane.sightings)
        catalog = self.plane.repository.head
        return tuple(reader.service(definition, catalog, briefly=briefly) for definition in definitions)

    async def _view(self, deployment: Deployment) -> DeploymentView:
        tasks = await tasks_of(self.plane.queue, TaskFilter(deployment=deployment.id))
        return DeploymentView(deployment=deployment, tasks=await self._explain(tuple(tasks)))

    async def _shown(self, stored: Stored) -> DeploymentView:
        view = DeploymentView(deployment=stored.deployment, tasks=await self._explain(stored.tasks))
        return (await self._with_commits((view,)))[0]

    async def _told(self, started: Started) -> Started:
        return replace(started, deployments=await self._with_commits(started.deployments))

    async def _with_commits(self, views: Iterable[DeploymentView]) -> tuple[DeploymentView, ...]:
        """The views, each with its commit."""
        told = tuple(views)
        commits = await self.plane.repository.commits.of(view.deployment for view in told)
        return tuple(replace(view, commit=commits.get(view.deployment.id)) for view in told)

    async def _explain(self, tasks: tuple[Task, ...]) -> tuple[Task, ...]:
        """The tasks, each that waits with the reason why."""
        plane = self.plane
        return await explain(tasks, plane.queue, plane.sessions, plane.dispatcher.held, plane.clock.now_ms())


def _check_request_id(request_id: str) -> None:
    if not request_id or len(request_id) > 128:
        raise Invalid("a request that changes something needs a request_id of 1 to 128 characters")
