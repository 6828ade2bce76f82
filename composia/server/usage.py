"""What nodes and containers use: the last readings, and what is kept of those before."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from math import inf

from composia.core.measure import CONTAINER, HOST
from composia.core.release import Release
from composia.core.suggest import unknown
from composia.core.usage import NodeUsage, Series, UsageQuery
from composia.errors import Invalid, NotPossible
from composia.plugins.metrics import ServiceOf
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
    """What is kept of past readings. `NotFound` for a node, service or metric of which nobody knows, `Invalid` for no time at
    all."""
    if not 0 <= query.until_s < query.since_s <= MOST_S:
        raise Invalid(
            f"from {query.since_s:g} to {query.until_s:g} seconds ago is no time",
            where="since_s, until_s",
            hint="since_s is more than until_s, neither is in the future, nor thirty years ago",
        )
    if query.points < 0:
        raise Invalid(f"at most {query.points} values", where="points", hint=f"1 to {MAX_POINTS}")
    if not (query.node or query.service or query.by_service):
        raise Invalid("of which node or service?", where="node, service")
    query = replace(query, points=min(query.points or MAX_POINTS, MAX_POINTS))
    of_containers = bool(query.service) or query.by_service
    known = [measure.name for measure in (CONTAINER if of_containers else HOST)]
    for metric in query.metrics:
        if metric not in known and (of_containers or metric.partition(":")[0] not in known):
            raise unknown("metric", metric, known, where="metrics")
    if query.node:
        check_nodes((query.node,), [node.name for node in await plane.queue.nodes()])
    if not of_containers:
        return await plane.metrics.query(query, {})
    if query.by_service:
        return await plane.past.ask(query, lambda: _of_containers(plane, query))
    return await _of_containers(plane, query)


async def _of_containers(plane: ControlPlane, query: UsageQuery) -> tuple[Series, ...]:
    releases = tuple((await plane.fleet()).releases.values())
    own = [release for release in releases if query.service in ("", release.service)]
    if query.service:
        _check_service(plane, query, releases, own)
    own = [release for release in own if query.node in ("", release.node)]
    asked = frozenset(release.service for release in own)
    there = {node: _there(plane, node, releases) for node in sorted({release.node for release in own})}
    now = sum(service in asked for _, names in there.values() for service in names.values())
    metrics = len(query.metrics or CONTAINER)
    series = metrics * (len(own) if query.by_service else now)
    if series > MAX_VALUES:
        of = f"service {query.service}" if query.service else ""
        raise Invalid(f"{series} series are too many", where=of, hint="ask for one node")
    points = min(query.points, MAX_VALUES // max(1, series))
    room = inf if query.by_service else (MAX_VALUES // points - series) // (metrics * max(1, len(there)))
    services = {node: _service_of(projects, names, asked, room) for node, (projects, names) in there.items()}
    return await plane.metrics.query(replace(query, points=points), services)


def _check_service(
    plane: ControlPlane, query: UsageQuery, releases: Iterable[Release], own: Collection[Release]
) -> None:
    services = {definition.name for definition in plane.repository.head.definitions}
    services |= {release.service for release in releases}
    if query.service not in services:
        raise unknown("service", query.service, sorted(services))
    if query.node and query.node not in {release.node for release in own}:
        there = ", ".join(sorted(release.node for release in own))
        raise NotPossible(
            f"the service is not on {query.node}",
            where=f"service {query.service}",
            hint=f"it is on {there}" if there else f"composia deploy {query.service}",
        )


def _there(plane: ControlPlane, node: str, releases: Iterable[Release]) -> tuple[dict[str, str], dict[str, str]]:
    """The services of a node by their projects and by the names of the containers that are there; of other containers there
    the service is empty."""
    projects = {release.project: release.service for release in releases if release.node == node}
    return projects, {c.name: projects.get(c.project, "") for c in plane.sightings.seen(node).containers}


def _service_of(
    projects: Mapping[str, str], names: Mapping[str, str], asked: Collection[str], room: float
) -> ServiceOf:
    """The service of a container that is there by what was seen of it, and of one that is no more by its name, which Compose
    begins with that of its project. Nobody knows how many those were, and there is `room` for so many of them."""
    longest = sorted(projects, key=len, reverse=True)
    before: set[str] = set()

    def service_of(container: str) -> str:
        if container in names:
            return names[container] if names[container] in asked else ""
        service = next((projects[project] for project in longest if container.startswith(f"{project}-")), "")
        if service not in asked or (container not in before and len(before) >= room):
            return ""
        before.add(container)
        return service

    return service_of
