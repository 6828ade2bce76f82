"""Whether the server lives and whether it is ready, for whoever starts, balances or watches it. Neither asks for a token."""

import asyncio
from http import HTTPStatus
from pathlib import Path

from composia.errors import ComposiaError
from composia.plugins.queue import Queue
from composia.plugins.routes import Route
from composia.server.small_page import Answer, Scope, small_page

LIVE_PATH = "/healthz"
READY_PATH = "/readyz"

ANSWER_S = 2.0
"""How long the store may take to answer."""


class Health:
    """What is looked at. A server that waits for its repository or its nodes is ready: it can tell people so. `data` is its
    directory, `certificate` what its port shows, None without TLS."""

    def __init__(self, queue: Queue, data: Path) -> None:
        self._queue = queue
        self.data = data
        self.certificate: Path | None = None
        self.stopping = False

    async def trouble(self) -> str:
        """Why the server cannot serve, in a line; empty when it can."""
        if self.stopping:
            return "the server is stopping"
        try:
            async with asyncio.timeout(ANSWER_S):
                await self._queue.last_change()
        except TimeoutError:
            return f"the store does not answer within {ANSWER_S:g} s"
        except ComposiaError as error:
            return str(error)
        return ""

    async def ready(self) -> bool:
        """Whether the server can serve."""
        return not await self.trouble()


def health_pages(health: Health) -> tuple[Route, ...]:
    """`GET /healthz` is answered as long as the process works, `GET /readyz` with 200, or with 503 and why."""

    well = Answer(HTTPStatus.OK, b"ok\n")

    async def live(_: Scope) -> Answer:
        return well

    async def ready(_: Scope) -> Answer:
        trouble = await health.trouble()
        return Answer(HTTPStatus.SERVICE_UNAVAILABLE, f"{trouble}\n".encode()) if trouble else well

    return small_page(LIVE_PATH, live), small_page(READY_PATH, ready)
