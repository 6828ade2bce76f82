"""Hearing at once when something happens to a container."""

import logging
from contextlib import aclosing

import anyio

from composia.agent.backoff import Backoff
from composia.agent.bell import Bell
from composia.errors import ComposiaError
from composia.plugins.executor_seeing import Seeing

log = logging.getLogger(__name__)

LONGEST_S = 5.0
"""The longest wait until an engine that went away is listened to again."""


class Listening:
    """Rings `news` at each event, when it begins to listen, and when the engine has broken off."""

    def __init__(self, executor: Seeing) -> None:
        self.news = Bell()
        self._executor = executor
        self._backoff = Backoff(first_s=0.2, longest_s=LONGEST_S)

    async def run(self) -> None:
        """Listen, again and again."""
        while True:
            heard = False
            try:
                async with aclosing(self._executor.events()) as events:
                    async for _ in events:
                        if not heard:
                            heard = True
                            self._backoff.reset()
                            log.info("listening to the engine")
                        self.news.ring()
            except ComposiaError as error:
                if heard:
                    log.info("the engine tells nothing more", extra={"reason": str(error)})
            self.news.ring()
            await anyio.sleep(self._backoff.next())
