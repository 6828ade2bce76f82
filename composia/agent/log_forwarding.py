"""Log lines on their way from the spool to the server: batch after batch, until it says that it keeps them.

They share the connection with the session. So no more is under way than the server keeps within half a second: on a slow line
an order or a heartbeat never waits behind megabytes of logs.
"""

import logging
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, nullcontext
from dataclasses import dataclass, field

import anyio

from composia.agent.backoff import Backoff
from composia.agent.bell import Bell
from composia.agent.link import Link
from composia.agent.log_store import LogStore
from composia.core.container_log import ForwardedLogs, LogsKept
from composia.errors import ComposiaError, Forbidden, Invalid, NotPossible, Unavailable

log = logging.getLogger(__name__)

WINDOW = 8 * 1024 * 1024
FIRST_WINDOW = 512 * 1024
SMALLEST_WINDOW = 128 * 1024
"""Bytes that may be under way: at most, at first, and at least."""

PROMPT_S = 0.5
"""With answers within that time there may be more under way; with later ones there is to be less."""

AT_ONCE = 1024 * 1024
"""Bytes that are read from the disk at once."""

GATHERED = 32
"""Of so many answers one is written down, and the last."""

AGAIN_S = 1.0
"""How long it waits with a disk that is in trouble."""

REFUSED_S = 30.0
"""The longest first wait after a refusal, which does not pass by itself."""


@dataclass(kw_only=True)
class Flow:
    """What is under way on one stream. With a `window` of 0 the first batch goes alone."""

    kept: int
    sent: int
    window: int = FIRST_WINDOW
    bell: Bell = field(default_factory=Bell)
    _under_way: deque[tuple[int, int, float]] = field(default_factory=deque)
    _bytes: int = 0

    @property
    def under_way(self) -> list[int]:
        """The numbers of the batches that are."""
        return [number for number, _, _ in self._under_way]

    @property
    def room(self) -> int:
        """How many bytes may be sent now; one batch always may when nothing is under way."""
        return max(self.window - self._bytes, 0 if self._under_way else 1)

    def add(self, batch: ForwardedLogs) -> None:
        """A batch is being sent."""
        size = len(batch.data) + 16 * len(batch.ends)
        self._under_way.append((batch.number, size, anyio.current_time()))
        self._bytes += size
        self.sent = batch.number

    def take(self, number: int) -> None:
        """The server keeps all up to that one."""
        while self._under_way and self._under_way[0][0] <= number:
            _, size, at = self._under_way.popleft()
            self._bytes -= size
            if anyio.current_time() - at > PROMPT_S:
                self.window = max(SMALLEST_WINDOW, self.window - size)
            else:
                self.window = min(WINDOW, self.window + size)
        self.kept = max(self.kept, number)
        self.bell.ring()


class LogForwarding:
    """Sends what the spool holds, on one stream of each connection."""

    def __init__(self, store: LogStore, link: Link) -> None:
        self._store = store
        self._link = link
        self._window = FIRST_WINDOW
        self._refusal = ""
        self._suspect = 0
        self._dropped: set[tuple[str, str]] = set()

    async def run(self) -> None:
        """Send for ever."""
        await self._store.until_open()
        backoff, refused = Backoff(), Backoff(first_s=REFUSED_S, longest_s=4 * REFUSED_S)
        while True:
            await self._until_something_is_owed()
            try:
                async with self._link.connected() as server:
                    flow = Flow(kept=self._store.kept, sent=self._store.kept, window=self._window)
                    self._window = FIRST_WINDOW
                    stream = server.forward_logs(self._batches(flow))
                    try:
                        async with aclosing(stream) if isinstance(stream, AsyncGenerator) else nullcontext():
                            async for kept in stream:
                                await self._take(flow, kept)
                                backoff.reset()
                                refused.reset()
                                self._refusal = ""
                    except Invalid as error:
                        if not flow.under_way:
                            raise
                        await self._pass_over(flow, error)
                        continue
            except (NotPossible, Forbidden, Invalid) as error:
                self._tell(error)
                await anyio.sleep(refused.next())
            except (ComposiaError, OSError) as error:
                log.info("logs interrupted", extra={"reason": str(error)})
                await anyio.sleep(backoff.next())
            else:  # the server has ended the stream, and may do so again
                await anyio.sleep(backoff.next())

    async def _take(self, flow: Flow, kept: LogsKept) -> None:
        flow.take(kept.number)
        spool = self._store.id
        if kept.spool == spool and (flow.kept - self._store.kept >= GATHERED or flow.kept >= flow.sent):
            await self._store.acknowledge(flow.kept)
        if self._store.id != spool:
            raise Unavailable("the server knows more of this spool than there is; it is another one from now on")

    async def _pass_over(self, flow: Flow, error: Invalid) -> None:
        """A batch is refused for what it is. Which one that was, and that it was not only cut short on its way, is known when it
        goes once again, and alone. Then it is dropped: it would never be kept, and all that follow would wait for it."""
        if flow.kept > self._store.kept:
            await self._store.acknowledge(flow.kept)
        first, *others = flow.under_way
        if others or first != self._suspect:
            self._suspect, self._window = first, 0
            return
        batches = await self._store.read(first - 1, 1)
        await self._store.acknowledge(first)
        for batch in batches[:1]:
            self._tell_dropped(batch, error)

    async def _until_something_is_owed(self) -> None:
        while True:
            grown = self._store.grown.next
            if self._store.kept < self._store.last:
                return
            await grown.wait()

    async def _batches(self, flow: Flow) -> AsyncIterator[ForwardedLogs]:
        while True:
            grown, taken = self._store.grown.next, flow.bell.next
            if not flow.room:
                await taken.wait()
                continue
            try:
                batches = await self._store.read(flow.sent, min(flow.room, AT_ONCE))
            except OSError as error:
                log.error("spool of logs not read", extra={"reason": str(error)})  # noqa: TRY400
                await anyio.sleep(AGAIN_S)
                continue
            for batch in batches if flow.window else batches[:1]:
                flow.add(batch)
                yield batch
            if not batches:
                await grown.wait()

    def _tell(self, error: ComposiaError) -> None:
        """Once: the log is no better for saying it again and again."""
        if str(error) != self._refusal:
            self._refusal = str(error)
            log.warning("the server takes no logs", extra={"reason": str(error), "hint": error.hint})

    def _tell_dropped(self, batch: ForwardedLogs, error: Invalid) -> None:
        """Once for a container: most often it is the same with all its batches."""
        what = (batch.source.id, str(error))
        if what not in self._dropped:
            self._dropped.add(what)
            where = {"container": batch.source.name, "container_id": batch.source.id, "lines": len(batch.ends)}
            log.error(
                "the server refuses lines of a container, which are dropped", extra={**where, "reason": str(error)}
            )
