"""The extension point `metrics`: the history of what hosts and containers use. One."""

from collections.abc import Callable, Mapping
from typing import Protocol

from composia.core.usage import ContainerUsages, HostUsage, Series, UsageQuery

ServiceOf = Callable[[str], str]
"""The service of a container by that name; empty for one that is not asked for."""


class Metrics(Protocol):
    """Promises, each tested by `composia.plugins.testing.metrics`:

    1. Readings become coarser with age, and what is too old, or too much for one node, is gone. A question that comes some
       seconds late, since its time was counted back before it was sent, is answered as finely.
    2. What was recorded more than a minute before is there again after kill -9.
    3. A series has a value for each step, NaN where nothing was recorded; what is counted is given as a rate per second, and
       a counter that began anew gives no negative rate, and that of a host which was not started again none at all. Its names
       are those of `core.measure`.
    4. A series of a service is the sum over its containers, whatever they are called, on all nodes that are asked for; each
       counts for the time that it was there, but within a minute.
    5. A store that is damaged, or cannot be written, ends nobody's work: `record` and `run` go on.
    """

    def record(self, node: str, at_ms: int, host: HostUsage, containers: ContainerUsages | None) -> None:
        """Take readings of a node in, at the server's time; cheap, it does not wait for a disk."""
        ...

    async def query(self, query: UsageQuery, services: Mapping[str, ServiceOf]) -> tuple[Series, ...]:
        """What is kept, by node, container and metric; with `by_service` by service and metric. `services` tells the service
        of each container by node, and which nodes are asked for; empty for a host. `Unavailable` when it cannot be read."""
        ...

    async def tidy(self) -> None:
        """Do now all that `run` does in time. `Unavailable` when it cannot be."""
        ...

    async def run(self) -> None:
        """Write what was recorded, and thin out what is old, for ever."""
        ...

    async def close(self) -> None:
        """Write what is waiting and let go of files."""
        ...
