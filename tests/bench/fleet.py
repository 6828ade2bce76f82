"""What many agents cost a server: `./dev bench fleet [AGENTS...]` (100, 500 and 2000 when none are given).

A server from the sources with its history on, and simulated agents with 50 containers each, every one on a TLS connection
of its own, that send a heartbeat every five seconds (`tests/bench/agents.py`, one process for each thousand of them). Printed
for each number are the server's seconds of CPU by seconds of time, its memory, and the heartbeats that it answered; then the
server is started anew and it is printed how long it takes until all are back. All figures are of the server's process alone.
"""

import json
import os
import resource
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from composia.builtin_plugins.tokens.file import Entry, read_entries, write_entries
from composia.core.principal import Role, TokenInfo
from composia.core.token import ID_BYTES, SECRET_BYTES, Token
from tests.bench.idle import cpu_s, memory_mib
from tests.e2e.fleet import Fleet

COUNTS = (100, 500, 2000)
SERVICES = {f"service-{number}": 5 for number in range(10)}
PER_PROCESS = 1000
REST_S = 30.0
DEADLINE_S = 300.0


class Agents:
    """A process with some of the agents: for each node its token and the services that it shows."""

    def __init__(self, fleet: Fleet, nodes: dict[str, dict[str, Any]], number: int) -> None:
        file = fleet.directory / f"nodes-{number}.json"
        file.write_text(json.dumps(nodes))
        ca = fleet.server_data / "ca.pem"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.agents", fleet.url, str(ca), str(file)],
            stdout=subprocess.PIPE,
            text=True,
        )
        self.last: dict[str, int] = {"connected": 0, "answered": 0, "lost": 0}
        threading.Thread(target=self._follow, daemon=True).start()

    def end(self) -> None:
        """End it."""
        self.process.kill()
        self.process.wait()

    def _follow(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.last = json.loads(line)


def main(counts: tuple[int, ...]) -> None:
    """Measure and print."""
    soft, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    print(f"{len(os.sched_getaffinity(0))} processors, load {os.getloadavg()[0]:.1f}, open files {soft} to {most}")
    for count in counts:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory:
            fleet = Fleet(directory=Path(directory))
            try:
                _measure(fleet, count)
            finally:
                fleet.end()


def _measure(fleet: Fleet, count: int) -> None:
    fleet.commit()
    fleet.start_server()
    fleet.kill("server", signal.SIGTERM)
    tokens = node_tokens(fleet, count)
    fleet.start_server()
    idle = memory_mib(fleet.processes["server"].pid)
    nodes = [(name, {"token": token, "services": SERVICES}) for name, token in tokens.items()]
    parts = [dict(nodes[at : at + PER_PROCESS]) for at in range(0, count, PER_PROCESS)]
    agents = [Agents(fleet, part, number) for number, part in enumerate(parts)]
    try:
        wait_for(agents, count)
        time.sleep(3 * 5)  # a whole round of heartbeats, with a reading of the containers in it
        _rest(fleet, agents, count, idle)
        _restart(fleet, agents, count)
    finally:
        for part_of_all in agents:
            part_of_all.end()


def _rest(fleet: Fleet, agents: list[Agents], count: int, idle_mib: float) -> None:
    server = fleet.processes["server"].pid
    cpu, began, answered = cpu_s(server), time.monotonic(), _sum(agents, "answered")
    time.sleep(REST_S)
    used, took, beats = cpu_s(server) - cpu, time.monotonic() - began, _sum(agents, "answered") - answered
    memory = memory_mib(server)
    print(
        f"{count} agents: {used / took:.1%} of a core ({used:.2f} s in {took:.0f} s, {used / beats * 1e6:.0f} µs a heartbeat),"
        f" {beats / took:.0f} heartbeats answered a second of {count / 5:.0f},"
        f" {memory:.0f} MiB ({(memory - idle_mib) / count * 1024:.0f} KiB an agent)"
    )


def _restart(fleet: Fleet, agents: list[Agents], count: int) -> None:
    fleet.kill("server", signal.SIGTERM)
    gone = time.monotonic()
    fleet.start_server()
    up = time.monotonic()
    wait_for(agents, count)
    back, used = time.monotonic(), cpu_s(fleet.processes["server"].pid)
    print(
        f"{count} agents after a restart: the server answers after {up - gone:.1f} s, all are back {back - up:.1f} s later;"
        f" it has used {used:.1f} s of CPU by then, load {os.getloadavg()[0]:.1f}"
    )


def wait_for(agents: list[Agents], count: int) -> None:
    """Wait until so many are connected."""
    until = time.monotonic() + DEADLINE_S
    while _sum(agents, "connected") < count:
        assert all(part.process.poll() is None for part in agents), "the agents have ended"
        assert time.monotonic() < until, f"{_sum(agents, 'connected')} of {count} are connected"
        time.sleep(0.05)


def _sum(agents: list[Agents], what: str) -> int:
    return sum(part.last[what] for part in agents)


def node_tokens(fleet: Fleet, count: int) -> dict[str, str]:
    """A credential for each node, written at once: each by itself would take a while."""
    file = fleet.server_data / "tokens" / "tokens.json"
    entries, tokens = read_entries(file), {}
    for number in range(count):
        name = f"node-{number:04}"
        token = Token(id=secrets.token_hex(ID_BYTES), secret=secrets.token_urlsafe(SECRET_BYTES))
        info = TokenInfo(id=token.id, role=Role.NODE, node=name, created_ms=1, created_by="bench")
        entries.append(Entry(info=info, digest=token.digest))
        tokens[name] = str(token)
    write_entries(file, entries)
    return tokens


if __name__ == "__main__":
    main(tuple(map(int, sys.argv[1:])) or COUNTS)
