"""Retry: what did not succeed of a deployment, once more, by the stored orders. Git is not read again."""

from collections.abc import Sequence

from composia.clock import Clock
from composia.core.deployment import Deployment, batch_of
from composia.core.intent import Intent
from composia.core.task import Task, TaskKind, TaskState
from composia.errors import Invalid, NotPossible
from composia.plugins.api import RetryRequest, Started
from composia.plugins.queue import NewDeployment, NewTask, Queue, TaskFilter
from composia.server.bundles import BundleStore
from composia.server.deploy import views
from composia.server.dispatch import MANY
from composia.server.limits import Limits
from composia.server.operate import STOPS

RETRIED = (TaskState.FAILED, TaskState.CANCELLED, TaskState.LOST)
"""The states that a task may be retried from."""


async def retry(
    request: RetryRequest, bundles: BundleStore, queue: Queue, clock: Clock, limits: Limits, *, by: str
) -> Started:
    """Store a deployment with the orders of the tasks that did not succeed. `NotPossible` when there is none, or one of
    them is still at work."""
    if first := await queue.requested(request.request_id):
        return Started(deployments=views(first))
    deployment, tasks = await _meant(request, queue)
    _check_bundles(tasks, bundles)
    new = NewDeployment(
        kind=deployment.kind,
        service=deployment.service,
        revision=deployment.revision,
        rollout=deployment.rollout,
        tasks=tuple(
            NewTask(node=task.node, order=task.order, batch=batch_of(position, deployment.rollout))
            for position, task in enumerate(tasks)
        ),
        intents=_intents(deployment, tasks, by),
        created_by=by,
        wait_s=limits.wait_s,
        retry_of=deployment.id,
    )
    return Started(deployments=views(await queue.put(request.request_id, [new], clock.now_ms())))


async def _meant(request: RetryRequest, queue: Queue) -> tuple[Deployment, Sequence[Task]]:
    if bool(request.deployment) == bool(request.task):
        raise Invalid("a retry is of a deployment or of a task", hint="composia deployment retry ID, or task retry ID")
    if request.task:
        task = await queue.task(request.task)
        if task.state not in RETRIED:
            raise NotPossible(f"it is {task.state}, there is nothing to do again", where=f"task {task.id}")
        return await queue.deployment(task.deployment), [task]
    deployment = await queue.deployment(request.deployment)
    page = await queue.tasks(TaskFilter(deployment=deployment.id), MANY)
    done = (TaskState.SUCCEEDED, TaskState.SUPERSEDED)
    tasks = sorted((task for task in page.items if task.state not in done), key=lambda task: task.sequence)
    if not tasks:
        raise NotPossible("every task of it has succeeded or was superseded", where=f"deployment {deployment.id}")
    return deployment, tasks


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
    return tuple(Intent(service=task.service, node=task.node, stopped=stopped, by=by) for task in tasks)
