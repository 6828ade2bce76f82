"""A log sink in memory, held to the same contract as the real ones."""

import asyncio
from collections.abc import AsyncGenerator

from composia.core.container_log import ForwardedLogs, LogEntry, LogsQuery
from composia.core.log_match import matcher
from composia.errors import Unavailable
from composia.plugins.log_sink import KeptLine, LogPlace, LogWindow

PAGE = 7


class MemoryLogSink:
    """All lines in a list. `broken` is what `append` refuses with."""

    def __init__(self) -> None:
        self.batches: list[tuple[str, ForwardedLogs]] = []
        self.broken = ""
        self._lines: list[KeptLine] = []
        self._numbers: dict[tuple[str, str], int] = {}

    async def append(self, node: str, logs: ForwardedLogs) -> int:
        """Keep it, unless it came before."""
        await asyncio.sleep(0)
        if self.broken:
            raise Unavailable(self.broken)
        if logs.number <= self._numbers.get((node, logs.spool), 0):
            return self._numbers[node, logs.spool]
        self._numbers[node, logs.spool] = logs.number
        self.batches.append((node, logs))
        start = 0
        for at, end in enumerate(logs.ends):
            entry = LogEntry(
                node=node,
                source=logs.source,
                at_ns=logs.at_ns[at],
                stderr=logs.stderr[at],
                data=logs.data[start:end],
                partial=logs.partial[at],
            )
            self._lines.append(KeptLine(LogPlace(entry.at_ns, self.position(), at), entry))
            start = end
        return logs.number

    async def close(self) -> None:
        """Nothing to let go of."""

    def position(self) -> int:
        """How many batches there are."""
        return len(self.batches)

    async def read(self, query: LogsQuery, window: LogWindow) -> AsyncGenerator[tuple[KeptLine, ...], None]:
        """What is kept."""
        find = matcher(query)
        found = sorted(
            (
                line
                for line in self._lines
                if window.after < line.place.position <= window.upto
                and (window.behind is None or line.place > window.behind)
                and line.entry.source.service in (query.services or (line.entry.source.service,))
                and line.entry.source.container in (query.containers or (line.entry.source.container,))
                and line.entry.node in (query.nodes or (line.entry.node,))
                and query.since_ms * 1_000_000 <= line.entry.at_ns
                and (not query.until_ms or line.entry.at_ns < query.until_ms * 1_000_000)
                and (find is None or any(find(line.entry.data + b"\n")))
            ),
            key=lambda line: line.place,
        )[-query.tail :]
        yield ()
        for start in range(0, len(found), PAGE):
            yield tuple(found[start : start + PAGE])

    async def sources(self) -> frozenset[tuple[str, str, str]]:
        """Of what there is something."""
        return frozenset((node, logs.source.service, logs.source.container) for node, logs in self.batches)

    async def trim(self, now_ms: int) -> int:
        """All of it stays."""
        return 0
