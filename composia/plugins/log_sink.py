"""The extension point `log_sinks`: where the logs of containers go. Many."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import NamedTuple, Protocol, runtime_checkable

from composia.core.container_log import ForwardedLogs, LogEntry, LogsQuery

PAGE_BYTES = 256 * 1024
PAGE_LINES = 1000
"""About how much of both a page of a sink has at most."""


class LogPlace(NamedTuple):
    """Where a line stands among all that are kept: by time, then by the position of its batch, then by its place in
    that. No two lines have the same."""

    at_ns: int
    position: int
    line: int


class KeptLine(NamedTuple):
    """A line as it is kept."""

    place: LogPlace
    entry: LogEntry


@dataclass(frozen=True, kw_only=True)
class LogWindow:
    """Which batches: those whose position is greater than `after` and at most `upto`; and of their lines those that
    stand behind `behind`, where that is given."""

    upto: int
    after: int = 0
    behind: LogPlace | None = None


class LogSink(Protocol):
    """Promises, each tested by `composia.plugins.testing.log_sink`:

    1. What `append` returned for is kept as the sink keeps things (`files`: it survives kill -9).
    2. A batch that came before (by node, spool and number) is passed over, and `append` tells up to which number that spool
       is kept: whoever finds that to be more than it ever sent is an old copy of itself. A sink that forgot what came before,
       because the server was restarted, may take it again; `files` does not forget.
    3. Nodes append side by side, and each node's batches keep their order.
    """

    async def append(self, node: str, logs: ForwardedLogs) -> int:
        """Take a batch of a node; the number up to which its spool is kept. `Unavailable` when it cannot now; the batch
        comes again."""
        ...

    async def close(self) -> None:
        """Write what is waiting and let go of files and connections."""
        ...


@runtime_checkable
class ReadableLogSink(LogSink, Protocol):
    """A sink that can be asked. The first such one in the configuration answers `composia logs`. Further promises:

    4. Each batch that is kept gets a position that is greater than all before it, of every node and after a restart too.
    5. Windows one after another, each from where the last one ended, have each line once.
    6. Lines come by their places; with `tail` they are the last ones of those that match, in the same order.
    7. What matches is a matter of single lines: nothing matches over the end of one.
    8. Who stops reading leaves nothing behind that goes on.
    """

    def position(self) -> int:
        """That of the last batch that is kept, or greater; what is kept later gets a greater one."""
        ...

    def read(self, query: LogsQuery, window: LogWindow) -> AsyncGenerator[tuple[KeptLine, ...], None]:
        """What is kept, a page at a time; an empty page says that it is still being looked for. `follow`, `live` and
        `cursor` are not its business. `Invalid` for a `grep` that is no expression."""
        ...

    async def sources(self) -> frozenset[tuple[str, str, str]]:
        """Of what something is kept: nodes, services, and containers by their names in the Compose file."""
        ...

    async def trim(self, now_ms: int) -> int:
        """Remove what is too old or too much; returns how many bytes went."""
        ...
