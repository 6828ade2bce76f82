"""Deploys to be measured: services on a fleet, beside plain directories with the same Compose files.

Both run on the same engines, in turns. The health gate's stability window, a wait by choice, is set to nothing.
"""

import asyncio
import os
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from composia.core.deployment import DeploymentState
from composia.core.task import Task
from composia.plugins.api import DeployRequest
from composia.plugins.transport import ServerConnection
from composia.plugins.watching import WatchRequest, WatchTopic
from tests.e2e.api import connected
from tests.e2e.fleet import Fleet
from tests.e2e.testbed import claim
from tests.e2e.testbed.testbed import Testbed

NODES = ("node-a", "node-b")
COMPOSE = """services:
  main:
    image: {image}
    command: [/bin/fixture, sleep]
    stop_grace_period: 1s
    environment: {{TURN: "{turn}"}}
"""
META = "deploy: {{max_parallel: {max_parallel}, health: {{stable_for: 0s}}}}\n"
PLAIN = "plain-"


@dataclass(frozen=True, kw_only=True)
class Load:
    """Services that are deployed together. `width` is how many calls of bare Compose, and nodes of one service, go side
    by side; `changed` whether there is anything to do."""

    title: str
    services: tuple[str, ...]
    nodes: tuple[str, ...] = NODES[:1]
    width: int = 1
    changed: bool = True


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One turn: seconds by bare Compose, by Composia from the request to the end as its client hears it, and by the whole
    command; and the tasks, with the time of the request in milliseconds UTC."""

    plain_s: float
    composia_s: float
    command_s: float
    asked_ms: float
    heard_ms: float
    tasks: tuple[Task, ...]


@dataclass(kw_only=True)
class Stage:
    """A fleet of two nodes, and a warm client of its server."""

    fleet: Fleet
    image: str
    server: ServerConnection
    turn: int = 0

    async def take(self, load: Load) -> Turn:
        """One turn of each. What a command changed counts as changed again for the next one."""
        self._write(load)
        plain_s = await self._plain(load)
        asked, before = time.time(), time.perf_counter()
        tasks = await self._composia(load)
        composia_s, heard = time.perf_counter() - before, time.time()
        self._write(load)
        before = time.perf_counter()
        await asyncio.to_thread(self.fleet.cli, "deploy", *load.services)
        command_s = time.perf_counter() - before
        return Turn(
            plain_s=plain_s,
            composia_s=composia_s,
            command_s=command_s,
            asked_ms=asked * 1000,
            heard_ms=heard * 1000,
            tasks=tasks,
        )

    def _write(self, load: Load) -> None:
        self.turn += load.changed
        text = COMPOSE.format(image=self.image, turn=self.turn)
        for service in load.services:
            self.fleet.write(service, text, *load.nodes, meta=META.format(max_parallel=load.width))
            plain = self.fleet.directory / "plain" / service
            plain.mkdir(parents=True, exist_ok=True)
            (plain / "compose.yaml").write_text(text)
        self.fleet.commit(f"turn {self.turn}")

    async def _plain(self, load: Load) -> float:
        """Seconds of `docker compose up -d` for each service on each node, `width` at a time."""
        places = asyncio.Semaphore(load.width)

        async def up(service: str, node: str) -> None:
            async with places:
                await asyncio.to_thread(self._up, service, node)

        begun = time.perf_counter()
        await asyncio.gather(*(up(service, node) for service in load.services for node in load.nodes))
        return time.perf_counter() - begun

    def _up(self, service: str, node: str) -> None:
        environment = {**os.environ, "DOCKER_HOST": self.fleet.engines[node].docker_host}
        command = ["docker", "compose", "-p", PLAIN + service, "up", "-d", "--quiet-pull"]
        directory = self.fleet.directory / "plain" / service
        subprocess.run(command, cwd=directory, env=environment, capture_output=True, check=True)

    async def _composia(self, load: Load) -> tuple[Task, ...]:
        """The tasks of the deployments, ended."""
        request = DeployRequest(request_id=token_hex(8), services=load.services)
        started = (await self.server.deploy(request)).deployments
        left = {view.deployment.id for view in started}
        tasks = {task.id: task for view in started for task in view.tasks}
        following = WatchRequest(topics=(WatchTopic.WORK,), deployments=tuple(left))  # as the command line asks
        async for event in self.server.watch(following):
            tasks |= {task.id: task for task in event.tasks if task.id in tasks}
            for deployment in event.deployments:
                if deployment.state.final and deployment.id in left:
                    assert deployment.state is DeploymentState.SUCCEEDED, deployment
                    left.remove(deployment.id)
            if not left:
                break
        return tuple(tasks.values())


@asynccontextmanager
async def stage() -> AsyncIterator[Stage]:
    """Two nodes of a test bed of our own, with the image on both."""
    testbed = Testbed.up(f"bench-{os.getpid()}", engines=len(NODES), user=claim.own_user())
    image = testbed.registry.name("fixture:1")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory:
        fleet = Fleet(directory=Path(directory))
        try:
            fleet.start_server()
            for number, node in enumerate(NODES, 1):
                testbed.engine(number).docker("pull", "-q", image)
                fleet.start_agent(node, testbed.engine(number))
            async with connected(fleet) as server:
                yield Stage(fleet=fleet, image=image, server=server)
        finally:
            _remove_plain(fleet)
            fleet.end()
            testbed.release(claim.own_user())


def _remove_plain(fleet: Fleet) -> None:
    plain = fleet.directory / "plain"
    names: Sequence[Path] = tuple(plain.iterdir()) if plain.is_dir() else ()
    for engine in fleet.engines.values():
        for service in names:
            engine.remove_project(PLAIN + service.name)
