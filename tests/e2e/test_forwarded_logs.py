"""Logs on their way through a real server over its real transport, from nodes that the test plays: no engine is
needed."""

import asyncio
import json
import os
import subprocess
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from pathlib import Path

import anyio
import pytest

from composia.builtin_plugins.connect import composia_transport
from composia.clock import SystemClock
from composia.core.container_log import ForwardedLogs
from composia.core.principal import Role
from composia.errors import ComposiaError
from composia.plugins.provider import Context, NoConfig
from composia.plugins.testing.log_lines import batch, source
from composia.plugins.transport import Target
from tests.builtin_plugins.log_syslog.receiver import Receiver
from tests.e2e.api import connected
from tests.e2e.fleet import Fleet, wait_until

PATIENCE_S = 90


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Fleet]:
    """A server without agents."""
    fleet = Fleet(directory=tmp_path)
    fleet.commit()
    try:
        fleet.start_server()
        yield fleet
    finally:
        fleet.end()


@dataclass(kw_only=True)
class PlayedNode:
    """Forwards batches as an agent does: from the first one that was not acknowledged on, whenever the server is
    back."""

    fleet: Fleet
    name: str
    batches: list[ForwardedLogs]
    kept: int = 0
    more: asyncio.Event = field(default_factory=asyncio.Event)

    async def forward(self) -> None:
        async with connected(self.fleet) as server:
            _, token = await server.create_token(Role.NODE, self.name)
        transport = await composia_transport().open(NoConfig(), Context(data=Path(), clock=SystemClock()))
        ca = (self.fleet.server_data / "ca.pem").read_bytes()
        while self.kept < len(self.batches):
            agent = await transport.connect_agent(Target(url=self.fleet.url, token=token, ca=ca))
            with suppress(ComposiaError):
                async with aclosing(agent.forward_logs(self._rest())) as answers:  # type: ignore[type-var]
                    async for answer in answers:
                        assert answer.number > self.kept
                        self.kept = answer.number
                        self.more.set()
                        if self.kept == len(self.batches):
                            break
            await agent.close()
            await asyncio.sleep(0.05)

    async def until(self, count: int) -> None:
        """Until so many are acknowledged."""
        with anyio.fail_after(PATIENCE_S):
            while self.kept < count:
                self.more.clear()
                await self.more.wait()

    async def _rest(self) -> AsyncIterator[ForwardedLogs]:
        for one in self.batches[self.kept :]:
            yield one
        await asyncio.Event().wait()


def batches_of(node: str, count: int) -> list[ForwardedLogs]:
    """Of two services by turns, small ones and large ones, each line with a number of its own."""
    made = []
    for number in range(1, count + 1):
        size = 40_000 if number % 7 == 0 else 20
        lines = [b"%s %d.%d %s" % (node.encode(), number, at, b"x" * (size // 20)) for at in range(20)]
        made.append(
            batch(number, lines, of=source("web" if number % 3 else "db"), at_ns=1_793_707_200 * 10**9 + number)
        )
    return made


def lines_of(batches: list[ForwardedLogs]) -> list[bytes]:
    return [one.data[start:end] for one in batches for start, end in zip((0, *one.ends), one.ends, strict=False)]


def follow(fleet: Fleet, file: Path, *arguments: str) -> "subprocess.Popen[bytes]":
    """`composia logs -f`, into a file."""
    environment = {
        **os.environ,
        "COMPOSIA_SERVER": fleet.url,
        "COMPOSIA_TOKEN": (fleet.server_data / "admin.token").read_text().strip(),
        "COMPOSIA_CA": str(fleet.server_data / "ca.pem"),
    }
    with file.open("wb") as out:
        command = [*fleet.command, "logs", "-f", *arguments]
        return subprocess.Popen(command, env=environment, stdout=out, stderr=subprocess.PIPE)


@pytest.mark.anyio
async def test_nothing_is_lost_and_nothing_comes_twice_when_the_server_is_killed_while_logs_flow(
    served: Fleet, tmp_path: Path
) -> None:
    """Two nodes forward, one person follows all the while; the server is killed twice."""
    count, out = 80, tmp_path / "followed"
    nodes = [PlayedNode(fleet=served, name=name, batches=batches_of(name, count)) for name in ("node-a", "node-b")]
    expected = Counter(lines_of(nodes[0].batches) + lines_of(nodes[1].batches))
    follower = follow(served, out, "--tail", "all", "-o", "raw")
    try:
        async with anyio.create_task_group() as tasks:
            for node in nodes:
                tasks.start_soon(node.forward)
            for part in (20, 45):
                await nodes[part % 2].until(part)
                await asyncio.to_thread(served.kill, "server")
                await asyncio.to_thread(served.start_server)
        read = (await asyncio.to_thread(served.cli, "logs", "--tail", "all", "-o", "raw")).encode().splitlines()
        assert Counter(read) == expected
        size = sum(len(line) + 1 for line in read)
        await asyncio.to_thread(wait_until, lambda: out.stat().st_size >= size, "the follower has it all", PATIENCE_S)
        assert Counter(out.read_bytes().splitlines()) == expected
    finally:
        follower.kill()
        follower.communicate()


@pytest.mark.anyio
async def test_other_sinks_get_what_the_leading_one_has_kept(tmp_path: Path) -> None:
    receiver = Receiver()
    await receiver.start()
    config = tmp_path / "server.yaml"
    config.write_text(
        "log_sinks:\n  - {provider: stdout}\n  - {provider: files, days: 1}\n"
        f"  - {{provider: syslog, address: '127.0.0.1:{receiver.port}', tls: false}}\n"
    )
    fleet = Fleet(directory=tmp_path)
    fleet.commit()
    try:
        await asyncio.to_thread(fleet.start_server, "--config", str(config))
        node = PlayedNode(fleet=fleet, name="node-a", batches=[batch(1, [b"to all"])])
        await node.forward()
        assert (await asyncio.to_thread(fleet.cli, "logs", "web", "-o", "raw")) == "to all\n"
        [message] = await receiver.wait_for(1)
        assert message.endswith(b'name="web-app-1"] to all')
        printed = await asyncio.to_thread(
            wait_until,
            lambda: [line for line in fleet.log("server").splitlines() if line.startswith('{"time"')],
            "it prints",
        )
        assert json.loads(printed[0])["text"] == "to all"
    finally:
        await asyncio.to_thread(fleet.end)
        await receiver.stop()


@pytest.mark.anyio
async def test_a_node_forwards_nothing_with_the_token_of_a_person(served: Fleet) -> None:
    transport = await composia_transport().open(NoConfig(), Context(data=Path(), clock=SystemClock()))
    token = (served.server_data / "admin.token").read_text().strip()
    agent = await transport.connect_agent(
        Target(url=served.url, token=token, ca=(served.server_data / "ca.pem").read_bytes())
    )

    async def one() -> AsyncIterator[ForwardedLogs]:
        yield batch(1, [b"x"])

    try:
        with pytest.raises(ComposiaError) as refused:
            async for _ in agent.forward_logs(one()):
                pass
        assert refused.value.code == "forbidden"
    finally:
        await agent.close()
