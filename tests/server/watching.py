"""Watching a server as its clients do, and what there is to be seen."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import anyio

from composia.core.container import ContainerState
from composia.plugins.watching import WatchEvent, WatchRequest, WatchTopic
from tests.server.world import PlayedAgent, World, container

SERVICES = WatchRequest(topics=(WatchTopic.SERVICES,))
NODES = WatchRequest(topics=(WatchTopic.NODES,))
USAGE = WatchRequest(topics=(WatchTopic.USAGE,))
STOPPED = replace(container(), state=ContainerState.EXITED, ended_ms=1)


@asynccontextmanager
async def watching(world: World, request: WatchRequest) -> AsyncIterator[AsyncIterator[WatchEvent]]:
    """A watch that is ended."""
    events = world.people.watch(request)
    try:
        yield events
    finally:
        aclose = getattr(events, "aclose", None)
        assert aclose is not None
        await aclose()


async def told(events: AsyncIterator[WatchEvent]) -> WatchEvent:
    """The next event."""
    with anyio.fail_after(20):
        return await anext(events)


async def deployed(world: World, agent: PlayedAgent) -> None:
    """A service on that agent's node, that runs."""
    await world.commit("web", agent.node)
    await world.people.deploy(world.request("web"))
    await agent.finish(await agent.hear_run())
    await agent.see(container())
