"""`GET /ca.pem`: the CA that vouches for this server, for whoever has its fingerprint. It is public, and asks for no token."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from composia.core.join import CA_PATH
from composia.plugins.routes import Route


def ca_page(read: Callable[[], bytes]) -> Route:
    """The page with what `read` returns, which may block, as it is then."""

    async def app(
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
        send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ) -> None:
        if scope["type"] != "http" or scope["path"] != CA_PATH:
            status, kind, body = 404, b"text/plain", b"nothing is here"
        elif scope["method"] not in ("GET", "HEAD"):
            status, kind, body = 405, b"text/plain", b"only GET"
        else:
            status, kind, body = 200, b"application/x-pem-file", await asyncio.to_thread(read)
        headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope.get("method") == "HEAD" else body})

    return Route(path=CA_PATH, app=app)
