"""`GET /ca.pem`: the CA that vouches for this server, for whoever has its fingerprint. It is public, and asks for no token."""

import asyncio
from collections.abc import Callable
from http import HTTPStatus

from composia.core.join import CA_PATH
from composia.plugins.routes import Route
from composia.server.small_page import Answer, Scope, small_page


def ca_page(read: Callable[[], bytes]) -> Route:
    """The page with what `read` returns, which may block, as it is then."""

    async def answer(_: Scope) -> Answer:
        return Answer(HTTPStatus.OK, await asyncio.to_thread(read), "application/x-pem-file")

    return small_page(CA_PATH, answer)
