"""The names in a question about logs: refused when nothing has them."""

from composia.core.container_log import LogsQuery
from composia.core.suggest import unknown
from composia.server.control_plane import ControlPlane
from composia.server.naming import check_nodes


async def check_names(plane: ControlPlane, query: LogsQuery) -> str:
    """`NotFound` for a service, node or container of which nobody knows and nothing is kept, with the nearest one that
    is known. Else what there is to say of it: that nothing is kept of what was asked for."""
    sink = plane.logs.sink
    sources = await sink.sources() if sink else frozenset()
    releases = await plane.queue.releases()
    nodes = {node.name for node in await plane.queue.nodes()} | {node for node, _, _ in sources}
    services = {definition.name for definition in plane.repository.head.definitions}
    services |= {release.service for release in releases} | {service for _, service, _ in sources}
    for service in query.services:
        if service not in services:
            raise unknown("service", service, services)
    check_nodes(query.nodes, nodes)
    ours = {
        source
        for source in sources
        if source[0] in (query.nodes or nodes) and source[1] in (query.services or services)
    }
    seen = {
        container.service
        for release in releases
        if release.service in (query.services or services)
        for container in plane.sightings.containers(release.node, release.project)
    }
    containers = seen | {container for _, _, container in ours}
    for container in query.containers:
        if containers and container not in containers:
            raise unknown("container", container, containers)
    return "" if query.live or ours else _nothing(plane, query)


def _nothing(plane: ControlPlane, query: LogsQuery) -> str:
    what = f" of {', '.join(query.services)}" if query.services else ""
    found = [plane.repository.head.find(name) for name in query.services]
    rules = {one.name: one.service.logs for one in found if one and one.service}
    off = [name for name, rule in rules.items() if not rule.collect]
    if not off and query.containers:
        without = {container for rule in rules.values() for container in rule.without}
        off = [container for container in query.containers if container in without]
    if off:
        told = f"the logs of {', '.join(off)} are not collected, as its composia-meta.yaml says"
        return f"{told}; --live asks the containers"
    return f"no logs{what} are kept yet; --live asks the containers"
