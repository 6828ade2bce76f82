"""A whole site without Docker: a real server over TLS, its agents with simulated nodes, and services in a Git repository.

`python -m tests.web.simulated_site [--services 200] [--nodes 4] [--listen 127.0.0.1:8443]` starts one, prints where it is and the
token of each role, and ends it with Ctrl-C.
"""

import argparse
import asyncio
import json
import signal
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, cast

from composia.core.deployment import Deployment, DeploymentState
from composia.core.node import NodeState
from composia.core.principal import Role
from composia.core.task import TaskKind
from composia.plugins.api import DeploymentView, DeployRequest, OperateRequest
from composia.plugins.transport import ServerConnection
from composia.plugins.watching import WatchEvent, WatchRequest, WatchTopic
from tests.e2e.api import connected
from tests.e2e.fleet import Fleet
from tests.web import happened
from tests.web.believable import NODES, OTHERS, Believable, services
from tests.web.committed import first_commits, later_commits

Answer = TypeVar("Answer")

CAPACITY = 8
"""How many tasks an agent works on at once."""

PATIENCE_S = 60.0
"""And a second for each service."""

CONFIGURATION = """\
timeouts: {task_s: 86400}
schedules:
  - {name: tidy, cron: "30 4 1 1 *", timezone: Europe/Berlin, do: prune, prune: [unused-images]}
  - {name: yearly-stop, cron: "0 3 1 1 *", do: stop, services: [reports]}
"""
"""The schedules are due once a year, so that no test meets one; what is deployed all the time is so for as long as the site runs."""


@dataclass(kw_only=True)
class Site:
    """A site that runs. The fields are what a test may look for."""

    fleet: Fleet
    nodes: tuple[str, ...]
    services: tuple[Believable, ...]
    tokens: dict[str, str] = field(default_factory=dict)
    running: str = ""
    """A service that is well, on one node; its definition has changed since it was deployed."""
    chatty: str = ""
    """A service that prints several lines a second."""
    crashing: str = "sync-worker"
    """A service in a crash loop, though its deploy succeeded."""
    unhealthy: str = "payments"
    """A service of which the healthcheck has turned red."""
    failed: str = "importer"
    """A service of which the deploy has failed."""
    stopped: str = "reports"
    """A service that a person has stopped."""
    disabled: str = "media-archive"
    broken: str = "playground"
    """A service whose definition has an error."""
    unplaced: str = "gpu-worker"
    """A service for which there is no node."""
    removed: str = "old-wiki"
    """A service that is no more in Git and still runs."""
    rollout: str = "edge-proxy"
    """A service on all nodes, of which a rollout is paused after a failure."""
    deploying: str = "backup"
    """A service that is being deployed all the time; a restart of it waits for that."""
    failed_deployment: str = ""
    failed_task: str = ""
    paused_deployment: str = ""
    running_deployment: str = ""
    running_task: str = ""
    waiting_task: str = ""

    @property
    def url(self) -> str:
        """Where the server answers."""
        return self.fleet.url

    @property
    def ca(self) -> Path:
        """The file of the server's CA."""
        return self.fleet.server_data / "ca.pem"

    def token(self, role: str) -> str:
        """An API token of a person: admin, operator or viewer."""
        return self.tokens[role]


@contextmanager
def simulated_site(*, count: int = 200, nodes: int = 4, listen: str = "127.0.0.1:0") -> Iterator[Site]:
    """Start one with so many services, and a dozen more of which each is in another state, and end it."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory:
        fleet, names = Fleet(directory=Path(directory)), NODES[:nodes]
        site = Site(fleet=fleet, nodes=names, services=services(count, names))
        try:
            _start(site, listen)
            yield site
        finally:
            _end(fleet)


def _start(site: Site, listen: str) -> None:
    fleet = site.fleet
    first_commits(fleet, site.services)
    _apart(lambda: happened.past_readings(fleet.server_data, site.nodes, site.services))
    fleet.url = "" if listen.endswith(":0") else f"https://{listen}"
    configuration = fleet.directory / "server.yaml"
    configuration.write_text(CONFIGURATION)
    fleet.start_server("--config", str(configuration))
    _apart(lambda: _asking(site, _make_tokens))
    for node in site.nodes:
        _start_agent(site, node)
    _apart(lambda: _asking(site, _deploy_all))
    later_commits(fleet, site.services)
    _apart(lambda: _asking(site, _deploy_later))


def _end(fleet: Fleet) -> None:
    processes = list(fleet.processes.values())
    for process in processes:
        process.send_signal(signal.SIGTERM)
    for process in processes:
        process.wait(120)
    fleet.processes.clear()


def _apart(begin: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run it in a thread: whoever drives a browser has an event loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(begin())).result()


async def _asking(site: Site, do: Callable[[Site, ServerConnection], Coroutine[Any, Any, None]]) -> None:
    async with connected(site.fleet) as server, asyncio.timeout(PATIENCE_S + len(site.services)):
        await do(site, server)


async def _make_tokens(site: Site, server: ServerConnection) -> None:
    site.tokens["admin"] = (site.fleet.server_data / "admin.token").read_text().strip()
    for role in (Role.OPERATOR, Role.VIEWER):
        _, site.tokens[role.value] = await server.create_token(role, "")
    for node in site.nodes:
        _, token = await server.create_token(Role.NODE, node)
        (site.fleet.directory / f"{node}.token").write_text(token)


def _start_agent(site: Site, node: str) -> None:
    fleet, place = site.fleet, site.nodes.index(node)
    happened.put_engine_id(fleet.agent_data(node), node)
    config = fleet.directory / f"{node}.yaml"
    config.write_text(
        json.dumps(
            {
                "server": fleet.url,
                "node": node,
                "data": str(fleet.agent_data(node)),
                "token_file": str(fleet.directory / f"{node}.token"),
                "ca_file": str(site.ca),
                "labels": {"zone": "ab"[place % 2], "disk": ("ssd", "hdd")[place % 3 == 2]},
                "capacity": CAPACITY,
                "executor": {
                    "provider": "simulated",
                    "cpus": happened.MACHINE.cpus,
                    "memory_gib": happened.MACHINE.memory_gib,
                    "disk_gib": happened.MACHINE.disk_gib,
                    "others": OTHERS[: 1 + place % 3],
                },
            }
        )
    )
    fleet.start(f"agent-{node}", "agent", "--config", str(config))


async def _deploy_all(site: Site, server: ServerConnection) -> None:
    await _until(server, WatchTopic.NODES, _Online(set(site.nodes)))
    await server.sync_repository()  # many services take a while to be read
    started = await server.deploy(DeployRequest(request_id="first", all=True))
    await _until(server, WatchTopic.WORK, _Ended())
    views = {view.deployment.service: view for view in started.deployments}
    site.failed_deployment, (site.failed_task,) = _ids(views[site.failed])
    await server.operate(OperateRequest(request_id="stop", kind=TaskKind.STOP, service=site.stopped))
    plain = [service for service in site.services if service.is_plain]
    site.running = plain[0].name
    site.chatty = next((service.name for service in plain if service.chatty), site.running)


async def _deploy_later(site: Site, server: ServerConnection) -> None:
    await server.sync_repository()
    deployed = [service.name for service in site.services if service.is_plain][1::9]
    await server.deploy(DeployRequest(request_id="later", services=tuple(deployed)))
    started = await server.deploy(DeployRequest(request_id="stuck", services=(site.rollout, site.deploying)))
    views = {view.deployment.service: view for view in started.deployments}
    site.paused_deployment, _ = _ids(views[site.rollout])
    site.running_deployment, (site.running_task,) = _ids(views[site.deploying])
    started = await server.operate(OperateRequest(request_id="waits", kind=TaskKind.RESTART, service=site.deploying))
    (site.waiting_task,) = _ids(started.deployments[0])[1]
    await _until(server, WatchTopic.WORK, _Ended(but=site.deploying))


def _ids(view: DeploymentView) -> tuple[str, tuple[str, ...]]:
    return view.deployment.id, tuple(task.id for task in view.tasks)


async def _until(server: ServerConnection, topic: WatchTopic, is_it: Callable[[WatchEvent], bool]) -> None:
    async with aclosing(cast("Any", server.watch(WatchRequest(topics=(topic,))))) as events:
        async for event in cast("AsyncIterator[WatchEvent]", events):
            if is_it(event):
                return


class _Online:
    """Whether these nodes all are."""

    def __init__(self, missing: set[str]) -> None:
        self._missing = missing

    def __call__(self, event: WatchEvent) -> bool:
        self._missing -= {view.node.name for view in event.nodes if view.state is NodeState.ONLINE}
        return not self._missing


class _Ended:
    """Whether all deployments have, or are paused, but those of one service."""

    def __init__(self, but: str = "") -> None:
        self._but = but
        self._open: dict[str, Deployment] = {}

    def __call__(self, event: WatchEvent) -> bool:
        if event.snapshot:  # so far behind that what has ended meanwhile is not told of
            self._open.clear()
        for one in event.deployments:
            if one.state.final or one.state is DeploymentState.PAUSED or one.service == self._but:
                self._open.pop(one.id, None)
            else:
                self._open[one.id] = one
        return not self._open


def main() -> None:
    """Start one and wait for Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m tests.web.simulated_site")
    parser.add_argument("--services", type=int, default=200)
    parser.add_argument("--nodes", type=int, default=4)
    parser.add_argument("--listen", default="127.0.0.1:0")
    options = parser.parse_args()
    told_to_end = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: told_to_end.set())
    begun = time.monotonic()
    with simulated_site(count=options.services, nodes=options.nodes, listen=options.listen) as site:
        print(f"{site.url}  ({time.monotonic() - begun:.1f} s)\nCA {site.ca}")
        for role, token in site.tokens.items():
            print(f"{role} {token}")
        print("Ctrl-C ends it", flush=True)
        told_to_end.wait()


if __name__ == "__main__":
    main()
