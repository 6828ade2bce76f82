"""A small page for programs: one path that is only read, made anew each time."""

from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any, NamedTuple

from composia.plugins.routes import Route

TEXT = "text/plain; charset=utf-8"

Scope = MutableMapping[str, Any]
"""A request, as ASGI has it."""


class Answer(NamedTuple):
    """What a page says: `kind` is its content type, `headers` are further ones."""

    status: HTTPStatus
    body: bytes
    kind: str = TEXT
    headers: tuple[tuple[bytes, bytes], ...] = ()


def small_page(path: str, answer: Callable[[Scope], Awaitable[Answer]]) -> Route:
    """The page at `path`, with what `answer` makes of a request to read it. Whether a token is needed is its affair."""

    async def app(
        scope: Scope,
        receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
        send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ) -> None:
        if scope["type"] != "http" or scope["path"] != path:
            said = Answer(HTTPStatus.NOT_FOUND, b"nothing is here\n")
        elif scope["method"] not in ("GET", "HEAD"):
            said = Answer(HTTPStatus.METHOD_NOT_ALLOWED, b"only GET\n")
        else:
            said = await answer(scope)
        await send_answer(scope, send, said)

    return Route(path=path, app=app)


async def send_answer(scope: Scope, send: Callable[[MutableMapping[str, Any]], Awaitable[None]], said: Answer) -> None:
    """Say it, so that nobody keeps it."""
    content = [(b"content-type", said.kind.encode()), (b"content-length", str(len(said.body)).encode())]
    headers = [
        *(content if said.status is not HTTPStatus.NO_CONTENT else ()),
        (b"cache-control", b"no-store"),
        *said.headers,
    ]
    await send({"type": "http.response.start", "status": int(said.status), "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope.get("method") == "HEAD" else said.body})
