"""What is on this node: its containers, its service directories and how the host is doing."""

import hashlib
import logging
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import anyio
import anyio.abc
import anyio.to_thread
import msgspec

from composia.agent.bell import Bell
from composia.agent.edits import Edits
from composia.agent.host import Host, disk_problem
from composia.core.container import Container
from composia.core.node import NodeFacts, NodeStatus, Workspace
from composia.errors import ComposiaError
from composia.plugins.executor import Executor

log = logging.getLogger(__name__)

HEARTBEAT_S = 5.0
"""How often it looks before a server has said how often it wants to hear."""


@dataclass(frozen=True, kw_only=True)
class Picture:
    """What was seen at one moment."""

    status: NodeStatus = field(default_factory=NodeStatus)
    containers: tuple[Container, ...] = ()
    workspaces: tuple[Workspace, ...] = ()

    @cached_property
    def inventory(self) -> str:
        """The digest of the lists."""
        return hashlib.sha256(msgspec.json.encode((self.containers, self.workspaces))).hexdigest()

    def differs(self, other: "Picture") -> bool:
        """Whether it shows anything else but another load of the host."""
        return (self.inventory, self.status.problem) != (other.inventory, other.status.problem)


class Observer:
    """Keeps the last picture, and rings the bell when one differs in more than the host's load.

    With a project prefix it speaks only of containers of such projects. While the engine does not answer, the
    containers are those last seen, and the status says why.
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
        self._looking = anyio.Lock()
        self._looks = 0

    async def run(self, *, task_status: anyio.abc.TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        """Look again and again; it has started once it has looked."""
        await self.look()
        task_status.started()
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

    async def look(self) -> None:
        """Take a picture now, or wait for one that others have asked for and that has not been begun yet."""
        mine = self._looks + 1
        async with self._looking:
            if self._looks >= mine:
                return
            self._looks = mine
            problem, containers = await self._inventory()
            problem = await anyio.to_thread.run_sync(disk_problem, self._data) or problem
            picture = Picture(
                status=await anyio.to_thread.run_sync(self._host.status, problem),
                containers=containers,
                workspaces=await anyio.to_thread.run_sync(self._edits.look),
            )
            last, self.picture = self.picture, picture
            await self._compare(last.status.problem, problem)
        if picture.differs(last):
            self._bell.ring()

    async def _inventory(self) -> tuple[str, tuple[Container, ...]]:
        try:
            containers = await self._executor.inventory()
        except ComposiaError as error:
            return "; ".join(filter(None, (str(error), error.hint))), self.picture.containers
        problem = await self._executor.problem()
        return problem, tuple(c for c in containers if c.project.startswith(self._prefix))

    async def _compare(self, before: str, problem: str) -> None:
        """Say what is new, once, and ask a host that is well again what it is now."""
        if problem and problem != before:
            log.warning("nothing can be deployed here", extra={"reason": problem})
        elif before and not problem:
            self._facts = await self._executor.facts()
            log.info("deploys are possible again", extra={"docker": self._facts.docker_version})
