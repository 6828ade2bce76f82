"""Which services and nodes a deploy request means."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from composia.core.service import Catalog, Definition, Service
from composia.core.status import Refusal
from composia.core.suggest import unknown
from composia.errors import Invalid, NotPossible
from composia.plugins.api import DeployRequest, Skipped
from composia.server.fleet import Fleet
from composia.server.naming import check_nodes


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A service to deploy, the nodes in order, and those of its own nodes that it cannot go to. `left` are the nodes on which
    it is taken down once it is healthy on the others, `notes` what a person should know before that."""

    service: Service
    nodes: tuple[str, ...]
    refusals: tuple[Refusal, ...] = ()
    left: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def choose(
    request: DeployRequest, catalog: Catalog, fleet: Fleet, away_from: str = ""
) -> tuple[tuple[Choice, ...], tuple[Skipped, ...]]:
    """The choices of a request, and what `all` and `changed` leave alone. What was asked for by name and cannot be
    deployed is an error. A move chooses all nodes anew, or only another one for the node `away_from`."""
    if sum((bool(request.services), request.all, request.changed)) != 1:
        raise Invalid("say which services to deploy", hint="give names, or --all, or --changed")
    if request.move and (request.nodes or not request.services):
        raise Invalid("a move is of services by name, and chooses the nodes itself", hint="give names, and no nodes")
    check_nodes(request.nodes, {node.name for node in fleet.nodes})
    found: list[Choice | Skipped | None]
    if request.services:
        found = [_by_name(name, request, catalog, fleet, away_from) for name in dict.fromkeys(request.services)]
    else:
        found = [_by_itself(definition, request, fleet) for definition in catalog.definitions]
    return (
        tuple(_leaving(choice, request, fleet) for choice in found if isinstance(choice, Choice)),
        tuple(skipped for skipped in found if isinstance(skipped, Skipped)),
    )


def _by_name(name: str, request: DeployRequest, catalog: Catalog, fleet: Fleet, away_from: str) -> Choice:
    definition = catalog.find(name)
    if definition is None:
        names = (d.name for d in catalog.definitions)
        raise unknown("service", name, names, where=f"revision {catalog.revision[:12]}")
    service = definition.service
    if service is None:
        first = definition.errors[0]
        raise Invalid(f"service {name} cannot be deployed: {first.message}", where=first.where, hint=first.hint)
    if not service.enabled:
        raise NotPossible(f"service {name} is disabled", where=definition.directory, hint="set `enabled: true`")
    return _placed(service, request, fleet, away_from)


def _placed(service: Service, request: DeployRequest, fleet: Fleet, away_from: str = "") -> Choice:
    if request.move and service.placement is None:
        raise NotPossible(
            f"service {service.name} cannot be moved, its `nodes` say where it runs",
            where=service.directory,
            hint="change its `nodes`, or give it a `placement`",
        )
    placement = fleet.place(service, anew=request.move and not away_from, away_from=away_from)
    reasons = {refusal.node: refusal.reason for refusal in placement.refusals}
    for node in request.nodes:
        if node in reasons:
            raise NotPossible(f"service {service.name} cannot go to {node}: {reasons[node]}", where=f"node {node}")
    nodes = tuple(node for node in placement.nodes if not request.nodes or node in request.nodes)
    own = tuple(refusal for refusal in placement.refusals if not service.nodes or refusal.node in service.nodes)
    if not nodes:
        why = "".join(f"\n  {refusal.node}: {refusal.reason}" for refusal in own) or " no node has joined"
        raise NotPossible(f"service {service.name} has no node to go to:{why}", where=service.directory)
    return Choice(
        service=service,
        nodes=nodes,
        refusals=own if service.nodes else (),
        notes=placement.warnings_on(nodes),
    )


def _leaving(choice: Choice, request: DeployRequest, fleet: Fleet) -> Choice:
    """The choice with the nodes that are left, where it is a move or takes the place of one that is not done."""
    service, nodes = choice.service, choice.nodes
    moving = fleet.moving.get(service.name)
    if request.move:
        left = fleet.left(service, nodes)
        notes = _moved(service, nodes, left)
    elif moving and not moving.waiting.isdisjoint(nodes):
        goes_on = moving.waiting <= set(nodes)
        stays = tuple(node for node in moving.left if node not in nodes)
        left = stays if goes_on else ()
        why = f"takes the place of the move {moving.deployment}"
        notes = _moved(service, nodes, left, why) if goes_on else (f"{why}; it stays on {', '.join(stays)} too",)
    else:
        return choice
    return replace(choice, left=left, notes=(*choice.notes, *notes))


def _moved(service: Service, nodes: Sequence[str], left: Sequence[str], why: str = "") -> tuple[str, ...]:
    """What becomes of a service that is moved, and of its data."""
    before = f"{why}: " if why else ""
    if not left:
        return (f"{before}stays on {', '.join(nodes)}",)
    volumes = service.demands.volumes
    data = f"its directory and its volumes ({', '.join(volumes)})" if volumes else "its directory and its volumes"
    return (
        f"{before}moves to {', '.join(nodes)}; once it is healthy there, it is taken down on {', '.join(left)}",
        *(f"{node} keeps {data}, for volumes do not move" for node in left),
    )


def _by_itself(definition: Definition, request: DeployRequest, fleet: Fleet) -> Choice | Skipped | None:
    """What `--all` and `--changed` do with a service: deploy it, skip it with a reason, or pass over it."""
    if definition.service is None:
        return Skipped(service=definition.name, reason=f"{definition.errors[0].where}: {definition.errors[0].message}")
    if not definition.service.enabled:
        return Skipped(service=definition.name, reason="disabled")
    try:
        choice = _placed(definition.service, request, fleet)
    except NotPossible as error:
        return Skipped(service=definition.name, reason=" ".join(error.message.split()))
    started = tuple(node for node in choice.nodes if not fleet.stopped(definition.name, node))
    due = tuple(node for node in started if request.all or fleet.changed(definition, node))
    if due:
        return replace(choice, nodes=due)
    stopped = [node for node in choice.nodes if node not in started]
    if stopped and (request.all or any(fleet.changed(definition, node) for node in stopped)):
        return Skipped(service=definition.name, reason=f"stopped on {', '.join(stopped)}")
    return None
