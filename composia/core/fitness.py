"""What speaks against a service on one node, each reason in a sentence."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from composia.core.age import lasting
from composia.core.container import Port
from composia.core.intent import Drain
from composia.core.node import NodeState
from composia.core.service import Service
from composia.core.status import NodeFit, NodeVerdict


@dataclass(frozen=True, kw_only=True)
class Occupant:
    """Who has a Compose project, or ports, on a node: `who` in words, the service if it is one of ours, and whether it was
    seen there or is only wanted."""

    who: str
    service: str = ""
    project: str = ""
    ports: tuple[Port, ...] = ()
    seen: bool = True

    def belongs_to(self, service: Service) -> bool:
        """Whether it is the service's own, or a project of that name that a deploy would take over."""
        return self.service == service.name or (not self.service and self.project == service.project)


@dataclass(frozen=True, kw_only=True)
class PlacementNode:
    """A node as placement sees it. `silent_s` is since it was last heard from, None when it never was."""

    name: str
    state: NodeState = NodeState.ONLINE
    silent_s: float | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    architecture: str = ""
    drain: Drain | None = None
    occupants: tuple[Occupant, ...] = ()

    @cached_property
    def projects(self) -> dict[str, tuple[Occupant, ...]]:
        """The services of ours that have a Compose project there, by its name."""
        found: dict[str, tuple[Occupant, ...]] = {}
        for occupant in self.occupants:
            if occupant.service and occupant.project:
                found[occupant.project] = (*found.get(occupant.project, ()), occupant)
        return found

    @cached_property
    def ports(self) -> dict[tuple[int, str], tuple[tuple[Port, Occupant], ...]]:
        """Who has a port there, by its number and protocol; who was seen comes before who is only wanted there."""
        found: dict[tuple[int, str], tuple[tuple[Port, Occupant], ...]] = {}
        for occupant in sorted(self.occupants, key=lambda occupant: not occupant.seen):
            for port in occupant.ports:
                key = port.number, port.protocol
                found[key] = (*found.get(key, ()), (port, occupant))
        return found


@dataclass(frozen=True, kw_only=True)
class Fitness:
    """What speaks against a service on a node. `taken` rules it out whoever asks, `unsuited` is what the service asks for and
    the node lacks, `away`, `drained` and `ports` are how things are now."""

    node: PlacementNode
    taken: tuple[str, ...] = ()
    unsuited: tuple[str, ...] = ()
    away: tuple[str, ...] = ()
    drained: tuple[str, ...] = ()
    ports: tuple[str, ...] = ()

    def chosen(self, reason: str, *warnings: str) -> NodeVerdict:
        """It goes there, because; what may go wrong there all the same."""
        return self._verdict(NodeFit.CHOSEN, (reason,), warnings)

    def possible(self, *reasons: str) -> NodeVerdict:
        """It could go there; why it does not."""
        return self._verdict(NodeFit.POSSIBLE, reasons)

    def impossible(self, *reasons: str) -> NodeVerdict:
        """It cannot go there, because."""
        return self._verdict(NodeFit.IMPOSSIBLE, reasons)

    def _verdict(self, fit: NodeFit, reasons: tuple[str, ...], warnings: tuple[str, ...] = ()) -> NodeVerdict:
        return NodeVerdict(node=self.node.name, state=self.node.state, fit=fit, reasons=reasons, warnings=warnings)


def fitness(service: Service, node: PlacementNode) -> Fitness:
    """What speaks against the service on that node. Its own containers there never do."""
    return Fitness(
        node=node,
        taken=tuple(_project(service, node)),
        unsuited=(*_labels(service, node), *_platforms(service, node)),
        away=tuple(_away(node)),
        drained=tuple(_drained(node)),
        ports=tuple(_ports(service, node)),
    )


def _project(service: Service, node: PlacementNode) -> Iterable[str]:
    for other in node.projects.get(service.project, ()):
        if other.service != service.name:
            yield f"Compose project {service.project} belongs to {other.who} there"
            return


def _labels(service: Service, node: PlacementNode) -> Iterable[str]:
    for key, value in service.placement.labels if service.placement else ():
        if node.labels.get(key) != value:
            has = f"has {key}={node.labels[key]}" if key in node.labels else f"has no label {key}"
            yield f"{has}, {key}={value} is asked for"


_NAMES = {"x86_64": "amd64", "x86-64": "amd64", "aarch64": "arm64", "armv7l": "arm", "armv6l": "arm", "i386": "386"}
"""How kernels and people call what Docker calls otherwise."""

_ALSO = {"amd64": frozenset({"386"}), "arm64": frozenset({"arm"})}
"""What a processor runs beside its own."""


def _platforms(service: Service, node: PlacementNode) -> Iterable[str]:
    own = _architecture(node.architecture)
    for name, platform in service.demands.platforms if own else ():
        system, slash, rest = platform.lower().partition("/")
        asked = _architecture(rest.partition("/")[0] if slash else system)
        if asked not in (own, "linux") and asked not in _ALSO.get(own, ()):
            yield f"is {own}, and {name} asks for platform {platform}"


def _architecture(name: str) -> str:
    return _NAMES.get(name.lower(), name.lower())


def _away(node: PlacementNode) -> Iterable[str]:
    if node.state is not NodeState.ONLINE:
        heard = "never heard from" if node.silent_s is None else f"last heard from {lasting(node.silent_s)} ago"
        yield f"{node.state}, {heard}"


def _drained(node: PlacementNode) -> Iterable[str]:
    if node.drain:
        yield f"drained by {node.drain.by}, so that nothing new is placed there"


def _ports(service: Service, node: PlacementNode) -> Iterable[str]:
    """One reason a port."""
    for port in service.demands.ports:
        for held, other in node.ports.get((port.number, port.protocol), ()):
            if not other.belongs_to(service) and port.clashes(held):
                yield f"port {port} is {'taken' if other.seen else 'wanted'} there by {other.who}"
                break
