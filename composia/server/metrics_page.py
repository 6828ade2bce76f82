"""`GET /metrics`: what Prometheus scrapes. It asks for the token of a viewer, which a scrape configuration can carry."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any

from composia._version import __version__
from composia.core.principal import Principal, allowed
from composia.errors import ComposiaError, Forbidden, Unauthenticated
from composia.plugins.auth import Credentials
from composia.plugins.routes import Route
from composia.server.control_plane import ControlPlane
from composia.server.exported import Moment, exported, reachable
from composia.server.exposition import CONTENT_TYPE, lines

PATH = "/metrics"
METHOD = "GetUsage"
"""Who may call that may read this."""


def metrics_page(plane: ControlPlane) -> Route:
    """The page, as it is each time that it is asked for."""

    async def app(
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
        send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ) -> None:
        status, kind, body, more = HTTPStatus.OK, CONTENT_TYPE, b"", []
        if scope["type"] != "http" or scope["path"] != PATH:
            status, kind, body = HTTPStatus.NOT_FOUND, "text/plain", b"nothing is here\n"
        elif scope["method"] not in ("GET", "HEAD"):
            status, kind, body = HTTPStatus.METHOD_NOT_ALLOWED, "text/plain", b"only GET\n"
        else:
            try:
                await _admit(plane, scope)
                body = await text(plane)
            except ComposiaError as error:
                status, kind, body = _refused(error)
                more = [(b"www-authenticate", b"Bearer")] if status == HTTPStatus.UNAUTHORIZED else []
        headers = [
            (b"content-type", kind.encode()),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store"),
            *more,
        ]
        await send({"type": "http.response.start", "status": int(status), "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope.get("method") == "HEAD" else body})

    return Route(path=PATH, app=app)


async def text(plane: ControlPlane) -> bytes:
    """All of it, now."""
    await plane.board.refresh()
    report = plane.board.report()
    usages = [plane.sightings.usage(node) for node in reachable(report.nodes)]
    tasks = Counter(task.state.value for task in (*await plane.queue.live(), *await plane.queue.waiting()))
    moment = Moment(
        version=__version__,
        report=report,
        usages=[usage for usage in usages if usage is not None],
        tasks={"pending": 0, "assigned": 0, "running": 0, **tasks},
        ended=dict(plane.ended),
    )
    return await asyncio.to_thread(render, moment)  # of many containers it takes a while


def render(moment: Moment) -> bytes:
    """What is known at a moment, as Prometheus reads it."""
    return "".join(line for family, samples in exported(moment) for line in lines(family, samples)).encode()


async def _admit(plane: ControlPlane, scope: MutableMapping[str, Any]) -> Principal:
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    peer = scope.get("client") or ("", 0)
    credentials = Credentials(method=PATH, headers=headers, cookies={}, peer=f"{peer[0]}:{peer[1]}")
    principal = await plane.callers.authenticate(credentials)
    if not allowed(principal.role, METHOD):
        raise Forbidden(f"the role {principal.role} may not read this", where=PATH)
    return principal


def _refused(error: ComposiaError) -> tuple[HTTPStatus, str, bytes]:
    status = HTTPStatus.SERVICE_UNAVAILABLE
    if isinstance(error, Unauthenticated):
        status = HTTPStatus.UNAUTHORIZED
    elif isinstance(error, Forbidden):
        status = HTTPStatus.FORBIDDEN
    told = f"{error}\n{error.hint}".strip()
    return status, "text/plain; charset=utf-8", f"{told}\n".encode()
