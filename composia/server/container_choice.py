"""Which container is meant: of a service of ours, by its name in the Compose file, on a node."""

from dataclasses import dataclass

from composia.core.container import Container, ContainerState
from composia.core.status import ServiceStatus
from composia.core.suggest import unknown
from composia.errors import Invalid, NotPossible


@dataclass(frozen=True, kw_only=True)
class Place:
    """A container on a node."""

    node: str
    container: Container

    def __str__(self) -> str:
        return f"{self.container.name} on {self.node}"


def running_container(service: ServiceStatus, container: str, node: str) -> Place:
    """The one running container that is meant. An empty `container` or `node` is any; a container is named as in the Compose
    file, or in full. `NotPossible` when none of them runs, `Invalid` with the choices when several do."""
    places = _on(service, node)
    named = [p for p in places if not container or container in (p.container.service, p.container.name)]
    if not named:
        raise unknown("container", container, sorted({p.container.service for p in places}))
    running = [place for place in named if place.container.state is ContainerState.RUNNING]
    if not running:
        states = ", ".join(f"{place} is {place.container.state}" for place in named)
        raise NotPossible(f"it does not run: {states}", where=f"service {service.name}", hint=_status(service))
    if len(running) > 1:
        raise Invalid(
            f"{len(running)} containers could be meant",
            where=f"service {service.name}",
            hint=f"NAME/CONTAINER, --node NODE; there are {', '.join(map(str, running))}",
        )
    return running[0]


def _on(service: ServiceStatus, node: str) -> list[Place]:
    """The containers of a service, on one node or on all."""
    nodes = [instance.node for instance in service.instances]
    if node and node not in nodes:
        hint = f"it is on {', '.join(nodes)}" if nodes else f"composia deploy {service.name}"
        raise NotPossible(f"the service is not on {node}", where=f"service {service.name}", hint=hint)
    places = [
        Place(node=instance.node, container=container)
        for instance in service.instances
        for container in instance.containers
        if node in ("", instance.node)
    ]
    if not places:
        raise NotPossible("it has no containers", where=f"service {service.name}", hint=_status(service))
    return places


def _status(service: ServiceStatus) -> str:
    return f"composia status {service.name}"
