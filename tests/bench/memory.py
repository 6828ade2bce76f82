"""What a server needs after many tasks: `./dev bench memory [TASKS]`, by default a hundred thousand.

A real server and a played agent on a real connection, which ends each task as soon as it gets it, with a release and a line of
output. Printed is the server's memory (RSS, MiB) before, on the way, and at the end, the reference being the same server
after the first thousand; and how many tasks a second went through.
"""

import asyncio
import secrets
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TypeVar

from composia.builtin_plugins.connect import composia_transport
from composia.clock import SystemClock
from composia.core.node import NodeStatus
from composia.core.release import Release
from composia.core.session import (
    Accepted,
    AgentMessage,
    Finished,
    Heartbeat,
    Hello,
    LogBatch,
    Report,
    Reports,
    Run,
)
from composia.core.task import TaskState
from composia.plugins.api import AgentApi, DeployRequest
from composia.plugins.provider import Context, NoConfig
from composia.plugins.transport import Target
from tests.e2e.api import connected
from tests.e2e.fleet import Fleet, wait_until

SERVICES = 50
COMPOSE = "services: {main: {image: example}}\n"
LINE = b"done\n"
HEARTBEAT_S = 5.0

Item = TypeVar("Item")


def resident_mib(pid: int) -> float:
    """A process's resident memory."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


class PlayedAgent:
    """Ends every task as soon as it gets it."""

    def __init__(self, api: AgentApi) -> None:
        self.ended = 0
        self._api = api
        self._messages: asyncio.Queue[AgentMessage] = asyncio.Queue()
        self._batches: asyncio.Queue[LogBatch] = asyncio.Queue()

    async def run(self) -> None:
        """Speak until cancelled."""
        self._messages.put_nowait(Hello(node="node-a", agent_id="bench", capacity=16))
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._beat())
            tasks.create_task(self._push())
            async for message in self._api.session(_each(self._messages)):
                if isinstance(message, Run):
                    self._end(message)

    async def _beat(self) -> None:
        for number in range(1, sys.maxsize):
            await asyncio.sleep(HEARTBEAT_S)
            self._messages.put_nowait(Heartbeat(number=number, status=NodeStatus(), inventory="none"))

    async def _push(self) -> None:
        async for _ in self._api.push_logs(_each(self._batches)):
            pass

    def _end(self, run: Run) -> None:
        accepted = Report(attempt=run.attempt, number=1, body=Accepted())
        self._messages.put_nowait(Reports(reports=(accepted,)))
        self._batches.put_nowait(LogBatch(attempt=run.attempt, offset=0, data=LINE))
        end = Finished(state=TaskState.SUCCEEDED, output_bytes=len(LINE), release=_release(run))
        self._messages.put_nowait(Reports(reports=(Report(attempt=run.attempt, number=2, body=end),)))
        self.ended += 1


def _release(run: Run) -> Release:
    order = run.order
    return Release(
        service=order.service,
        node="node-a",
        task=run.attempt.task,
        revision=order.revision,
        bundle=order.bundle,
        project=order.project,
        compose_files=order.compose_files,
        containers=(),
        good=True,
        health="1 healthy",
    )


async def _each(queue: "asyncio.Queue[Item]") -> AsyncIterator[Item]:
    while True:
        yield await queue.get()


async def deploy(fleet: Fleet, agent: PlayedAgent, tasks: int) -> None:
    """Deploy all services, again and again, until so many tasks have ended."""
    async with connected(fleet) as server:
        while agent.ended < tasks:
            started = await server.deploy(DeployRequest(request_id=secrets.token_hex(8), all=True))
            last = started.deployments[-1].tasks[-1].id
            async for _ in server.task_output(last, follow=True, attempt=0, offset=0):
                pass


async def measure(fleet: Fleet, tasks: int) -> None:
    """Run the tasks and print on the way."""
    transport = await composia_transport().open(NoConfig(), Context(data=Path(), clock=SystemClock()))
    token = fleet.cli("token", "create", "--role", "node", "--node", "node-a", "-q").strip()
    api = await transport.connect_agent(
        Target(url=fleet.url, token=token, ca=(fleet.server_data / "ca.pem").read_bytes())
    )
    agent = PlayedAgent(api)
    playing = asyncio.create_task(agent.run())
    await asyncio.to_thread(wait_until, lambda: fleet.node("node-a")["state"] == "online", "the agent is there")
    pid = fleet.processes["server"].pid
    print(f"tasks       0  {resident_mib(pid):6.0f} MiB")
    first, begun = 0.0, time.perf_counter()
    for goal in (1_000, tasks // 10, tasks // 2, tasks):
        await deploy(fleet, agent, goal)
        resident = resident_mib(pid)
        first = first or resident
        rate = agent.ended / (time.perf_counter() - begun)
        print(f"tasks {agent.ended:7}  {resident:6.0f} MiB, ratio {resident / first:.2f}, {rate:.0f} a second")
    playing.cancel()
    await asyncio.gather(playing, return_exceptions=True)
    await api.close()


def main(tasks: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as directory:
        fleet = Fleet(directory=Path(directory))
        try:
            for number in range(SERVICES):
                fleet.write(f"web-{number}", COMPOSE, "node-a")
            fleet.commit()
            fleet.start_server()
            asyncio.run(measure(fleet, tasks))
        finally:
            fleet.end()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
