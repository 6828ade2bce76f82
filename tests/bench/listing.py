"""How long it takes to list many services: `./dev bench listing [SERVICES [NODES]]` (1 000 on 20 when none are given).

A server from the sources with a repository of that many services, a third of them placed by the server and the others on two
nodes each, and simulated agents that show three containers of each. Printed are, as medians, for the status of all and for all
definitions: the seconds until they are there, over a connection that is open, the server's seconds of CPU, the bytes, and how
long as many bytes take over a bare socket; the same for the commands; and how long it takes until a watcher that knows
everything is told it again.
"""

import asyncio
import resource
import socket
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import aclosing, contextmanager
from pathlib import Path
from typing import Any, cast

from composia.builtin_plugins.connect import twins
from composia.plugins.transport import ServerConnection
from composia.plugins.watching import WatchRequest, WatchTopic
from tests.bench.fleet import Agents, node_tokens, wait_for
from tests.bench.idle import cpu_s
from tests.e2e.api import connected
from tests.e2e.fleet import Fleet

SERVICES, NODES = 1000, 20
CONTAINERS = 3
ROUNDS = 7
COMPOSE = "services:\n" + "".join(f"  main-{n}: {{image: 'example.org/team/image:1.2.3'}}\n" for n in range(CONTAINERS))


def main(services: int, nodes: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory:
        fleet, agents = Fleet(directory=Path(directory)), []
        try:
            agents.append(_prepared(fleet, services, nodes))
            wait_for(agents, nodes)
            asyncio.run(_calls(fleet, services))
            _commands(fleet)
        finally:
            for part in agents:
                part.end()
            fleet.end()


def _prepared(fleet: Fleet, services: int, nodes: int) -> Agents:
    names = [f"node-{number:04}" for number in range(nodes)]
    shown: dict[str, dict[str, int]] = {name: {} for name in names}
    for number in range(services):
        service = f"service-{number:04}"
        on = (names[number % nodes], names[(number * 7 + 1) % nodes])
        placed = number % 3 == 0
        fleet.write(service, COMPOSE, *(() if placed else on), meta="placement: {count: 2}\n" if placed else "")
        for name in on:
            shown[name][service] = CONTAINERS
    fleet.commit()
    fleet.start_server()
    fleet.kill("server")
    tokens = node_tokens(fleet, nodes)
    fleet.start_server()
    return Agents(fleet, {name: {"token": tokens[name], "services": shown[name]} for name in names}, 0)


async def _calls(fleet: Fleet, services: int) -> None:
    async with connected(fleet) as server:
        await server.sync_repository()
        status = await server.get_status(())
        instances = sum(len(service.instances) for service in status.services)
        views = sum(len(view.containers) + len(view.others) for view in status.nodes)
        print(f"{len(status.services)} services, {instances} instances, {len(status.nodes)} nodes, {views} containers")
        size = len(twins.STATUS.pack(status).SerializeToString())
        await _measured(fleet, "GetStatus", size, lambda: server.get_status(()))
        views_size = sum(len(twins.SERVICE.pack(view).SerializeToString()) for view in await server.list_services())
        await _measured(fleet, "ListServices", views_size, server.list_services)
        await _measured(fleet, "Watch, the snapshot", size, lambda: _snapshot(server, services))


async def _snapshot(server: ServerConnection, services: int) -> None:
    request = WatchRequest(topics=(WatchTopic.SERVICES, WatchTopic.NODES))
    seen: set[str] = set()
    async with aclosing(cast("Any", server.watch(request))) as events:
        async for event in events:
            seen |= {service.name for service in event.services}
            if len(seen) == services:
                return


async def _measured(fleet: Fleet, what: str, size: int, call: Callable[[], Awaitable[object]]) -> None:
    spent = _Spent(fleet)
    for _ in range(ROUNDS):
        own = time.process_time()
        with spent.counted():
            await call()
        spent.own.append(time.process_time() - own)
    spent.print(what, size)


def _commands(fleet: Fleet) -> None:
    for words in (("--version",), ("status",), ("status", "-o", "json"), ("service", "list")):
        spent, size = _Spent(fleet), 0
        for _ in range(ROUNDS):
            own = _children_s()
            with spent.counted():
                size = len(fleet.cli(*words))
            spent.own.append(_children_s() - own)
        spent.print(f"composia {' '.join(words)}", size)


class _Spent:
    """Seconds by the clock, of the server's CPU, and of that of whoever asks."""

    def __init__(self, fleet: Fleet) -> None:
        self._server = fleet.processes["server"].pid
        self._took: list[float] = []
        self._servers: list[float] = []
        self.own: list[float] = []

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Count what is done in it."""
        cpu, began = cpu_s(self._server), time.perf_counter()
        yield
        self._took.append(time.perf_counter() - began)
        self._servers.append(cpu_s(self._server) - cpu)

    def print(self, what: str, size: int) -> None:
        """The medians, and what is transferred."""
        bare = statistics.median(_bare_s(size) for _ in range(ROUNDS))
        took, servers, own = (statistics.median(found) for found in (self._took, self._servers, self.own))
        print(
            f"{what:26} {took:5.2f} s; CPU of the server {servers:4.2f} s, of whoever asks {own:4.2f} s;"
            f" {size / 2**20:4.2f} MiB, over a bare socket {bare * 1000:.1f} ms"
        )


def _children_s() -> float:
    """Seconds of CPU of the commands that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _bare_s(size: int) -> float:
    """How long so many bytes take from one thread to another over a socket."""
    one, other = socket.socketpair()
    with one, other:
        began = time.perf_counter()
        sender = threading.Thread(target=one.sendall, args=(b"x" * size,))
        sender.start()
        left = size
        while left:
            left -= len(other.recv(1 << 16))
        sender.join()
        return time.perf_counter() - began


if __name__ == "__main__":
    asked = [int(argument) for argument in sys.argv[1:]]
    main(*asked, *(SERVICES, NODES)[len(asked) :])
