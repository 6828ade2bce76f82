"""The API of a fleet's server, as its admin: quicker than the command line, which starts a Python each time."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from composia.builtin_plugins.connect import composia_transport
from composia.clock import SystemClock
from composia.plugins.provider import Context, NoConfig
from composia.plugins.transport import ServerConnection, Target
from tests.e2e.fleet import Fleet

Answer = TypeVar("Answer")


@asynccontextmanager
async def connected(fleet: Fleet) -> AsyncIterator[ServerConnection]:
    """A connection to the server."""
    transport = await composia_transport().open(NoConfig(), Context(data=Path(), clock=SystemClock()))
    token = (fleet.server_data / "admin.token").read_text().strip()
    server = await transport.connect_server(
        Target(url=fleet.url, token=token, ca=(fleet.server_data / "ca.pem").read_bytes())
    )
    try:
        yield server
    finally:
        await server.close()


def ask(fleet: Fleet, question: Callable[[ServerConnection], Awaitable[Answer]]) -> Answer:
    """Ask one thing on a connection of its own."""

    async def run() -> Answer:
        async with connected(fleet) as server:
            return await question(server)

    return asyncio.run(run())
