"""A watcher that does not read is told the latest of each thing once it reads again, and holds up nothing meanwhile."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from typing import Any, cast

import anyio
import pytest

from composia.builtin_plugins.connect.transport import ConnectTransport
from composia.core.node import NodeStatus
from composia.core.principal import Principal
from composia.core.session import Heartbeat
from composia.plugins.api import AgentApi, ServerApi
from composia.plugins.auth import Credentials
from composia.plugins.transport import Binding, ServerConnection, Target
from composia.plugins.watching import WatchEvent, WatchRequest, WatchTopic
from composia.server import watch
from composia.server.people import People
from tests.server.world import ADA, World, container

pytestmark = pytest.mark.anyio

CHANGES = 80
BYTES = 1_000_000
"""So much is told with each change that all of them together are far more than any buffer on the way holds."""


class Counted(People):
    """Counts the events that were handed to the transport."""

    handed: list[WatchEvent]

    async def watch(self, request: WatchRequest) -> AsyncIterator[WatchEvent]:
        async for event in super().watch(request):
            self.handed.append(event)
            yield event


@asynccontextmanager
async def served(world: World, handed: list[WatchEvent]) -> AsyncIterator[ServerConnection]:
    """Somebody connected to the world by a real transport."""

    async def authenticate(_credentials: Credentials) -> Principal:
        return ADA

    async def ready() -> bool:
        return True

    def people(principal: Principal) -> ServerApi:
        api = Counted(world.plane, principal)
        object.__setattr__(api, "handed", handed)
        return api

    transport = ConnectTransport()
    serving = await transport.serve(
        Binding(
            listen="127.0.0.1:0",
            tls=None,
            authenticate=authenticate,
            server_api=people,
            agent_api=lambda principal: cast("AgentApi", None),
            ready=ready,
        )
    )
    connection = await transport.connect_server(Target(url=serving.address, token="x"))
    try:
        yield connection
    finally:
        await connection.close()
        await serving.stop()


def seen(number: int) -> Heartbeat:
    """A picture that is another one each time, and cannot be compressed to next to nothing."""
    shown = replace(container(), restarts=number, check=os.urandom(BYTES // 2).hex())
    return Heartbeat(number=number, status=NodeStatus(), inventory=f"i{number}", containers=(shown,), workspaces=())


async def test_who_does_not_read_for_a_while_gets_the_latest_and_not_each_step(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "PACE_S", 0.0)
    handed: list[WatchEvent] = []
    async with world.agent("a") as agent, served(world, handed) as connection:
        events = cast("Any", connection.watch(WatchRequest(topics=(WatchTopic.NODES,))))
        async with aclosing(events):
            with anyio.fail_after(60):
                await anext(events)
                for number in range(1, CHANGES + 1):
                    before = len(handed)
                    world.plane.sightings.take("a", seen(number))
                    for _ in range(30):  # who reads would be told of each: it is handed on at once
                        if len(handed) > before:
                            break
                        await asyncio.sleep(0.001)
                received = [await anext(events)]
                while received[-1].nodes[0].others[0].restarts < CHANGES:
                    received.append(await anext(events))
            told = len(handed)  # what comes now is news again, until the server has heard that nobody watches
        await agent.see()

    assert len(received) < CHANGES / 2
    assert told == len(received) + 1
    assert not any(event.snapshot for event in received)
