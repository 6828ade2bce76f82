"""What nodes and containers use: the last readings, and what is kept of those before."""

from collections.abc import Sequence
from dataclasses import replace

from composia.core.measure import CONTAINER
from composia.core.suggest import unknown
from composia.core.usage import NodeUsage, Series, UsageQuery
from composia.errors import Invalid, NotPossible
from composia.server.control_plane import ControlPlane
from composia.server.naming import check_nodes

MAX_POINTS = 2000
"""How many values a series may have in an answer."""


MAX_VALUES = 500_000
"""How many values an answer may have: 4 MB of them. Of many series there are fewer points."""

MOST_S = 1e9
"""From how long ago at most: thirty years."""


async def last_usage(plane: ControlPlane, nodes: Sequence[str]) -> tuple[NodeUsage, ...]:
    """The last readings of these nodes, or of all, by name; a node that was never seen has none. `NotFound` for a name that
    no node has."""
    known = sorted(node.name for node in await plane.queue.nodes())
    check_nodes(nodes, known)
    plane.looking.asked(nodes)
    found = [plane.sightings.usage(node) for node in known if not nodes or node in nodes]
    return tuple(usage for usage in found if usage is not None)


async def past_usage(plane: ControlPlane, query: UsageQuery) -> tuple[Series, ...]:
    """What is kept of past readings. `NotFound` for a node or service of which nobody knows, `Invalid` for no time at all."""
    if not 0 <= query.until_s < query.since_s <= MOST_S:
        raise Invalid(
            f"from {query.since_s:g} to {query.until_s:g} seconds ago is no time",
            where="since_s, until_s",
            hint="since_s is more than until_s, neither is in the future, nor thirty years ago",
        )
    if query.points < 0:
        raise Invalid(f"at most {query.points} values", where="points", hint=f"1 to {MAX_POINTS}")
    if not (query.node or query.service):
        raise Invalid("of which node or service?", where="node, service")
    query = replace(query, points=min(query.points or MAX_POINTS, MAX_POINTS))
    if query.node:
        check_nodes((query.node,), [node.name for node in await plane.queue.nodes()])
    if not query.service:
        return await plane.metrics.query(query, {})
    containers = await _containers(plane, query)
    series = len(CONTAINER) * sum(len(names) for names in containers.values())
    if series > MAX_VALUES:
        raise Invalid(f"{series} series are too many", where=f"service {query.service}", hint="ask for one node")
    points = min(query.points, MAX_VALUES // max(1, series))
    return await plane.metrics.query(replace(query, points=points), containers)


async def _containers(plane: ControlPlane, query: UsageQuery) -> dict[str, frozenset[str]]:
    """The names of a service's containers by node."""
    releases = await plane.queue.releases()
    services = {definition.name for definition in plane.repository.head.definitions}
    services |= {release.service for release in releases}
    if query.service not in services:
        raise unknown("service", query.service, sorted(services))
    own = [release for release in releases if release.service == query.service]
    if query.node and query.node not in {release.node for release in own}:
        there = ", ".join(sorted(release.node for release in own))
        raise NotPossible(
            f"the service is not on {query.node}",
            where=f"service {query.service}",
            hint=f"it is on {there}" if there else f"composia deploy {query.service}",
        )
    return {
        release.node: frozenset(c.name for c in plane.sightings.containers(release.node, release.project))
        for release in own
        if query.node in ("", release.node)
    }
