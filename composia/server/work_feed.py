"""What a watcher is told of deployments and tasks."""

from collections.abc import Iterable, Iterator
from contextlib import aclosing
from dataclasses import replace
from typing import Any, cast

from composia.core.deployment import Deployment
from composia.core.task import Task, TaskState
from composia.core.waiting import without_count_down
from composia.plugins.queue import Change, DeploymentFilter, TaskFilter
from composia.plugins.watching import DeployedCommit, WatchEvent, WatchRequest
from composia.server.control_plane import ControlPlane, OpenWork
from composia.server.every_page import every, tasks_of
from composia.server.naming import named
from composia.server.reasons import Reasons

TOO_FAR = 1000
"""A watcher that is so many changes behind gets a fresh snapshot."""


class WorkFeed:
    """Where one watcher is in the changes of the queue. Each thing is told as it is when it is told."""

    def __init__(self, plane: ControlPlane, request: WatchRequest) -> None:
        self.number = 0
        """Of the last change that was told."""
        self._stored = 0
        self._queue = plane.queue
        self._recent = plane.recent
        self._open_work = plane.open_work
        self._commits = plane.repository.commits
        self._deployments = request.deployments
        self._waiting = _Waiting(plane.reasons)

    @property
    def waits(self) -> bool:
        """Whether something waits, so that the reason may become another one."""
        return bool(self._waiting.tasks)

    async def resume(self, number: int) -> bool:
        """Go on after that change; False when it cannot be told any more, or is not of this database's past."""
        self._stored = await self._queue.last_change()
        if not await self._queue.first_change() - 1 <= number <= self._stored:
            return False
        self.number = number
        self._waiting.resume(task for task in await self._queue.waiting() if self._is_asked(task.deployment))
        return True

    async def snapshot(self) -> WatchEvent:
        """All that is open, or was asked for by name."""
        self.number = self._stored = await self._queue.last_change()
        question = self._deployments, self.number
        deployments, tasks = await self._open_work.ask(question, self._read)
        told = await self._waiting.take(tasks)
        return WatchEvent(cursor="", deployments=deployments, tasks=told, commits=await self._commits_of(deployments))

    async def _read(self) -> OpenWork:
        deployments = await self._named() if self._deployments else await self._open()
        tasks = [task for one in deployments for task in await tasks_of(self._queue, TaskFilter(deployment=one.id))]
        return tuple(deployments), tuple(sorted(tasks, key=lambda task: task.sequence))

    async def news(self) -> WatchEvent | None:
        """What changed since, each thing once; None when that is too much to be told."""
        changes = self._recent.since(self.number) if self._recent.last >= self._stored else None
        last = self._recent.last
        if changes is None:
            last = await self._queue.last_change()
            changes = await self._read_on(last) if last - self.number <= TOO_FAR else None
            self._recent.begin(last)
        if changes is None or last - self.number > TOO_FAR:
            return None
        deployments: dict[str, Deployment] = {}
        tasks: dict[str, Task] = {}
        for change in changes:
            if change.deployment and self._is_asked(change.deployment.id):
                deployments[change.deployment.id] = change.deployment
            if change.task and self._is_asked(change.task.deployment):
                tasks[change.task.id] = change.task
            self.number = change.number
        told = tuple(self._waiting.keep(task) for task in tasks.values())
        commits = await self._commits_of(deployments.values())
        return WatchEvent(cursor="", deployments=tuple(deployments.values()), tasks=told, commits=commits)

    async def _read_on(self, last: int) -> Iterator[Change]:
        """What changed since, from the queue itself: of what was before this server began, or is not heard of yet."""
        found: list[Change] = []
        if last > self.number:
            # every queue has a generator here, which is to be closed
            async with aclosing(cast("Any", self._queue.changes(self.number))) as changes:
                async for change in changes:
                    found.append(change)
                    if change.number >= last:
                        break
        return iter(found)

    async def reasons(self) -> WatchEvent:
        """The tasks that wait for another reason than was told."""
        return WatchEvent(cursor="", tasks=await self._waiting.news())

    async def _commits_of(self, deployments: Iterable[Deployment]) -> tuple[DeployedCommit, ...]:
        commits = await self._commits.of(deployments)
        return tuple(DeployedCommit(deployment=name, commit=commit) for name, commit in commits.items())

    def _is_asked(self, deployment: str) -> bool:
        return not self._deployments or deployment in self._deployments

    async def _named(self) -> list[Deployment]:
        found = []
        for name in self._deployments:
            async with named("deployment", name, self._queue):
                found.append(await self._queue.deployment(name))
        return found

    async def _open(self) -> list[Deployment]:
        which = DeploymentFilter(open_only=True)
        return await every(lambda limit, after: self._queue.deployments(which, limit, after))


class _Waiting:
    """The waiting tasks as one watcher was told of them. A reason is told with the task as it was told last, so that no
    later state is taken back."""

    def __init__(self, reasons: Reasons) -> None:
        self._reasons = reasons
        self._told: dict[str, str] = {}
        self.tasks: dict[str, Task] = {}

    async def take(self, tasks: Iterable[Task]) -> tuple[Task, ...]:
        """The tasks of a snapshot, as they are told."""
        self.tasks, self._told = {}, dict(await self._reasons.by_task())
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
