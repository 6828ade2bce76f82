"""The metrics provider `none`: nothing is kept, what is used now is known all the same."""

import asyncio
from collections.abc import Mapping

from composia.core.usage import ContainerUsages, HostUsage, Series, UsageQuery
from composia.errors import NotPossible
from composia.plugins import Context, Provider, hookimpl
from composia.plugins.metrics import Metrics, ServiceOf
from composia.plugins.provider import NoConfig


class NoMetrics:
    """Forgets everything."""

    def record(self, node: str, at_ms: int, host: HostUsage, containers: ContainerUsages | None) -> None:
        """Forget it."""

    async def query(self, query: UsageQuery, services: Mapping[str, ServiceOf]) -> tuple[Series, ...]:
        """`NotPossible`."""
        raise NotPossible(
            "this server keeps no history of metrics", where="metrics", hint="metrics: {provider: history}"
        )

    async def tidy(self) -> None:
        """Nothing is to be done."""

    async def run(self) -> None:
        """Nothing is to be done, for ever."""
        await asyncio.Event().wait()

    async def close(self) -> None:
        """Nothing is open."""


async def _open(_config: NoConfig, _context: Context) -> Metrics:
    return NoMetrics()


@hookimpl
def composia_metrics() -> Provider[Metrics]:
    """Register it."""
    return Provider(name="none", open=_open, summary="keeps nothing")
