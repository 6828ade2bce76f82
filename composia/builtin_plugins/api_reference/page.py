"""The built reference: one page that loads nothing else."""

import gzip
from collections.abc import Sequence
from functools import cached_property
from importlib import resources

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from composia.plugins.routes import Route

HEADERS = {
    "cache-control": "no-cache",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "vary": "accept-encoding",
    "x-content-type-options": "nosniff",
}


class Reference:
    """Serves the page that was built into the program; a program that was not built has none."""

    def routes(self) -> Sequence[Route]:
        """The page at `/api`."""
        return (Route(path="/api", app=self),)

    async def close(self) -> None:
        """Nothing is held open."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await self._respond(Request(scope))(scope, receive, send)

    def _respond(self, request: Request) -> Response:
        if request.method not in ("GET", "HEAD"):
            return Response("method not allowed\n", 405, {"allow": "GET, HEAD"})
        if request.scope["path"] not in ("/api", "/api/") or not self._packed:
            return Response("not found\n", 404)
        if "gzip" in request.headers.get("accept-encoding", ""):
            headers = {**HEADERS, "content-encoding": "gzip"}
            return Response(self._packed, headers=headers, media_type="text/html")
        return Response(gzip.decompress(self._packed), headers=HEADERS, media_type="text/html")

    @cached_property
    def _packed(self) -> bytes:
        """Read when it is first asked for, so that a start does not wait for it."""
        built = resources.files("composia.builtin_plugins.api_reference") / "static" / "index.html"
        return gzip.compress(built.read_bytes()) if built.is_file() else b""
