"""Orders to be put: for an instance that is there, and the batches in which a deployment's tasks go."""

from collections.abc import Sequence

from composia.core.deployment import batch_of
from composia.core.release import Release
from composia.core.service import RolloutPolicy
from composia.core.task import Order, TaskKind
from composia.plugins.queue import NewTask
from composia.server.limits import Limits


def order_for(
    kind: TaskKind,
    release: Release,
    prefix: str,
    rollout: RolloutPolicy,
    limits: Limits,
    *,
    remove_volumes: bool = False,
) -> Order:
    """What is to be done to the instance that the release left. `prefix` is the agent's, for its project."""
    return Order(
        kind=kind,
        service=release.service,
        project=release.project.removeprefix(prefix),
        revision=release.revision,
        bundle=release.bundle,
        compose_files=release.compose_files,
        health=rollout.health,
        timeouts=rollout.timeouts.over(limits.timeouts),
        remove_volumes=remove_volumes,
    )


def in_batches(orders: Sequence[tuple[str, Order]], rollout: RolloutPolicy) -> tuple[NewTask, ...]:
    """The tasks for these nodes, by the rules of a rollout; what a move takes down comes in a batch of its own, the last."""
    moves = any(order.kind is TaskKind.DEPLOY for _, order in orders)
    last = [(node, order) for node, order in orders if moves and order.kind is TaskKind.DOWN]
    first = [part for part in orders if part not in last]
    tasks = [NewTask(node=n, order=order, batch=batch_of(at, rollout)) for at, (n, order) in enumerate(first)]
    after = tasks[-1].batch + 1 if tasks else 0
    return (*tasks, *(NewTask(node=node, order=order, batch=after) for node, order in last))
