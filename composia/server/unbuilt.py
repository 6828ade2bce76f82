"""What the two APIs promise and nobody does yet; each method leaves this file for its own once it is built."""

from collections.abc import AsyncIterator, Sequence

from composia.core.container_log import ForwardedLogs, LogPage, LogsKept, LogsQuery
from composia.core.usage import NodeUsage, Series, UsageQuery
from composia.errors import NotPossible


def _unbuilt() -> NotPossible:
    return NotPossible("this server cannot do that yet")


class UnbuiltForPeople:
    """For people."""

    async def get_usage(self, nodes: Sequence[str]) -> tuple[NodeUsage, ...]:
        """Not yet."""
        raise _unbuilt()

    async def query_usage(self, query: UsageQuery) -> tuple[Series, ...]:
        """Not yet."""
        raise _unbuilt()

    async def read_logs(self, query: LogsQuery) -> AsyncIterator[LogPage]:
        """Not yet."""
        raise _unbuilt()
        yield LogPage()


class UnbuiltForAgents:
    """For agents."""

    async def forward_logs(self, batches: AsyncIterator[ForwardedLogs]) -> AsyncIterator[LogsKept]:
        """Not yet."""
        raise _unbuilt()
        yield LogsKept(spool="", number=0)
