"""The server's certificate while it runs: made new before it ends, and read again when its files change."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

from composia.clock import Clock
from composia.errors import ComposiaError
from composia.plugins.transport import Tls
from composia.server.certificates import valid_until

log = logging.getLogger(__name__)

LOOK_S = 600.0
"""How often it is looked after. A new one that a person puts there is used after so long at the latest."""

WARN_MS = 14 * 86_400_000
"""How long before its end a certificate that is given to the server is warned of."""


class ShownCertificate:
    """What the port shows. `ensure` makes what is missing or about to end, if that is for us to do, and says where the
    files lie; `reload` has them read."""

    def __init__(self, ensure: Callable[[], Tls | None], reload: Callable[[], Awaitable[None]], clock: Clock) -> None:
        self._ensure = ensure
        self._reload = reload
        self._clock = clock
        self._shown: object = None
        self._warned = ""

    async def keep(self) -> None:
        """Look after it for ever. What goes wrong is logged and tried again: the one in use is still good for a while."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_S)

    async def look(self) -> None:
        """Look after it once."""
        try:
            tls = await asyncio.to_thread(self._ensure)
            if tls is not None:
                await self._show(tls)
        except (ComposiaError, OSError) as error:
            log.warning("certificate not renewed", extra={"error": str(error)})

    async def _show(self, tls: Tls) -> None:
        stamp = await asyncio.to_thread(_stamp, tls)
        if self._shown not in (None, stamp):
            await self._reload()
            log.info("certificate renewed", extra={"file": str(tls.certificate)})
        self._shown = stamp
        await self._warn(tls.certificate)

    async def _warn(self, file: Path) -> None:
        """Once a day."""
        left_ms = await asyncio.to_thread(valid_until, file) - self._clock.now_ms()
        day = str(left_ms // 86_400_000)
        if left_ms < WARN_MS and day != self._warned:
            self._warned = day
            log.warning(
                "the certificate has expired" if left_ms < 0 else "the certificate will expire",
                extra={"file": str(file), "days": day},
            )


def _stamp(tls: Tls) -> object:
    return [(status.st_mtime_ns, status.st_size, status.st_ino) for status in (tls.certificate.stat(), tls.key.stat())]
