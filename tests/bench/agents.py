"""Many agents in one process, for the benches of a whole fleet: `python -m tests.bench.agents URL CA NODES`, where the last is a file of
JSON: for each node its token, and the services that it shows with how many containers each.

Each has a connection of its own and says what a real one says: hello, a full picture, and from then on a heartbeat every
few seconds with the load of its host and, each third time, what its containers use. It comes back as a real one does.
Beside each second it prints a line of JSON: how many are connected, and how many heartbeats were answered.
"""

import asyncio
import hashlib
import json
import random
import resource
import sys
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import uvloop

from composia.agent.backoff import Backoff
from composia.builtin_plugins.connect.transport import ConnectTransport
from composia.core.container import Container, ContainerState
from composia.core.node import NodeFacts, NodeStatus, Workspace
from composia.core.session import AgentMessage, Goodbye, Heartbeat, HeartbeatReply, Hello, ServerMessage, Welcome
from composia.core.usage import ContainerUsages, FilesystemUsage, HostUsage
from composia.errors import ComposiaError, Unauthenticated
from composia.plugins.transport import AgentConnection, Target

READ_EACH = 3
"""Heartbeats for one reading of the containers."""


@dataclass(kw_only=True)
class Counts:
    """What all agents of the process have done."""

    connected: int = 0
    answered: int = 0
    lost: int = 0


@dataclass(kw_only=True)
class Driven:
    """One agent."""

    name: str
    target: Target
    counts: Counts
    containers: tuple[Container, ...]
    workspaces: tuple[Workspace, ...]
    want_inventory: bool = True
    beats: int = 0
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    interval_s: float = 0.0

    async def run(self) -> None:
        """Be connected, as far as possible, for ever."""
        backoff = Backoff()
        while True:
            try:
                connection = await ConnectTransport().connect_agent(self.target)
                try:
                    await self._speak(connection, backoff)
                finally:
                    await connection.close()
            except Unauthenticated:
                raise
            except ComposiaError:
                self.counts.lost += 1
            await asyncio.sleep(backoff.next())

    async def _speak(self, connection: AgentConnection, backoff: Backoff) -> None:
        self.interval_s, self.want_inventory, self.wake = 0.0, True, asyncio.Event()
        here = False
        try:
            async with aclosing(cast("Any", connection.session(self._messages()))) as answers:
                async for answer in answers:
                    here = self._take(answer, backoff, here=here)
                    if isinstance(answer, Goodbye):
                        return
        finally:
            self.counts.connected -= here

    def _take(self, answer: ServerMessage, backoff: Backoff, *, here: bool) -> bool:
        if isinstance(answer, Welcome):
            backoff.reset()
            self.interval_s = answer.heartbeat_s
            self.wake.set()
            self.counts.connected += 1
            return True
        if isinstance(answer, HeartbeatReply):
            self.counts.answered += 1
            if answer.want_inventory:
                self.want_inventory = True
                self.wake.set()
        return here

    async def _messages(self) -> AsyncIterator[AgentMessage]:
        yield Hello(node=self.name, agent_id=self.name, facts=NodeFacts(version="0.1.0", cpus=4, engine_id=self.name))
        await self.wake.wait()
        while True:
            self.wake.clear()
            yield self._heartbeat()
            try:
                async with asyncio.timeout(self.interval_s):
                    await self.wake.wait()
            except TimeoutError:
                continue

    def _heartbeat(self) -> Heartbeat:
        self.beats += 1
        full, self.want_inventory = self.want_inventory, False
        host = replace(HOST, cpu_percent=random.uniform(0, 100), load_1m=random.random(), uptime_s=time.monotonic())
        return Heartbeat(
            number=self.beats,
            status=NodeStatus(now_ms=time.time_ns() // 1_000_000, host=host),
            inventory="0" * 64,
            containers=self.containers if full else None,
            workspaces=self.workspaces if full else None,
            usage=_usage(self.containers) if self.beats % READ_EACH == 0 else None,
        )


HOST = HostUsage(
    load_5m=0.5,
    load_15m=0.5,
    memory_bytes=16 << 30,
    memory_available_bytes=9 << 30,
    filesystems=(
        FilesystemUsage(mount="/", device="/dev/sda1", size_bytes=100 << 30, available_bytes=60 << 30),
        FilesystemUsage(mount="/var/lib/docker", device="/dev/sdb1", size_bytes=500 << 30, available_bytes=200 << 30),
    ),
)


def shown(services: dict[str, int]) -> tuple[Container, ...]:
    """The containers of services, all running."""
    return tuple(
        Container(
            id=hashlib.sha256(f"{service} {number}".encode()).hexdigest(),
            name=f"{service}-main-{number}",
            project=service,
            service=f"main-{number}",
            image="registry.example.org/team/image:1.2.3",
            image_id=f"sha256:{number:064x}",
            state=ContainerState.RUNNING,
            config_hash="0" * 64,
            started_ms=1_700_000_000_000,
            created_ms=1_700_000_000_000,
        )
        for service, count in services.items()
        for number in range(count)
    )


def _usage(containers: tuple[Container, ...]) -> ContainerUsages:
    """What containers use: other numbers each time."""

    def column(most: int) -> tuple[int, ...]:
        return tuple(random.randrange(most) for _ in containers)

    return ContainerUsages(
        names=tuple(container.name for container in containers),
        cpu_percent=tuple(random.uniform(0, 100) for _ in containers),
        memory_bytes=column(1 << 30),
        memory_limit_bytes=(0,) * len(containers),
        received_bytes=column(1 << 40),
        sent_bytes=column(1 << 40),
        read_bytes=column(1 << 40),
        written_bytes=column(1 << 40),
        pids=column(100),
    )


async def drive(url: str, ca: bytes, nodes: dict[str, dict[str, Any]]) -> None:
    """Run the agents of these nodes, the first ones spread over some seconds, and tell how they are."""
    counts = Counts()

    async def begin(name: str, token: str, services: dict[str, int]) -> None:
        await asyncio.sleep(random.uniform(0, len(nodes) / 100))
        await Driven(
            name=name,
            target=Target(url=url, token=token, ca=ca),
            counts=counts,
            containers=shown(services),
            workspaces=tuple(Workspace(service=service, project=service, revision="r" * 40) for service in services),
        ).run()

    async with asyncio.TaskGroup() as group:
        for name, node in nodes.items():
            group.create_task(begin(name, node["token"], node["services"]))
        while True:
            print(
                json.dumps({"connected": counts.connected, "answered": counts.answered, "lost": counts.lost}),
                flush=True,
            )
            await asyncio.sleep(0.25)


if __name__ == "__main__":
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    url, ca_file, nodes_file = sys.argv[1:]
    uvloop.run(drive(url, Path(ca_file).read_bytes(), json.loads(Path(nodes_file).read_text())))
