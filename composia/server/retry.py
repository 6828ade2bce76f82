"""Retry: what did not succeed of a deployment, once more, by the stored orders. Git is not read again."""

from collections.abc import Sequence

from composia.core.deployment import Deployment, takes_down
from composia.core.intent import Intent
from composia.core.task import Task, TaskKind, TaskState
from composia.errors import Invalid, NotPossible
from composia.plugins.api import RetryRequest, Started
from composia.plugins.queue import NewDeployment, Queue, TaskFilter
from composia.server.bundles import BundleStore
from composia.server.control_plane import ControlPlane
from composia.server.deploy import views
from composia.server.every_page import tasks_of
from composia.server.operate import STOPS
from composia.server.orders import in_batches

RETRIED = (TaskState.FAILED, TaskState.CANCELLED, TaskState.LOST)
"""The states that a task may be retried from."""


async def retry(plane: ControlPlane, request: RetryRequest, *, by: str) -> Started:
    """Store a deployment with the orders of the tasks that did not succeed. `NotPossible` when there is none, or one of
    them is still at work."""
    if first := await plane.queue.requested(request.request_id):
        return Started(deployments=views(first))
    deployment, tasks = await _meant(request, plane.queue)
    _check_bundles(tasks, plane.bundles)
    new = NewDeployment(
        kind=deployment.kind,
        service=deployment.service,
        revision=deployment.revision,
        rollout=deployment.rollout,
        tasks=in_batches([(task.node, task.order) for task in tasks], deployment.rollout),
        intents=_intents(deployment, tasks, by),
        created_by=by,
        wait_s=plane.limits.wait_s,
        retry_of=deployment.id,
    )
    return Started(deployments=views(await plane.queue.put(request.request_id, [new], plane.clock.now_ms())))


async def _meant(request: RetryRequest, queue: Queue) -> tuple[Deployment, Sequence[Task]]:
    if bool(request.deployment) == bool(request.task):
        raise Invalid("a retry is of a deployment or of a task", hint="composia deployment retry ID, or task retry ID")
    if request.task:
        task = await queue.task(request.task)
        if task.state not in RETRIED:
            raise NotPossible(f"it is {task.state}, there is nothing to do again", where=f"task {task.id}")
        deployment = await queue.deployment(task.deployment)
        await _check_moved(deployment, task, queue)
        return deployment, [task]
    deployment = await queue.deployment(request.deployment)
    done = (TaskState.SUCCEEDED, TaskState.SUPERSEDED)
    tasks = [task for task in await tasks_of(queue, TaskFilter(deployment=deployment.id)) if task.state not in done]
    if not tasks:
        raise NotPossible("every task of it has succeeded or was superseded", where=f"deployment {deployment.id}")
    return deployment, tasks


async def _check_moved(deployment: Deployment, task: Task, queue: Queue) -> None:
    """What a move leaves behind is taken down only when all of it is healthy elsewhere."""
    tasks = await tasks_of(queue, TaskFilter(deployment=deployment.id))
    new = [other for other in tasks if not takes_down(deployment, other)]
    if takes_down(deployment, task) and any(other.state is not TaskState.SUCCEEDED for other in new):
        raise NotPossible(
            f"{task.service} has not moved, it would be gone from {task.node} without being healthy elsewhere",
            where=f"task {task.id}",
            hint=f"composia deployment retry {deployment.id}",
        )


def _check_bundles(tasks: Sequence[Task], bundles: BundleStore) -> None:
    for task in tasks:
        if task.kind is TaskKind.DEPLOY and not bundles.has(task.order.bundle):
            raise NotPossible(
                f"the files of {task.service} that it was to deploy are not kept any more",
                where=f"task {task.id}",
                hint=f"composia deploy {task.service} --revision {task.order.revision}",
            )


def _intents(deployment: Deployment, tasks: Sequence[Task], by: str) -> tuple[Intent, ...]:
    """Who has it done again wants what it is for."""
    if deployment.kind is TaskKind.PRUNE:
        return ()
    stopped = deployment.kind in STOPS
    return tuple(
        Intent(service=task.service, node=task.node, stopped=stopped, by=by)
        for task in tasks
        if not takes_down(deployment, task)
    )
