"""Whoever is refused at the gate is heard out first, within bounds. An answer that has ended before the request has is right by
HTTP/2, but a curl as Debian 12 has it never sees its end: it spins until somebody kills it."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any

from composia.plugins.routes import AsgiApp

PATIENCE_S = 0.5
MOST_BYTES = 64 << 10


def hearing_out(app: AsgiApp) -> AsgiApp:
    """An application whose answer to a request that it has not read begins when the rest of that has come, or is not
    worth waiting for. What comes is thrown away."""

    async def run(
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
        send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ) -> None:
        unheard = True

        async def receive_on() -> MutableMapping[str, Any]:
            nonlocal unheard
            unheard = False
            return await receive()

        async def send_on(message: MutableMapping[str, Any]) -> None:
            if unheard and message["type"] == "http.response.start":
                await _hear_out(receive_on)
            await send(message)

        await app(scope, receive_on, send_on)

    return run


async def _hear_out(receive: Callable[[], Awaitable[MutableMapping[str, Any]]]) -> None:
    size, more = 0, True
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE_S):
            while more and size <= MOST_BYTES:
                message = await receive()
                size += len(message.get("body", b""))
                more = message.get("more_body", False)
