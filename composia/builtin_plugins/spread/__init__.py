"""The node selector `spread`: the node with the fewest instances first."""

from collections.abc import Sequence

from composia.core.service import Service
from composia.plugins import Context, NoConfig, Provider, hookimpl
from composia.plugins.node_selector import Candidate, NodeSelector


class SpreadSelector:
    """Ranks by the number of instances, then by name."""

    def rank(self, service: Service, candidates: Sequence[Candidate]) -> tuple[str, ...]:
        """The names, best first."""
        ranked = sorted(candidates, key=lambda candidate: (candidate.instances, candidate.node))
        return tuple(candidate.node for candidate in ranked)


async def _open(_config: NoConfig, _context: Context) -> NodeSelector:
    return SpreadSelector()


@hookimpl
def composia_node_selector() -> Provider[NodeSelector]:
    """Register it."""
    return Provider(name="spread", open=_open, summary="the node with the fewest instances first")
