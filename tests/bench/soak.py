"""Whether memory stays flat while much happens: `./dev soak [MINUTES]`, half an hour by default.

One server and one agent, from the one file, with ten services that print lines. All the time services are changed and
deployed, containers are killed behind Composia's back, people watch, read logs, run commands and ask what is used. Printed
is what was done, and for each of the two processes the resident memory at the end and the slope of a line through the last
three quarters of the readings, in MiB an hour, with that of its open files.
"""

import asyncio
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex

from composia.core.container_log import LogsQuery
from composia.core.tunnel import ExecInput, ExecStart
from composia.core.usage import UsageQuery
from composia.errors import ComposiaError
from composia.plugins.api import DeployRequest
from composia.plugins.transport import ServerConnection
from composia.plugins.watching import WatchRequest, WatchTopic
from tests.bench.idle import FILE, memory_mib
from tests.e2e.api import connected
from tests.e2e.fleet import Fleet
from tests.e2e.testbed import claim
from tests.e2e.testbed.daemon import TestbedFailed
from tests.e2e.testbed.engine import Engine
from tests.e2e.testbed.testbed import Testbed

NODE = "node-a"
SERVICES = tuple(f"soak-{number}" for number in range(10))
COMPOSE = """services:
  main:
    image: {image}
    command: [/bin/fixture, spam]
    restart: always
    stop_grace_period: 1s
    environment: {{EVERY: "0.2", TURN: "{turn}"}}
"""
META = "deploy: {health: {stable_for: 0s}}\n"
READING_S = 5.0


@dataclass(kw_only=True)
class Churn:
    """What goes on. Each kind of it is done again and again, with a pause of up to twice `every_s` seconds."""

    fleet: Fleet
    engine: Engine
    image: str
    server: ServerConnection
    until: float
    done: Counter[str] = field(default_factory=Counter)

    async def run(self) -> None:
        """All of it side by side, until it is time."""
        kinds: dict[Callable[[], Awaitable[None]], float] = {
            self.deploy: 4.0,
            self.kill: 5.0,
            self.watch: 3.0,
            self.read_logs: 3.0,
            self.execute: 2.0,
            self.ask: 1.0,
        }
        await asyncio.gather(*(self._again(kind, every_s) for kind, every_s in kinds.items()))

    async def _again(self, kind: Callable[[], Awaitable[None]], every_s: float) -> None:
        while time.monotonic() < self.until:
            try:
                await kind()
                self.done[kind.__name__] += 1
            except (ComposiaError, TestbedFailed):  # what it was about is just going away
                self.done[f"{kind.__name__} refused"] += 1
            await asyncio.sleep(random.uniform(0, 2 * every_s))

    async def deploy(self) -> None:
        """Change a service, and deploy it to its end."""
        service = random.choice(SERVICES)
        self.fleet.write(service, COMPOSE.format(image=self.image, turn=token_hex(4)), NODE, meta=META)
        await asyncio.to_thread(self.fleet.commit)
        started = await self.server.deploy(DeployRequest(request_id=token_hex(8), services=(service,)))
        (view,) = started.deployments
        request = WatchRequest(deployments=(view.deployment.id,), topics=(WatchTopic.WORK,))
        async for event in self.server.watch(request):
            if any(deployment.state.final for deployment in event.deployments):
                break

    async def kill(self) -> None:
        """Kill a container behind Composia's back; the engine starts it again."""
        name = f"{random.choice(SERVICES)}-main-1"
        await asyncio.to_thread(self.engine.docker, "kill", name)

    async def watch(self) -> None:
        """Watch everything for a while."""
        await _for_a_while(self.server.watch(WatchRequest(topics=tuple(WatchTopic))))

    async def read_logs(self) -> None:
        """Read the last lines of a service, and what comes."""
        await _for_a_while(self.server.read_logs(LogsQuery(services=(random.choice(SERVICES),), tail=50, follow=True)))

    async def execute(self) -> None:
        """Run a command in a container that may be going away."""
        start = ExecStart(service=random.choice(SERVICES), argv=("/bin/busybox", "true"))

        async def inputs() -> AsyncIterator[ExecInput]:
            yield start

        await _for_a_while(self.server.exec(inputs()))

    async def ask(self) -> None:
        """Ask what people ask."""
        await self.server.get_status(())
        await self.server.get_usage(())
        await self.server.query_usage(UsageQuery(node=NODE))


async def _for_a_while(stream: AsyncIterator[object]) -> None:
    """Read a stream for up to some seconds; that it ends with an error is part of the churn."""
    try:
        async with asyncio.timeout(random.uniform(0.5, 6)):
            async for _ in stream:
                pass
    except TimeoutError:
        pass
    finally:
        await stream.aclose()  # type: ignore[attr-defined] # all of them are generators


@dataclass(kw_only=True)
class Readings:
    """Memory and open files of a process over time."""

    process: int
    at_s: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)
    files: list[float] = field(default_factory=list)

    def take(self) -> None:
        """Read them now."""
        self.at_s.append(time.monotonic())
        self.memory.append(memory_mib(self.process))
        self.files.append(len(list(Path(f"/proc/{self.process}/fd").iterdir())))

    def told(self) -> str:
        """The line about them."""
        return (
            f"{self.memory[0]:5.1f} MiB at first, {self.memory[-1]:5.1f} at last, {max(self.memory):5.1f} at most; "
            f"slope {self._slope(self.memory):+.2f} MiB an hour, {self._slope(self.files):+.1f} files an hour"
        )

    def _slope(self, values: list[float]) -> float:
        """Of the least squares line through the last three quarters, an hour."""
        first = len(values) // 4
        times, found = self.at_s[first:], values[first:]
        middle, mean = sum(times) / len(times), sum(found) / len(found)
        spread = sum((at - middle) ** 2 for at in times)
        return 3600 * sum((at - middle) * (value - mean) for at, value in zip(times, found, strict=True)) / spread


def main(minutes: float) -> None:
    """Let it run, and print."""
    assert FILE.exists(), "./dev build makes the file"
    testbed = Testbed.up(f"soak-{os.getpid()}", engines=1, user=claim.own_user())
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory:
        fleet = Fleet(directory=Path(directory), command=(str(FILE),))
        try:
            asyncio.run(_soak(fleet, testbed, minutes))
        finally:
            fleet.end()
            testbed.release(claim.own_user())


async def _soak(fleet: Fleet, testbed: Testbed, minutes: float) -> None:
    engine, image = testbed.engine(1), testbed.registry.name("fixture:1")
    for service in SERVICES:
        fleet.write(service, COMPOSE.format(image=image, turn=0), NODE, meta=META)
    fleet.commit()
    fleet.start_server()
    fleet.start_agent(NODE, engine)
    fleet.deploy("--all")
    readings = {name: Readings(process=fleet.processes[name].pid) for name in ("server", f"agent-{NODE}")}
    begun = time.monotonic()
    async with connected(fleet) as server:
        until = begun + minutes * 60
        churn = Churn(fleet=fleet, engine=engine, image=image, server=server, until=until)
        going = asyncio.create_task(churn.run())
        while not going.done():
            for reading in readings.values():
                reading.take()
            await asyncio.wait([going], timeout=READING_S)
        await going
    print(f"{minutes:g} minutes: " + ", ".join(f"{kind} {count}" for kind, count in sorted(churn.done.items())))
    for name, reading in readings.items():
        print(f"{name:14} {reading.told()}")


if __name__ == "__main__":
    try:
        main(float(sys.argv[1]) if len(sys.argv) > 1 else 30.0)
    except subprocess.CalledProcessError as failed:
        sys.exit(str(failed))
