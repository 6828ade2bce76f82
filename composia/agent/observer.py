"""What is on this node: its containers, its service directories and how the host is doing."""

import logging
from dataclasses import replace
from pathlib import Path

import anyio
import anyio.abc
import anyio.to_thread

from composia.agent.bell import Bell
from composia.agent.containers import Containers
from composia.agent.edits import Edits
from composia.agent.host import Host, disk_problem
from composia.agent.listening import Listening
from composia.agent.picture import Picture
from composia.agent.shared import Shared
from composia.core.container import Container
from composia.core.node import NodeFacts, NodeStatus, Workspace
from composia.core.restarts import Restarts
from composia.core.task import Order
from composia.errors import ComposiaError
from composia.plugins.executor import Executor, Outcome, Seen

log = logging.getLogger(__name__)

HEARTBEAT_S = 5.0
"""How often it looks before a server has said how often it wants to hear."""

STORM_S = 0.1
"""However much happens, containers are not looked at more often than that."""

REST = 3
"""After a look for news there is none for so many times as long as it took: an engine at work pays for looks with time of its
work."""

LONGEST_REST_S = 0.5
"""No rest is longer."""

QUIET_S = 0.5
"""How long nothing has to happen until all is looked at once more."""


class Observer:
    """Keeps the last picture, and rings the bell when one differs in more than the host's load.

    With a project prefix it speaks only of containers of such projects. While the engine does not answer, the
    containers are those last seen, and the status says why, and since when.
    """

    def __init__(self, executor: Executor, edits: Edits, host: Host, bell: Bell, prefix: str, data: Path) -> None:
        self.picture = Picture()
        self._facts: NodeFacts | None = None
        self._every_s = HEARTBEAT_S
        self._paced = Bell()
        self._executor = executor
        self._edits = edits
        self._host = host
        self._bell = bell
        self._prefix = prefix
        self._data = data
        self._listening = Listening(executor)
        self._restarts = Restarts()
        self._of_engine = ""
        self._of_host = ""
        self._seen = Containers()
        self._ends = 0
        self._containers = Shared(self._look_at_containers)
        self._rest = Shared(self._look_at_the_rest)

    async def run(self, *, task_status: anyio.abc.TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        """Look at what happens, and at everything again and again; it has started once it has looked."""
        await self.look()
        task_status.started()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._look_at_news, name="looks at news")
            tasks.start_soon(self._listening.run, name="listening")
            while True:
                paced = self._paced.next
                with anyio.move_on_after(self._every_s):
                    await paced.wait()
                await self.look()

    def pace(self, every_s: float) -> None:
        """Look as often as a server wants to hear."""
        if every_s != self._every_s:
            self._every_s = every_s
            self._paced.ring()

    def news_of_host(self) -> NodeFacts | None:
        """The facts of a host on which a problem has just passed, told once: it may have other versions now, or any."""
        facts, self._facts = self._facts, None
        return facts

    def status_now(self) -> NodeStatus:
        """The host's status with the time that it is."""
        return replace(self.picture.status, now_ms=self._host.now_ms())

    async def look(self) -> None:
        """Take a picture now, or wait for one that others have asked for and that has not been begun yet."""
        await self._containers.done()
        await self._rest.done()

    async def see_end(self, order: Order, outcome: Outcome) -> None:
        """Show what an attempt has left, before its end is told. What it saw itself is not asked for once more."""
        if outcome.error is not None or outcome.seen is None or self.picture.status.blind_since_ms:
            await self.look()
            return
        own = await anyio.to_thread.run_sync(self._edits.look_at, order.service)
        self._ends += 1
        others = (workspace for workspace in self.picture.workspaces if workspace.service != order.service)
        workspaces = tuple(sorted((*others, *own), key=lambda workspace: workspace.service))
        self._seen.take_project(self._prefix + order.project, outcome.seen)
        await self._put(replace(self.picture, containers=self._containers_now(), workspaces=workspaces))

    async def _look_at_news(self) -> None:
        """One look at a time; what happens meanwhile is seen by the next one. When all is quiet again, one more: an engine may
        not be done yet with what it has told."""
        news, heard = self._listening.news.next, False
        while True:
            with anyio.move_on_after(QUIET_S if heard else None):
                await news.wait()
            heard = news.is_set()
            news = self._listening.news.next
            begun = anyio.current_time()
            await self._containers.done()
            rest_s = min(REST * (anyio.current_time() - begun), LONGEST_REST_S)
            await anyio.sleep(max(rest_s, begun + STORM_S - anyio.current_time()))

    async def _look_at_containers(self) -> None:
        now_ms, at_s = self._host.now_ms(), anyio.current_time()
        try:
            containers = await self._executor.inventory()
        except ComposiaError as error:
            self._of_engine = "; ".join(filter(None, (str(error), error.hint)))
            await self._show(self.picture.containers, blind_since_ms=self.picture.status.blind_since_ms or now_ms)
            return
        if self.picture.status.blind_since_ms:
            self._of_engine = await self._executor.problem()
        self._seen.take(Seen(at_s=at_s, containers=containers))
        await self._show(self._containers_now())

    async def _look_at_the_rest(self) -> None:
        if not self.picture.status.blind_since_ms:
            self._of_engine = await self._executor.problem()
        self._of_host = await anyio.to_thread.run_sync(disk_problem, self._data)
        status = await anyio.to_thread.run_sync(self._host.status, "")
        workspaces = await self._look_at_workspaces()
        blind_since_ms = self.picture.status.blind_since_ms
        await self._put(
            Picture(
                status=replace(status, problem=self._problem, blind_since_ms=blind_since_ms),
                containers=self.picture.containers,
                workspaces=workspaces,
            )
        )

    def _containers_now(self) -> tuple[Container, ...]:
        mine = (container for container in self._seen.now if container.project.startswith(self._prefix))
        return self._restarts.noted(mine, self._host.now_ms())

    async def _look_at_workspaces(self) -> tuple[Workspace, ...]:
        """Once more if work has ended meanwhile, whose own look is newer."""
        while True:
            ends = self._ends
            workspaces = await anyio.to_thread.run_sync(self._edits.look)
            if ends == self._ends:
                return workspaces

    async def _show(self, containers: tuple[Container, ...], *, blind_since_ms: int = 0) -> None:
        status = replace(self.picture.status, problem=self._problem, blind_since_ms=blind_since_ms)
        await self._put(replace(self.picture, status=status, containers=containers))

    @property
    def _problem(self) -> str:
        return self._of_host or self._of_engine

    async def _put(self, picture: Picture) -> None:
        last, self.picture = self.picture, picture
        before, problem = last.status.problem, picture.status.problem
        if problem and problem != before:
            log.warning("nothing can be deployed here", extra={"reason": problem})
        if picture.differs(last):
            self._bell.ring()
        if before and not problem:  # it may be another host now
            self._facts = await self._executor.facts()
            log.info("deploys are possible again", extra={"docker": self._facts.docker_version})
            self._bell.ring()
