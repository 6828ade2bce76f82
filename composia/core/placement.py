"""Placement: which nodes a service goes to, and why not the others. What is feasible is decided here; the node
selector only ranks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from composia.core.service import PlacementRule, Service
from composia.core.status import Refusal


@dataclass(frozen=True, kw_only=True)
class PlacementNode:
    """A node as placement sees it. `projects` maps each Compose project on it to the service it belongs to."""

    name: str
    online: bool
    labels: Mapping[str, str]
    projects: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Placement:
    """The chosen nodes, in the order in which a change goes over them, and a reason for each other node."""

    nodes: tuple[str, ...] = ()
    refusals: tuple[Refusal, ...] = ()


def place(
    service: Service,
    nodes: Sequence[PlacementNode],
    current: Sequence[str],
    rank: Callable[[tuple[str, ...]], tuple[str, ...]],
) -> Placement:
    """Place a service. `current` are the nodes it is on: a placed service stays there. `rank` sorts feasible nodes."""
    known = {node.name: node for node in nodes}
    if service.placement is None:
        return _listed(service, known)
    return _chosen(service, service.placement, known, tuple(name for name in current if name in known), rank)


def _listed(service: Service, known: Mapping[str, PlacementNode]) -> Placement:
    reasons = {name: _clash(service, known[name]) if name in known else _UNKNOWN for name in service.nodes}
    others = {name: "not in its `nodes`" for name in known if name not in reasons}
    return Placement(
        nodes=tuple(name for name, reason in reasons.items() if not reason),
        refusals=_refusals({**reasons, **others}),
    )


def _chosen(
    service: Service,
    rule: PlacementRule,
    known: Mapping[str, PlacementNode],
    current: tuple[str, ...],
    rank: Callable[[tuple[str, ...]], tuple[str, ...]],
) -> Placement:
    reasons = {name: _clash(service, node) or _label_mismatch(rule, node) for name, node in known.items()}
    staying = tuple(name for name in current if not reasons[name])[: rule.count]
    reasons |= {
        name: "offline" for name, node in known.items() if not reasons[name] and not node.online and name not in staying
    }
    ranked = rank(tuple(sorted(name for name, reason in reasons.items() if not reason and name not in staying)))
    chosen = _spread(staying, ranked, rule, known)
    reasons |= {name: f"{rule.count} better placed" for name in ranked if name not in chosen}
    return Placement(nodes=chosen, refusals=_refusals(reasons))


def _spread(
    staying: tuple[str, ...], ranked: tuple[str, ...], rule: PlacementRule, known: Mapping[str, PlacementNode]
) -> tuple[str, ...]:
    chosen, left = list(staying), list(ranked)
    while left and len(chosen) < rule.count:
        values = [known[name].labels.get(rule.spread) for name in chosen] if rule.spread else []
        best = min(left, key=lambda name: values.count(known[name].labels.get(rule.spread)))
        left.remove(best)
        chosen.append(best)
    return tuple(chosen)


_UNKNOWN = "no agent of this name has joined"


def _clash(service: Service, node: PlacementNode) -> str:
    owner = node.projects.get(service.project, service.name)
    return "" if owner == service.name else f"Compose project {service.project} belongs to service {owner} there"


def _label_mismatch(rule: PlacementRule, node: PlacementNode) -> str:
    for key, value in rule.labels:
        if node.labels.get(key) != value:
            has = f"has {key}={node.labels[key]}" if key in node.labels else f"has no label {key}"
            return f"{has}, {key}={value} is asked for"
    return ""


def _refusals(reasons: Mapping[str, str]) -> tuple[Refusal, ...]:
    return tuple(Refusal(node=name, reason=reason) for name, reason in sorted(reasons.items()) if reason)
