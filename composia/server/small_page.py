"""A page of a few bytes, for whoever asks: no token, no more than one path."""

from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any

from composia.plugins.routes import Route

Answer = tuple[int, bytes]


def small_page(path: str, kind: str, answer: Callable[[], Awaitable[Answer]]) -> Route:
    """The page at `path`, of that content type, with the status and the body that `answer` gives each time."""

    async def app(
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
        send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ) -> None:
        content_type = "text/plain; charset=utf-8"
        if scope["type"] != "http" or scope["path"] != path:
            status, body = HTTPStatus.NOT_FOUND, b"nothing is here\n"
        elif scope["method"] not in ("GET", "HEAD"):
            status, body = HTTPStatus.METHOD_NOT_ALLOWED, b"only GET\n"
        else:
            code, body = await answer()
            status, content_type = HTTPStatus(code), kind
        headers = [
            (b"content-type", content_type.encode()),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store"),
        ]
        await send({"type": "http.response.start", "status": int(status), "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope.get("method") == "HEAD" else body})

    return Route(path=path, app=app)
