"""Answers of RPCs tell what is so now, and are not for caches: neither a browser's, which a GET would be kept in, nor a proxy's."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from composia.plugins.routes import AsgiApp

_NO_STORE = (b"cache-control", b"no-store")


def unstored(app: AsgiApp) -> AsgiApp:
    """An application whose answers all say so."""

    async def run(scope: Any, receive: Any, send: Callable[[MutableMapping[str, Any]], Awaitable[None]]) -> None:
        async def send_on(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), _NO_STORE]}
            await send(message)

        await app(scope, receive, send_on)

    return run
