"""Watch: a snapshot, then every committed change, resumable by cursor."""

import asyncio
from collections.abc import AsyncIterator

from composia.core.deployment import Deployment
from composia.core.suggest import shown
from composia.core.task import Task
from composia.errors import Invalid
from composia.plugins.api import WatchEvent, WatchRequest
from composia.plugins.queue import Change, DeploymentFilter, Queue, TaskFilter
from composia.server.naming import named

KEEPALIVE_S = 15.0
PAGE = 500


async def watch(request: WatchRequest, queue: Queue) -> AsyncIterator[WatchEvent]:
    """The events of a watch. A cursor of another database, ahead of this one, or from before what is kept, gets a fresh
    snapshot."""
    number = await _resume(request.cursor, queue)
    if number is None:
        number = await queue.last_change()
        deployments, tasks = await _snapshot(request, queue)
        yield WatchEvent(cursor=_cursor(queue, number), snapshot=True, deployments=deployments, tasks=tasks)
    changes = queue.changes(number)
    upcoming = asyncio.ensure_future(anext(changes))
    try:
        while True:
            done, _ = await asyncio.wait({upcoming}, timeout=KEEPALIVE_S)
            if not done:
                yield WatchEvent(cursor=_cursor(queue, number))
                continue
            change = upcoming.result()
            upcoming = asyncio.ensure_future(anext(changes))
            number = change.number
            if _concerns(change, request):
                yield WatchEvent(
                    cursor=_cursor(queue, number),
                    deployments=(change.deployment,) if change.deployment else (),
                    tasks=(change.task,) if change.task else (),
                )
    finally:
        upcoming.cancel()


async def _resume(cursor: str, queue: Queue) -> int | None:
    if not cursor:
        return None
    epoch, _, number = cursor.rpartition(":")
    if not (number.isascii() and number.isdigit() and len(number) <= 18):
        raise Invalid("a cursor is a text that an event carried", where=f"cursor {shown(cursor)}")
    if epoch != queue.database:
        return None
    kept = await queue.first_change() - 1 <= int(number) <= await queue.last_change()
    return int(number) if kept else None


def _cursor(queue: Queue, number: int) -> str:
    return f"{queue.database}:{number}"


def _concerns(change: Change, request: WatchRequest) -> bool:
    if not request.deployments:
        return True
    ids = {change.deployment.id if change.deployment else "", change.task.deployment if change.task else ""}
    return bool(ids & set(request.deployments))


async def _snapshot(request: WatchRequest, queue: Queue) -> tuple[tuple[Deployment, ...], tuple[Task, ...]]:
    if request.deployments:
        deployments = []
        for name in request.deployments:
            async with named("deployment", name, queue):
                deployments.append(await queue.deployment(name))
    else:
        page = await queue.deployments(DeploymentFilter(open_only=True), PAGE)
        deployments = list(page.items)
        while page.next:
            page = await queue.deployments(DeploymentFilter(open_only=True), PAGE, page.next)
            deployments += page.items
    tasks: list[Task] = []
    for deployment in deployments:
        tasks += (await queue.tasks(TaskFilter(deployment=deployment.id), PAGE)).items
    return tuple(deployments), tuple(sorted(tasks, key=lambda task: task.sequence))
