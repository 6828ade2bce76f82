"""A thousand open pages that come back at once: `./dev bench tabs [TABS [SERVICES]]` (1 000 of 200 services when none are given).

A server from the sources over TLS, with a repository of that many services on four nodes, and simulated agents that
show two containers of each. Each tab has a connection of its own and one `Watch` as the page has it, of everything. All
are opened at once, first without a cursor, so that each gets a snapshot, then with the one that they had, as after a
sleep or a lost network. Printed for each are the seconds until the first half and all are up to date, the server's
seconds of CPU, and its memory; then what it spends in ten seconds in which all look on.
"""

import asyncio
import os
import random
import resource
import ssl
import struct
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import h2.config
import h2.connection
import h2.events

from composia._gen.v1 import server_pb2
from tests.bench.fleet import Agents, node_tokens, wait_for
from tests.bench.idle import cpu_s, memory_mib
from tests.e2e.fleet import Fleet

TABS, SERVICES, NODES, CONTAINERS = 1000, 200, 4, 2
COMPOSE = "services:\n" + "".join(f"  main-{n}: {{image: 'example.org/team/image:1.2.3'}}\n" for n in range(CONTAINERS))
TOPICS = (
    server_pb2.WATCH_TOPIC_WORK,
    server_pb2.WATCH_TOPIC_SERVICES,
    server_pb2.WATCH_TOPIC_NODES,
    server_pb2.WATCH_TOPIC_USAGE,
    server_pb2.WATCH_TOPIC_REPOSITORY,
)
PATH = "/composia.v1.ServerService/Watch"
PATIENCE_S = 300.0
REST_S = 10.0


@dataclass(kw_only=True)
class Tab:
    """One page: a connection with one stream."""

    fleet: Fleet
    token: str
    trust: ssl.SSLContext
    services: int
    cursor: str = ""
    received: int = 0
    lost: int = 0
    names: set[str] = field(default_factory=set)
    ready: asyncio.Event = field(default_factory=asyncio.Event)

    async def live(self) -> None:
        """Watch until cancelled, and dial again when the connection is lost, as the page does."""
        self.ready.clear()
        while True:
            try:
                await self._connected()
            except (OSError, TimeoutError):
                self.lost += 1
            await asyncio.sleep(random.uniform(0.3, 1.0))

    async def _connected(self) -> None:
        address = urlsplit(self.fleet.url)
        reader, writer = await asyncio.open_connection(address.hostname, address.port, ssl=self.trust)
        try:
            await self._watch(reader, writer, address.netloc)
        finally:
            writer.transport.abort()

    async def _watch(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, authority: str) -> None:
        http = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
        http.initiate_connection()
        http.increment_flow_control_window(1 << 26)
        http.update_settings({4: 1 << 26})
        request = server_pb2.WatchRequest(cursor=self.cursor, topics=TOPICS, bare_nodes=True).SerializeToString()
        headers = [
            *((":method", "POST"), (":scheme", "https"), (":authority", authority), (":path", PATH)),
            *(("content-type", "application/connect+proto"), ("authorization", f"Bearer {self.token}")),
        ]
        http.send_headers(1, headers)
        http.send_data(1, struct.pack(">BI", 0, len(request)) + request, end_stream=True)
        writer.write(http.data_to_send())
        buffer = bytearray()
        while data := await reader.read(1 << 16):
            for event in http.receive_data(data):
                if isinstance(event, h2.events.DataReceived):
                    self.received += len(event.data)
                    buffer += event.data
                    http.acknowledge_received_data(event.flow_controlled_length, 1)
            writer.write(http.data_to_send())
            while len(buffer) >= 5 and len(buffer) >= 5 + (length := struct.unpack(">I", buffer[1:5])[0]):
                self._take(server_pb2.WatchEvent.FromString(bytes(buffer[5 : 5 + length])))
                del buffer[: 5 + length]

    def _take(self, event: server_pb2.WatchEvent) -> None:
        if event.snapshot:
            self.names.clear()
        self.names |= {service.name for service in event.services}
        if len(self.names) == self.services:
            self.ready.set()
        self.cursor = event.cursor


class Measured:
    """What the server spent meanwhile."""

    def __init__(self, fleet: Fleet, tabs: list[Tab]) -> None:
        self._server = fleet.processes["server"].pid
        self._tabs = tabs
        self._received = sum(tab.received for tab in tabs)
        self._cpu, self._began = cpu_s(self._server), time.monotonic()

    async def until(self, what: str, event_of: Callable[[Tab], asyncio.Event]) -> None:
        """Wait until it is so for all, and print."""
        times: list[float] = []

        async def one(tab: Tab) -> None:
            await event_of(tab).wait()
            times.append(time.monotonic() - self._began)

        async with asyncio.timeout(PATIENCE_S):
            await asyncio.gather(*(one(tab) for tab in self._tabs))
        times.sort()
        received = sum(tab.received for tab in self._tabs) - self._received
        print(
            f"{what:28} half after {times[len(times) // 2]:5.2f} s, all {times[-1]:5.2f} s; server"
            f" {cpu_s(self._server) - self._cpu:5.2f} s of CPU, {memory_mib(self._server):.0f} MiB;"
            f" {received / len(self._tabs) / 1024:.0f} KiB a tab; dialled again {sum(tab.lost for tab in self._tabs)} times;"
            f" load {os.getloadavg()[0]:.1f}",
            flush=True,
        )


def main(tabs: int, services: int) -> None:
    """Measure and print."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory:
        fleet, agents = Fleet(directory=Path(directory)), []
        try:
            agents.append(_prepared(fleet, services))
            wait_for(agents, NODES)
            asyncio.run(_measure(fleet, tabs, services, agents[0]))
        finally:
            for part in agents:
                part.end()
            fleet.end()


def _prepared(fleet: Fleet, services: int) -> Agents:
    names = [f"node-{number:04}" for number in range(NODES)]
    shown: dict[str, dict[str, int]] = {name: {} for name in names}
    for number in range(services):
        service = f"service-{number:04}"
        fleet.write(service, COMPOSE, names[number % NODES])
        shown[names[number % NODES]][service] = CONTAINERS
    fleet.commit()
    fleet.start_server()
    fleet.kill("server")
    tokens = node_tokens(fleet, NODES)
    fleet.start_server()
    fleet.cli("repo", "sync")
    return Agents(fleet, {name: {"token": tokens[name], "services": shown[name]} for name in names}, 0)


async def _measure(fleet: Fleet, count: int, services: int, agents: Agents) -> None:
    trust = ssl.create_default_context(cadata=(fleet.server_data / "ca.pem").read_text())
    trust.set_alpn_protocols(["h2"])
    token = (fleet.server_data / "admin.token").read_text().strip()
    tabs = [Tab(fleet=fleet, token=token, trust=trust, services=services) for _ in range(count)]
    print(f"{count} tabs, {services} services on {NODES} nodes; {memory_mib(fleet.processes['server'].pid):.0f} MiB")
    for what in ("come without a cursor", "come back with one"):
        measured = Measured(fleet, tabs)
        async with asyncio.TaskGroup() as group:
            lives = [group.create_task(tab.live()) for tab in tabs]
            await measured.until(what, lambda tab: tab.ready)
            server = fleet.processes["server"].pid
            before = cpu_s(server)
            await asyncio.sleep(REST_S)
            print(f"  and then {(cpu_s(server) - before) / REST_S:.1%} of a core", flush=True)
            for life in lives:
                life.cancel()


if __name__ == "__main__":
    asked = [int(argument) for argument in sys.argv[1:]]
    main(*asked, *(TABS, SERVICES)[len(asked) :])
