"""A command's connection to the server."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from composia.builtin_plugins.connect import composia_transport
from composia.cli.profile import Profile, load_profile
from composia.clock import SystemClock
from composia.plugins.provider import Context, NoConfig
from composia.plugins.transport import ServerConnection, Target

Result = TypeVar("Result")


def ask(question: Callable[[ServerConnection], Awaitable[Result]]) -> Result:
    """Ask the server of the profile in force."""
    profile = load_profile()

    async def run() -> Result:
        async with connected(profile) as server:
            return await question(server)

    return asyncio.run(run())


@asynccontextmanager
async def connected(profile: Profile) -> AsyncIterator[ServerConnection]:
    """A connection to a profile's server."""
    provider = composia_transport()
    transport = await provider.open(NoConfig(), Context(data=Path(), clock=SystemClock()))
    target = Target(url=profile.server, token=profile.token, ca=profile.ca.encode() or None)
    server = await transport.connect_server(target)
    try:
        yield server
    finally:
        await server.close()
