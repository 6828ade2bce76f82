"""What the two APIs promise and nobody does yet; each method leaves this file for its own once it is built."""

from collections.abc import AsyncIterator, Sequence

from composia.core.check import Examination
from composia.core.container_log import ForwardedLogs, LogPage, LogsKept, LogsQuery
from composia.core.host_object import Image, Network, Volume
from composia.core.status import NodeView
from composia.core.tunnel import ExecInput, ExecOutput, TunnelDown, TunnelUp
from composia.core.usage import NodeUsage, Series, UsageQuery
from composia.errors import NotPossible
from composia.plugins.api import ScheduleView


def _unbuilt() -> NotPossible:
    return NotPossible("this server cannot do that yet")


class UnbuiltForPeople:
    """For people."""

    async def pause_node(self, name: str) -> NodeView:
        """Not yet."""
        raise _unbuilt()

    async def list_images(self, node: str) -> tuple[Image, ...]:
        """Not yet."""
        raise _unbuilt()

    async def list_volumes(self, node: str) -> tuple[Volume, ...]:
        """Not yet."""
        raise _unbuilt()

    async def list_networks(self, node: str) -> tuple[Network, ...]:
        """Not yet."""
        raise _unbuilt()

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

    async def exec(self, inputs: AsyncIterator[ExecInput]) -> AsyncIterator[ExecOutput]:
        """Not yet."""
        raise _unbuilt()
        async for _ in inputs:
            yield

    async def list_schedules(self) -> tuple[ScheduleView, ...]:
        """Not yet."""
        raise _unbuilt()

    async def run_schedule(self, name: str) -> ScheduleView:
        """Not yet."""
        raise _unbuilt()

    async def examine(self, nodes: Sequence[str]) -> Examination:
        """Not yet."""
        raise _unbuilt()


class UnbuiltForAgents:
    """For agents."""

    async def forward_logs(self, batches: AsyncIterator[ForwardedLogs]) -> AsyncIterator[LogsKept]:
        """Not yet."""
        raise _unbuilt()
        yield LogsKept(spool="", number=0)

    async def tunnel(self, messages: AsyncIterator[TunnelUp]) -> AsyncIterator[TunnelDown]:
        """Not yet."""
        raise _unbuilt()
        async for _ in messages:
            yield
