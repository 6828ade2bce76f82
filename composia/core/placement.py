"""Placement: which nodes a service goes to, and why or why not. What is feasible is decided here; the node selector only
ranks."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from composia.core.fitness import Fitness, PlacementNode, fitness
from composia.core.service import PlacementRule, Service
from composia.core.status import NodeFit, NodeVerdict, Refusal

Rank = Callable[[tuple[str, ...]], tuple[str, ...]]
"""Sorts feasible nodes, best first."""


@dataclass(frozen=True, kw_only=True)
class Placement:
    """The chosen nodes, in the order in which a change goes over them, and the verdict on each node, by name."""

    nodes: tuple[str, ...] = ()
    verdicts: tuple[NodeVerdict, ...] = ()

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        """The nodes that are not chosen, each with all reasons in one line."""
        others = (verdict for verdict in self.verdicts if verdict.fit is not NodeFit.CHOSEN)
        return tuple(Refusal(node=verdict.node, reason="; ".join(verdict.reasons)) for verdict in others)

    def warnings_on(self, nodes: Sequence[str]) -> tuple[str, ...]:
        """What may go wrong on some of the chosen nodes, each in a line."""
        verdicts = (verdict for verdict in self.verdicts if verdict.node in nodes)
        return tuple(f"{verdict.node}: {warning}" for verdict in verdicts for warning in verdict.warnings)


def place(service: Service, nodes: Sequence[PlacementNode], current: Sequence[str], rank: Rank) -> Placement:
    """Place a service. `current` are the nodes it was placed on, the last ones first; on as many as it wants it stays, as
    long as they fit."""
    known = {node.name: node for node in nodes}
    found = {name: fitness(service, node) for name, node in sorted(known.items())}
    if service.placement is None:
        return _listed(service, found, current)
    return _chosen(service.placement, known, found, current, rank)


def nodes_for(
    service: Service, known: Mapping[str, PlacementNode], current: Sequence[str], rank: Rank
) -> tuple[str, ...]:
    """The nodes that `place` chooses, without a verdict on each: it looks at no more nodes than that takes."""
    found = _Fitnesses(service, known)
    rule = service.placement
    if rule is None:
        return tuple(name for name in service.nodes if name in known and not _barred(found[name], current))
    staying = _staying(rule, found, current)
    if len(staying) == rule.count:
        return staying
    return _spread(staying, rank(_fitting(found, staying)), rule, known)


class _Fitnesses(Mapping[str, Fitness]):
    """By node, by name, each found out when it is asked for."""

    def __init__(self, service: Service, known: Mapping[str, PlacementNode]) -> None:
        self._service = service
        self._known = known
        self._found: dict[str, Fitness] = {}

    def __getitem__(self, name: str) -> Fitness:
        if name not in self._found:
            self._found[name] = fitness(self._service, self._known[name])
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._known))

    def __len__(self) -> int:
        return len(self._known)

    def __contains__(self, name: object) -> bool:
        return name in self._known


def _listed(service: Service, found: Mapping[str, Fitness], current: Sequence[str]) -> Placement:
    """The node has the last word on what only may go wrong there, so that it is a warning here."""
    verdicts = {}
    for name in sorted({*found, *service.nodes}):
        fit = found.get(name)
        if fit is None:
            verdicts[name] = NodeVerdict(node=name, fit=NodeFit.IMPOSSIBLE, reasons=(_UNKNOWN,))
        elif name not in service.nodes:
            verdicts[name] = fit.impossible(_NOT_LISTED)
        elif _barred(fit, current):
            verdicts[name] = fit.impossible(*fit.taken, *fit.drained)
        else:
            verdicts[name] = fit.chosen(_LISTED, *fit.unsuited, *fit.away, *fit.drained, *fit.ports)
    chosen = tuple(name for name in service.nodes if verdicts[name].fit is NodeFit.CHOSEN)
    return Placement(nodes=chosen, verdicts=tuple(verdicts.values()))


def _barred(fit: Fitness, current: Sequence[str]) -> bool:
    """Whether a service does not go to a node that it lists."""
    return bool(fit.taken or (fit.drained and fit.node.name not in current))


_UNKNOWN = "no agent of this name has joined"
_LISTED = "named in its `nodes`"
_NOT_LISTED = "not named in its `nodes`"
_STAYS = "placed there before, and stays"


def _chosen(
    rule: PlacementRule,
    known: Mapping[str, PlacementNode],
    found: Mapping[str, Fitness],
    current: Sequence[str],
    rank: Rank,
) -> Placement:
    staying = _staying(rule, found, current)
    fitting = _fitting(found, staying)
    nodes = _spread(staying, rank(fitting), rule, known)
    first = f"chosen from {len(fitting)} that {'fit' if len(fitting) != 1 else 'fits'}"
    verdicts = []
    for name, fit in found.items():
        if name in staying:
            verdicts.append(fit.chosen(_STAYS, *fit.away, *fit.drained, *fit.ports))
        elif name in nodes:
            verdicts.append(fit.chosen(first))
        elif name in fitting:
            verdicts.append(fit.possible(_enough(name, nodes, rule, known)))
        else:
            verdicts.append(fit.impossible(*_lasting(fit), *_passing(fit)))
    return Placement(nodes=nodes, verdicts=tuple(verdicts))


def _staying(rule: PlacementRule, found: Mapping[str, Fitness], current: Sequence[str]) -> tuple[str, ...]:
    """Of the nodes that it was placed on last those that it does not leave."""
    last = tuple(name for name in current if name in found)[: rule.count]
    return tuple(name for name in last if not _lasting(found[name]))


def _fitting(found: Mapping[str, Fitness], staying: Sequence[str]) -> tuple[str, ...]:
    """The other nodes that have nothing against them."""
    return tuple(name for name, fit in found.items() if name not in staying and not (_lasting(fit) or _passing(fit)))


def _lasting(fit: Fitness) -> tuple[str, ...]:
    return (*fit.taken, *fit.unsuited)


def _passing(fit: Fitness) -> tuple[str, ...]:
    return (*fit.away, *fit.drained, *fit.ports)


def _spread(
    staying: tuple[str, ...], ranked: tuple[str, ...], rule: PlacementRule, known: Mapping[str, PlacementNode]
) -> tuple[str, ...]:
    chosen, left = list(staying), list(ranked)
    while left and len(chosen) < rule.count:
        best = min(left, key=lambda name: _alike(name, chosen, rule, known))
        left.remove(best)
        chosen.append(best)
    return tuple(chosen)


def _alike(name: str, chosen: Sequence[str], rule: PlacementRule, known: Mapping[str, PlacementNode]) -> int:
    """How many chosen nodes have the same value of the label that is spread over."""
    value = known[name].labels.get(rule.spread)
    return sum(known[other].labels.get(rule.spread) == value for other in chosen) if rule.spread else 0


def _enough(name: str, chosen: Sequence[str], rule: PlacementRule, known: Mapping[str, PlacementNode]) -> str:
    """Why a node that fits is not chosen."""
    whole = f"count {rule.count} is reached"
    alike = _alike(name, chosen, rule, known)
    if not alike:
        return whole
    value = known[name].labels.get(rule.spread)
    where = f"{rule.spread}={value}" if value is not None else f"nodes without label {rule.spread}"
    return f"{whole}, and {where} has {alike} of it"
