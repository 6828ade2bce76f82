"""From what happens to a container until a watcher of services has it: `./dev bench events [ROUNDS]`.

One server and one agent, from the one file, with 50 containers on the engine. Containers are killed and started by hand, and
the clock starts at the line that `docker events` prints of it on the same machine: when that has been read here. It ends when
the event of `Watch` that shows it has come, over TLS, to a client of the API. Printed are milliseconds, and what share of one
core server and agent used meanwhile.
"""

import asyncio
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from composia.core.container import ContainerState
from composia.plugins.transport import ServerConnection
from composia.plugins.watching import WatchRequest, WatchTopic
from tests.bench.deploying import META
from tests.bench.idle import FILE, cpu_s
from tests.e2e.api import connected
from tests.e2e.fleet import Fleet
from tests.e2e.testbed import claim
from tests.e2e.testbed.engine import Engine
from tests.e2e.testbed.testbed import Testbed

SERVICES, EACH = 10, 5
STATES = {"die": ContainerState.EXITED, "start": ContainerState.RUNNING}
PATIENCE_S = 30.0
Happened = tuple[str, ContainerState, int]


@dataclass(kw_only=True)
class Times:
    """When each thing that happened was printed, and when it was told; the number is the how manieth it is of its kind."""

    printed: dict[Happened, float] = field(default_factory=dict)
    told: dict[Happened, float] = field(default_factory=dict)
    counts: defaultdict[tuple[str, ContainerState, str], int] = field(default_factory=lambda: defaultdict(int))

    def note(self, where: str, container: str, state: ContainerState) -> None:
        """It was printed, or told, just now."""
        now = time.monotonic()
        number = self.counts[container, state, where] = self.counts[container, state, where] + 1
        (self.printed if where == "printed" else self.told)[container, state, number] = now

    def milliseconds(self, state: ContainerState) -> list[float]:
        """From printed to told."""
        return [(self.told[one] - at) * 1000 for one, at in self.printed.items() if one[1] is state]


def read_events(lines: subprocess.Popen[str], times: Times) -> None:
    """Note what `docker events` prints."""
    assert lines.stdout is not None
    for line in lines.stdout:
        action, container = line.split()
        times.note("printed", container, STATES[action])


async def watch(server: ServerConnection, times: Times, shown: asyncio.Event) -> None:
    """Note what a watcher of services is told."""
    states: dict[str, ContainerState] = {}
    async for event in server.watch(WatchRequest(topics=(WatchTopic.SERVICES,))):
        instances = [*event.instances, *(one for service in event.services for one in service.instances)]
        for container in (container for instance in instances for container in instance.containers):
            if not event.snapshot and states.get(container.id) is not container.state:
                times.note("told", container.id, container.state)
            states[container.id] = container.state
        shown.set()


def listen(engine: Engine) -> subprocess.Popen[str]:
    """Start `docker events`."""
    filters = [word for action in STATES for word in ("--filter", f"event={action}")]
    words = ["docker", "events", "--format", "{{.Action}} {{.ID}}", "--filter", "type=container", *filters]
    environment = {**os.environ, "DOCKER_HOST": engine.docker_host}
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=environment)


async def measure(fleet: Fleet, engine: Engine, rounds: int, times: Times) -> None:
    """Kill and start containers, one at a time, and wait until each is told."""
    containers, shown = engine.docker("ps", "--quiet", "--no-trunc").split(), asyncio.Event()
    async with connected(fleet) as server:
        watching = asyncio.create_task(watch(server, times, shown))
        await shown.wait()
        for number in range(2 * rounds):
            container = containers[number // 2 % len(containers)]
            await asyncio.to_thread(engine.docker, "start" if number % 2 else "kill", container)
            async with asyncio.timeout(PATIENCE_S):
                while min(len(times.told), len(times.printed)) <= number:  # noqa: ASYNC110 - a thread reads one of them
                    await asyncio.sleep(0.01)
            await asyncio.sleep(random.uniform(0.05, 0.3))  # so that it falls into no step with heartbeats
        watching.cancel()


def show(what: str, found: Sequence[float]) -> None:
    """A line of percentiles."""
    ordered = sorted(found)
    percent = [ordered[min(len(ordered) - 1, len(ordered) * share // 100)] for share in (50, 95, 99)]
    print(f"{what:10} p50 {percent[0]:6.1f}  p95 {percent[1]:6.1f}  p99 {percent[2]:6.1f}  worst {ordered[-1]:6.1f} ms")


def main(rounds: int) -> None:
    """Measure and print."""
    assert FILE.exists(), "./dev build makes the file"
    testbed = Testbed.up(f"bench-{os.getpid()}", engines=1, user=claim.own_user())
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory:
        fleet = Fleet(directory=Path(directory), command=(str(FILE),))
        try:
            part = f"    image: {testbed.registry.name('fixture:1')}\n    command: [/bin/fixture, sleep]\n"
            compose = "services:\n" + "".join(f"  part-{number}:\n{part}" for number in range(EACH))
            for number in range(SERVICES):
                fleet.write(f"events-{number:02}", compose, "node-a", meta=META.format(max_parallel=1))
            fleet.commit()
            fleet.start_server()
            fleet.start_agent("node-a", testbed.engine(1))
            fleet.deploy("--all")
            processes = {name: fleet.processes[name].pid for name in ("server", "agent-node-a")}
            before, began = {name: cpu_s(pid) for name, pid in processes.items()}, time.monotonic()
            times = Times()
            with listen(testbed.engine(1)) as lines:
                threading.Thread(target=read_events, args=(lines, times), daemon=True).start()
                asyncio.run(measure(fleet, testbed.engine(1), rounds, times))
                lines.terminate()
            passed_s = time.monotonic() - began
            show("all", [ms for state in STATES.values() for ms in times.milliseconds(state)])
            show("its end", times.milliseconds(ContainerState.EXITED))
            show("its start", times.milliseconds(ContainerState.RUNNING))
            for name, pid in processes.items():
                print(
                    f"{name:14} {(cpu_s(pid) - before[name]) / passed_s:.1%} of a core, {2 * rounds / passed_s:.1f} a second"
                )
        finally:
            fleet.end()
            testbed.release(claim.own_user())


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
