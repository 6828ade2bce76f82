"""What the two APIs promise and nobody does yet; each method leaves this file for its own once it is built."""

from collections.abc import Sequence

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
