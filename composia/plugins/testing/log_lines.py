"""Batches of logs, for tests."""

from collections.abc import Iterable
from itertools import accumulate

from composia.core.container_log import ForwardedLogs, LogSource, LogsQuery
from composia.plugins.log_sink import KeptLine, LogWindow, ReadableLogSink

SECOND_NS = 1_000_000_000
NOON_NS = 1_793_707_200 * SECOND_NS
"""A time at which things happen in tests."""


def source(service: str = "web", container: str = "app") -> LogSource:
    """What printed."""
    return LogSource(service=service, container=container, name=f"{service}-{container}-1", id=f"{service}{container}0")


def batch(
    number: int,
    lines: Iterable[bytes],
    *,
    spool: str = "one",
    of: LogSource | None = None,
    at_ns: int = NOON_NS,
    step_ns: int = SECOND_NS,
    stderr: bool = False,
) -> ForwardedLogs:
    """A batch of these lines, the first at that time and each of the others a step later."""
    lines = tuple(lines)
    return ForwardedLogs(
        spool=spool,
        number=number,
        source=of or source(),
        at_ns=tuple(at_ns + step_ns * at for at in range(len(lines))),
        stderr=(stderr,) * len(lines),
        partial=(False,) * len(lines),
        ends=tuple(accumulate(map(len, lines))),
        data=b"".join(lines),
    )


async def kept(
    sink: ReadableLogSink, query: LogsQuery | None = None, window: LogWindow | None = None
) -> list[KeptLine]:
    """All that a sink answers."""
    answer = sink.read(query or LogsQuery(), window or LogWindow(upto=sink.position()))
    return [line async for page in answer for line in page]


async def texts(sink: ReadableLogSink, query: LogsQuery | None = None, window: LogWindow | None = None) -> list[bytes]:
    """The lines alone."""
    return [line.entry.data for line in await kept(sink, query, window)]
