"""Logs of a server in the tests' own process."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from composia.core.container_log import LogEntry, LogPage, LogSource, LogsQuery
from composia.errors import ComposiaError

NOON_NS = 1_793_707_200_000_000_000


def entry(node: str, container: str, at_ms: int, data: bytes, **more: bool) -> LogEntry:
    """A line of service web."""
    source = LogSource(service="web", container=container, name=f"web-{container}-1", id=f"{container}0")
    return LogEntry(node=node, source=source, at_ns=NOON_NS + at_ms * 1_000_000, stderr=False, data=data, **more)


LOG_PAGES: tuple[LogPage | ComposiaError | None, ...] = (
    LogPage(
        entries=(entry("node-a", "app", 0, b"ready"), entry("node-b", "database", 1, b"listening \xff")), cursor="1"
    ),
    LogPage(entries=(entry("node-a", "app", 2, b"\x1b[31mGET\x1b[0m /\x07"),), cursor="2"),
)


@dataclass(kw_only=True)
class FakeLogs:
    """`log_pages` are what is read, from behind the page with the cursor that is asked for: an error among them is raised
    once, None is a silence without end."""

    log_pages: list[LogPage | ComposiaError | None] = field(default_factory=lambda: list(LOG_PAGES))
    logs_asked: list[LogsQuery] = field(default_factory=list)

    async def read_logs(self, query: LogsQuery) -> AsyncIterator[LogPage]:
        """What is prepared."""
        self.logs_asked.append(query)
        passing = bool(query.cursor)
        for page in tuple(self.log_pages):
            if passing:
                passing = not (isinstance(page, LogPage) and page.cursor == query.cursor)
            elif isinstance(page, ComposiaError):
                self.log_pages.remove(page)
                raise page
            elif page is None:
                await asyncio.Event().wait()
            else:
                yield page
