"""Where the logs of containers go: one sink leads, the others get what they can take beside it.

The leading one is the first that can be asked, else the first. What it has not kept is not acknowledged, so the agent
keeps it and sends it again. The others never hold it up: each has a bounded queue of its own, tries again while its
target is away, and when its queue is full, what comes is not for it; that is counted, and said in the log of the
server.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence

import anyio

from composia.clock import Clock
from composia.core.container_log import ForwardedLogs
from composia.errors import ComposiaError, Invalid, NotPossible
from composia.plugins.log_sink import LogSink, ReadableLogSink

log = logging.getLogger(__name__)

WAITING_BYTES = 8 * 1024 * 1024
AGAIN_S = 1.0
SAID_AGAIN_S = 60.0

NamedSink = tuple[str, LogSink]


class LogSinks:
    """All sinks of the configuration, with their names; `readable_names` are those that can be asked. `Invalid` for one that
    keeps and is named twice."""

    def __init__(self, sinks: Sequence[NamedSink], clock: Clock) -> None:
        names = [name for name, sink in sinks if isinstance(sink, ReadableLogSink)]
        if twice := next((name for name in names if names.count(name) > 1), ""):
            raise Invalid(
                f"{twice} is there twice", where="log_sinks", hint="they would keep the same lines in one place"
            )
        self.readable_names = tuple(names)
        readable = next((at for at, (_, sink) in enumerate(sinks) if isinstance(sink, ReadableLogSink)), 0)
        self._leading = sinks[readable][1] if sinks else None
        self._others = [_Beside(name, sink, clock) for at, (name, sink) in enumerate(sinks) if at != readable]

    @property
    def readable(self) -> ReadableLogSink | None:
        """The one that can be asked."""
        return self._leading if isinstance(self._leading, ReadableLogSink) else None

    async def append(self, node: str, logs: ForwardedLogs) -> int:
        """Give a batch to all; the number up to which its spool is kept by the leading one. `NotPossible` when there is
        none."""
        if self._leading is None:
            raise NotPossible("this server collects no logs", where="log_sinks", hint="log_sinks: [{provider: files}]")
        kept = await self._leading.append(node, logs)
        for other in self._others:
            other.take(node, logs)
        return kept

    async def run(self) -> None:
        """Serve the other ones, for ever."""
        async with anyio.create_task_group() as tasks:
            for other in self._others:
                tasks.start_soon(other.run)


class _Beside:
    """A sink that does not lead."""

    def __init__(self, name: str, sink: LogSink, clock: Clock) -> None:
        self._name = name
        self._sink = sink
        self._clock = clock
        self._waiting: deque[tuple[str, ForwardedLogs]] = deque()
        self._bytes = 0
        self._more = asyncio.Event()
        self._lost = 0
        self._said = -SAID_AGAIN_S

    def take(self, node: str, logs: ForwardedLogs) -> None:
        if self._bytes + len(logs.data) > WAITING_BYTES:
            self._lost += len(logs.ends)
            self._say("it is slower than what comes")
            return
        self._waiting.append((node, logs))
        self._bytes += len(logs.data)
        self._more.set()

    async def run(self) -> None:
        while True:
            while self._waiting:
                node, logs = self._waiting[0]
                try:
                    await self._sink.append(node, logs)
                except ComposiaError as error:
                    self._say(str(error))
                    await asyncio.sleep(AGAIN_S)
                    continue
                except Exception:  # a stranger's code may raise anything; the next batch is not to suffer
                    log.exception("log sink failed", extra={"sink": self._name, "lines_lost": len(logs.ends)})
                self._waiting.popleft()
                self._bytes -= len(logs.data)
            self._more.clear()
            await self._more.wait()

    def _say(self, why: str) -> None:
        """A warning, now and then."""
        now = self._clock.monotonic()
        if now - self._said < SAID_AGAIN_S:
            return
        self._said = now
        log.warning("log sink behind", extra={"sink": self._name, "error": why, "lines_lost": self._lost})
