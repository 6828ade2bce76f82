"""What a schedule asks for, by the use cases that people have too."""

from collections.abc import Awaitable, Callable, Iterable

from composia.core.schedule import Schedule
from composia.core.task import Priority, PruneTarget, TaskKind
from composia.errors import NotFound, NotPossible
from composia.plugins.api import DeploymentView, DeployRequest, OperateRequest, PruneRequest, Skipped, Started
from composia.server.control_plane import ControlPlane
from composia.server.deploy import deploy
from composia.server.operate import operate
from composia.server.prune import prune


async def carry_out(plane: ControlPlane, schedule: Schedule, request_id: str, by: str) -> Started:
    """Store the work of one time. What one service or node is refused is told as skipped, if there are others."""
    match schedule.kind:
        case TaskKind.DEPLOY:
            return await _deploy(plane, schedule, request_id, by)
        case TaskKind.PRUNE:
            nodes = schedule.nodes or tuple(node.name for node in await plane.queue.nodes())
            return await _each(nodes, lambda node: _prune(plane, schedule, node, f"{request_id}:{node}", by))
        case _:
            names = schedule.services
            return await _each(names, lambda name: _operate(plane, schedule, name, f"{request_id}:{name}", by))


async def _deploy(plane: ControlPlane, schedule: Schedule, request_id: str, by: str) -> Started:
    await plane.repository.refresh()
    request = DeployRequest(
        request_id=request_id,
        services=schedule.services,
        all=schedule.all,
        changed=not schedule.services and not schedule.all,
        nodes=schedule.nodes,
        pull=schedule.pull,
    )
    reading = await plane.repository.at("")
    return await deploy(plane, request, reading, await plane.fleet(), by=by, priority=Priority.SCHEDULE)


async def _operate(plane: ControlPlane, schedule: Schedule, service: str, request_id: str, by: str) -> Started:
    request = OperateRequest(request_id=request_id, kind=schedule.kind, service=service, nodes=schedule.nodes)
    return await operate(plane, request, by=by, priority=Priority.SCHEDULE)


async def _prune(plane: ControlPlane, schedule: Schedule, node: str, request_id: str, by: str) -> Started:
    what = schedule.prune or (PruneTarget.DANGLING_IMAGES,)
    request = PruneRequest(request_id=request_id, node=node, what=what)
    return await prune(plane, request, by=by, priority=Priority.SCHEDULE)


async def _each(targets: Iterable[str], store: Callable[[str], Awaitable[Started]]) -> Started:
    """What is refused of one target keeps the others from nothing."""
    deployments: list[DeploymentView] = []
    skipped: list[Skipped] = []
    for target in targets:
        try:
            deployments += (await store(target)).deployments
        except (NotFound, NotPossible) as error:
            skipped.append(Skipped(service=target, reason=error.message))
    return Started(deployments=tuple(deployments), skipped=tuple(skipped))
