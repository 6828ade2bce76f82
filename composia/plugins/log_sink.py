"""The extension point `log_sinks`: where the logs of containers go. Many."""

from collections.abc import AsyncIterator
from typing import Protocol

from composia.core.container_log import ForwardedLogs, LogEntry, LogsQuery


class LogSink(Protocol):
    """Promises, each tested by `composia.plugins.testing.log_sink`:

    1. What `append` returned for is kept as the sink keeps things (`files`: it survives kill -9).
    2. A batch that came before (by node, spool and number) is passed over. A sink that forgot what came before, because the
       server was restarted, may take it again; `files` does not forget.
    3. `append` of one node never waits for another.
    """

    async def append(self, node: str, logs: ForwardedLogs) -> None:
        """Take a batch of a node. `Unavailable` when it cannot now; the batch comes again."""
        ...

    async def close(self) -> None:
        """Write what is waiting and let go of files and connections."""
        ...


class ReadableLogSink(LogSink, Protocol):
    """A sink that can be asked. The first such one in the configuration answers `composia logs`."""

    def read(self, query: LogsQuery) -> AsyncIterator[tuple[LogEntry, ...]]:
        """What is kept, by time, some at a time; `follow` and `live` are not its business. `Invalid` for a `grep` that is no
        expression."""
        ...

    async def trim(self, now_ms: int) -> int:
        """Remove what is too old or too much; returns how many bytes went."""
        ...
