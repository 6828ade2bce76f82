"""Who has Compose projects and ports on a node: by what was seen there, and by what is wanted there."""

from collections.abc import Iterable, Iterator, Mapping

from composia.core.container import Container
from composia.core.fitness import Occupant
from composia.core.node import Node
from composia.core.release import Release
from composia.core.service import Service


def occupants(
    node: Node, *, wanted: Iterable[Service], released: Mapping[str, Release], containers: Iterable[Container]
) -> Iterator[Occupant]:
    """All of them; what is both seen and wanted comes twice. `released` are the last releases of the instances that are there, by service."""
    owners = {release.project: service for service, release in released.items()}
    for service in wanted:
        yield Occupant(
            who=f"service {service.name}",
            service=service.name,
            project=service.project,
            ports=service.demands.ports,
            seen=False,
        )
    for project, name in owners.items():
        yield Occupant(who=f"service {name}", service=name, project=project.removeprefix(node.project_prefix))
    for container in containers:
        if container.ports:
            owner = owners.get(container.project, "")
            who = f"service {owner}" if owner else f"container {container.name}"
            project = "" if owner else container.project.removeprefix(node.project_prefix)
            yield Occupant(who=who, service=owner, project=project, ports=container.ports)
