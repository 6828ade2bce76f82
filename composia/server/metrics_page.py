"""`GET /metrics`: what Prometheus scrapes. It asks for the token of a viewer, which a scrape configuration can carry."""

import asyncio
from collections import Counter
from http import HTTPStatus

from composia._version import __version__
from composia.core.principal import allowed
from composia.errors import ComposiaError, Forbidden, Unauthenticated
from composia.plugins.auth import Credentials
from composia.plugins.routes import Route
from composia.server.control_plane import ControlPlane
from composia.server.exported import Moment, exported, reachable
from composia.server.exposition import CONTENT_TYPE, lines
from composia.server.small_page import Answer, Scope, small_page

PATH = "/metrics"
METHOD = "GetUsage"
"""Who may call that may read this."""


def metrics_page(plane: ControlPlane) -> Route:
    """The page, as it is each time that it is asked for."""

    async def answer(scope: Scope) -> Answer:
        try:
            await _admit(plane, scope)
            return Answer(HTTPStatus.OK, await text(plane), CONTENT_TYPE)
        except ComposiaError as error:
            return _refused(error)

    return small_page(PATH, answer)


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
        ended=plane.ended.by_state(),
    )
    return await asyncio.to_thread(render, moment)  # of many containers it takes a while


def render(moment: Moment) -> bytes:
    """What is known at a moment, as Prometheus reads it."""
    return "".join(line for family, samples in exported(moment) for line in lines(family, samples)).encode()


async def _admit(plane: ControlPlane, scope: Scope) -> None:
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    peer = scope.get("client") or ("", 0)
    credentials = Credentials(method=PATH, headers=headers, cookies={}, peer=f"{peer[0]}:{peer[1]}")
    principal = await plane.callers.authenticate(credentials)
    if not allowed(principal.role, METHOD):
        raise Forbidden(f"the role {principal.role} may not read this", where=PATH)


def _refused(error: ComposiaError) -> Answer:
    told = f"{error}\n{error.hint}".strip()
    body = f"{told}\n".encode()
    if isinstance(error, Unauthenticated):
        return Answer(HTTPStatus.UNAUTHORIZED, body, headers=((b"www-authenticate", b"Bearer"),))
    return Answer(HTTPStatus.FORBIDDEN if isinstance(error, Forbidden) else HTTPStatus.SERVICE_UNAVAILABLE, body)
