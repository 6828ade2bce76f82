"""Logs of containers: agents forward them, people read them, and who follows reads what is kept as it grows.

Followers are given nothing by those who forward: they are woken, and read the next window of the sink. So there is no
gap and no repeat between what was and what comes, and a slow reader holds nothing but its place.
"""

import asyncio
import logging
import re
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, field, replace

import anyio

from composia.clock import Clock
from composia.core.container_log import ForwardedLogs, LogPage, LogsQuery
from composia.core.log_match import matcher
from composia.core.service import NAME
from composia.errors import ComposiaError, Invalid
from composia.plugins.log_sink import LogPlace, LogWindow, ReadableLogSink
from composia.server.log_sinks import LogSinks, NamedSink

log = logging.getLogger(__name__)

KEEPALIVE_S = 15.0
TRIM_S = 60.0
MAX_TAIL = 100_000
FIRST = -1
"""What the first window of a question is `after`: less than any position, so that it is known as the one with a
tail."""

_CONTAINER = re.compile(r"[A-Za-z0-9._-]{1,255}")
_LONGEST = 255
_LAST_NS = 1 << 62


@dataclass(eq=False, kw_only=True)
class _Follower:
    query: LogsQuery
    more: asyncio.Event = field(default_factory=asyncio.Event)

    def hear(self, node: str, service: str) -> None:
        if node in (self.query.nodes or (node,)) and service in (self.query.services or (service,)):
            self.more.set()

    async def more_within(self, seconds: float) -> bool:
        """Whether something came; what comes after this has been asked counts for the next time."""
        try:
            async with asyncio.timeout(seconds):
                await self.more.wait()
        except TimeoutError:
            return False
        self.more.clear()
        return True


class Logs:
    """What the sinks keep, and who waits for more."""

    def __init__(self, sinks: Sequence[NamedSink], clock: Clock) -> None:
        self._sinks = LogSinks(sinks, clock)
        self._followers: set[_Follower] = set()
        self._clock = clock

    @property
    def sink(self) -> ReadableLogSink | None:
        """The sink that can be asked."""
        return self._sinks.readable

    @property
    def readable_names(self) -> tuple[str, ...]:
        """The names of the sinks that can be asked."""
        return self._sinks.readable_names

    async def keep(self, node: str, logs: ForwardedLogs) -> int:
        """Keep a batch of a node; the number up to which its spool is kept. It lies under that node's name, whatever it
        says of itself. `Invalid` when it is no batch, `Unavailable` when it cannot be kept now, `NotPossible` when
        nothing is collected."""
        _check(logs)
        kept = await self._sinks.append(node, logs)
        for follower in self._followers:
            follower.hear(node, logs.source.service)
        return kept

    async def run(self) -> None:
        """Serve the sinks that do not lead, and remove what is too old or too much, for ever."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._sinks.run)
            while self.sink:
                try:
                    removed = await self.sink.trim(self._clock.now_ms())
                except ComposiaError as error:
                    log.warning("logs not trimmed", extra={"error": str(error)})
                except Exception:  # a stranger's code may raise anything, and the server is to go on
                    log.exception("logs not trimmed")
                else:
                    if removed:
                        log.info("logs trimmed", extra={"bytes": removed})
                await asyncio.sleep(TRIM_S)

    async def read(self, sink: ReadableLogSink, query: LogsQuery) -> AsyncGenerator[LogPage, None]:
        """What is kept, and with `follow` what comes, until whoever reads has enough. Who follows is told by a page
        without lines once all that is kept has been looked through."""
        check_query(query)
        window = _window(query.cursor) if query.cursor else LogWindow(after=FIRST, upto=sink.position())
        looked_through = False
        with self._following(query) as follower:
            while True:
                wanted = query if window.after == FIRST else replace(query, tail=0)
                async with aclosing(_pages(sink, wanted, window)) as pages:
                    async for page in pages:
                        yield page
                if not query.follow:
                    return
                after = max(window.upto, 0)
                end = LogPage(cursor=_cursor(LogWindow(after=after, upto=after)))
                if not looked_through:
                    looked_through = True
                    yield end
                while (upto := sink.position()) <= after:
                    if not await follower.more_within(KEEPALIVE_S):
                        yield end
                window = LogWindow(after=after, upto=upto)

    @contextmanager
    def _following(self, query: LogsQuery) -> Iterator[_Follower]:
        follower = _Follower(query=query)
        if query.follow:
            self._followers.add(follower)
        try:
            yield follower
        finally:
            self._followers.discard(follower)


def check_query(query: LogsQuery) -> None:
    """`Invalid` for what cannot be asked."""
    matcher(query)
    if query.follow and query.until_ms:
        raise Invalid("who follows has no end", where="until_ms", hint="either follow or until")
    if not 0 <= query.tail <= MAX_TAIL:
        raise Invalid(f"the last {query.tail} lines", where="tail", hint=f"1 to {MAX_TAIL}, or 0 for all")
    if query.since_ms < 0 or query.until_ms < 0:
        raise Invalid("a time before 1970", where="since_ms, until_ms", hint="milliseconds UTC, 0 is open")


async def _pages(sink: ReadableLogSink, query: LogsQuery, window: LogWindow) -> AsyncGenerator[LogPage, None]:
    """A window, with a sign of life now and then while it is being searched. To who follows that has no cursor, by which
    it is told from the page that says that nothing more is kept; the last cursor is as good."""
    now = asyncio.get_running_loop().time
    said, behind = now(), window.behind
    async with aclosing(sink.read(query, window)) as found:
        async for lines in found:
            if lines:
                behind = lines[-1].place
            if lines or now() - said >= KEEPALIVE_S:
                said = now()
                cursor = _cursor(replace(window, behind=behind)) if lines or not query.follow else ""
                yield LogPage(entries=tuple(line.entry for line in lines), cursor=cursor)


def _cursor(window: LogWindow) -> str:
    return ".".join(str(number) for number in (window.after, window.upto, *(window.behind or ())))


def _window(cursor: str) -> LogWindow:
    try:
        after, upto, *behind = (int(number) for number in cursor.split("."))
        return LogWindow(after=after, upto=upto, behind=LogPlace(*behind) if behind else None)
    except (TypeError, ValueError):
        raise Invalid("that is no cursor of a page of logs", where="cursor") from None


def _check(logs: ForwardedLogs) -> None:
    source, lines = logs.source, len(logs.ends)
    names = (logs.spool, source.name, source.id)
    if not NAME.fullmatch(source.service) or len(source.service) > _LONGEST:
        raise Invalid("that is no name of a service", where="source.service")
    if not _CONTAINER.fullmatch(source.container) or not all(0 < len(name) <= _LONGEST for name in names):
        raise Invalid("spool and source need names", where=f"service {source.service}")
    if {len(logs.at_ns), len(logs.stderr), len(logs.partial)} != {lines}:
        raise Invalid("columns of different lengths", where=f"service {source.service}")
    if not all(0 <= at < _LAST_NS for at in logs.at_ns):
        raise Invalid("a time that cannot be", where=f"service {source.service}")
    if [*logs.ends] != sorted(logs.ends) or (logs.ends[-1] if lines else 0) != len(logs.data) or b"\n" in logs.data:
        raise Invalid("lines that do not end where they should", where=f"service {source.service}")
    if logs.number < 1:
        raise Invalid("batches are counted from 1", where=f"service {source.service}")
