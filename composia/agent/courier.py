"""Getting a bundle here: from what lies here already, else from the server, as soon as it can be reached."""

import logging
from collections.abc import Callable, Collection

import anyio
import anyio.to_thread

from composia.agent.bundles import Bundle, Bundles
from composia.agent.link import Link
from composia.errors import Unavailable

log = logging.getLogger(__name__)

RETRY_S = 1.0


class Courier:
    """Brings bundles. `in_use` tells the digests of those that must stay."""

    def __init__(self, bundles: Bundles, link: Link, in_use: Callable[[], Collection[str]]) -> None:
        self._bundles = bundles
        self._link = link
        self._in_use = in_use
        self._pruning = anyio.Lock()

    async def find(self, digest: str) -> Bundle | None:
        """The bundle, if it is here whole."""
        async with self._pruning:  # who is let in later is in use by now, and stays
            return await anyio.to_thread.run_sync(self._bundles.find, digest)

    async def fetch(self, digest: str) -> Bundle:
        """Fetch the bundle, however often the connection is lost; the caller limits the time."""
        while True:
            try:
                async with self._link.connected() as server:
                    return await self._bundles.receive(digest, server.fetch_bundle(digest))
            except Unavailable as error:
                log.warning("bundle not fetched yet", extra={"bundle": digest, "reason": str(error)})
                await anyio.sleep(RETRY_S)

    async def prune(self) -> None:
        """Remove the bundles that are not in use (any more)."""
        async with self._pruning:
            await anyio.to_thread.run_sync(self._bundles.prune, self._in_use())
