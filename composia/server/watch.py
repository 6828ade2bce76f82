"""Watch: a snapshot, then every committed change, resumable by cursor."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace

from composia.core.deployment import Deployment
from composia.core.suggest import shown
from composia.core.task import Task, TaskState
from composia.core.waiting import without_count_down
from composia.errors import Invalid
from composia.plugins.api import WatchEvent, WatchRequest
from composia.plugins.queue import Change, DeploymentFilter, Queue, TaskFilter
from composia.server.naming import named
from composia.server.reasons import Reasons

KEEPALIVE_S = 15.0
REASONS_S = 1.0
"""How often it is looked why tasks wait, while some do."""
PAGE = 500


async def watch(request: WatchRequest, queue: Queue, reasons: Reasons) -> AsyncIterator[WatchEvent]:
    """The events of a watch. A cursor of another database, ahead of this one, or from before what is kept, gets a fresh
    snapshot. Why tasks wait comes with the snapshot, and by itself whenever it is another reason."""
    waiting = _Waiting(reasons)
    number = await _resume(request.cursor, queue)
    if number is None:
        number = await queue.last_change()
        deployments, tasks = await _snapshot(request, queue)
        known = await waiting.take(tasks)
        yield WatchEvent(cursor=_cursor(queue, number), snapshot=True, deployments=deployments, tasks=known)
    else:
        waiting.resume(task for task in await queue.waiting() if _is_asked(task.deployment, request))
    changes = queue.changes(number)
    upcoming = asyncio.ensure_future(anext(changes))
    now = asyncio.get_running_loop().time
    spoke = looked = now()
    try:
        while True:
            due = min(spoke + KEEPALIVE_S, looked + REASONS_S) if waiting.tasks else spoke + KEEPALIVE_S
            done, _ = await asyncio.wait({upcoming}, timeout=max(due - now(), 0))
            event = None
            if done:
                change = upcoming.result()
                upcoming = asyncio.ensure_future(anext(changes))
                number = change.number
                if _concerns(change, request):
                    event = WatchEvent(
                        cursor=_cursor(queue, number),
                        deployments=(change.deployment,) if change.deployment else (),
                        tasks=(waiting.keep(change.task),) if change.task else (),
                    )
            else:
                tasks, looked = await waiting.news(), now()
                if tasks or looked >= spoke + KEEPALIVE_S:
                    event = WatchEvent(cursor=_cursor(queue, number), tasks=tasks)
            if event:
                yield event
                spoke = now()
    finally:
        upcoming.cancel()


class _Waiting:
    """The waiting tasks as one watcher was told of them. A reason is told with the task as it was told last, so that no
    later state is taken back."""

    def __init__(self, reasons: Reasons) -> None:
        self._reasons = reasons
        self._told: dict[str, str] = {}
        self.tasks: dict[str, Task] = {}

    async def take(self, tasks: Iterable[Task]) -> tuple[Task, ...]:
        """The tasks of a snapshot, as they are told."""
        self._told = dict(await self._reasons.by_task())
        return tuple(self.keep(task) for task in tasks)

    def resume(self, tasks: Iterable[Task]) -> None:
        """What waits, where it is not known which reasons the watcher was told."""
        self.tasks = {task.id: task for task in tasks}

    def keep(self, task: Task) -> Task:
        """A task as it is told; one that waits on does so for the reason that was told last."""
        if task.state is TaskState.PENDING:
            self.tasks[task.id] = task
            return replace(task, waiting=self._told.setdefault(task.id, ""))
        self.tasks.pop(task.id, None)
        self._told.pop(task.id, None)
        return task

    async def news(self) -> tuple[Task, ...]:
        """The tasks that wait for another reason than was told."""
        known = await self._reasons.by_task() if self.tasks else {}
        found = {id_: known[id_] for id_ in self.tasks if id_ in known and self._is_news(id_, known[id_])}
        self._told |= found
        return tuple(replace(self.tasks[id_], waiting=reason) for id_, reason in found.items())

    def _is_news(self, task: str, reason: str) -> bool:
        told = self._told.get(task)
        return told is None or without_count_down(told) != without_count_down(reason)


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
    if change.deployment and _is_asked(change.deployment.id, request):
        return True
    return bool(change.task and _is_asked(change.task.deployment, request))


def _is_asked(deployment: str, request: WatchRequest) -> bool:
    return not request.deployments or deployment in request.deployments


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
