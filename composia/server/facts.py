"""What is wanted, released and there, in memory: read from the queue once, then kept up to date by what changes there."""

from collections.abc import Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, cast

from composia.core.deployment import Deployment, DeploymentState
from composia.core.intent import Drain, Intent, Pause
from composia.core.node import Node
from composia.core.release import Release
from composia.core.task import Task, TaskKind, TaskState
from composia.plugins.queue import Change, Queue, TaskFilter
from composia.server.every_page import tasks_of
from composia.server.fleet import Moving

Instance = tuple[str, str]
"""A service and a node."""

TOO_MANY = 2000
"""After so many changes all is read anew, instead of what has changed."""

MANY_SERVICES = 50
"""The releases of more services than that are read all at once."""


@dataclass(kw_only=True)
class News:
    """What may be other than it was: instances (their release, or a person's intent), the aims of services, nodes, and of which
    services the last deployment is another one, or another step of it."""

    instances: set[Instance] = field(default_factory=set)
    services: set[str] = field(default_factory=set)
    nodes: set[str] = field(default_factory=set)
    deployed: set[str] = field(default_factory=set)


class Facts:
    """What the queue holds of services and nodes. Only `catch_up` and `take_node` change it; whoever reads it in one go reads
    one moment."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        self._number = -1
        self._open: dict[str, Task] = {}
        self.records: dict[str, Node] = {}
        self.drains: dict[str, Drain] = {}
        self.pauses: dict[str, Pause] = {}
        self.releases: dict[Instance, Release] = {}
        self.good: dict[Instance, Release] = {}
        self.coming: dict[Instance, str] = {}
        """The bundle of the newest deploy that has not ended."""
        self.intents: dict[Instance, Intent] = {}
        self.last: dict[str, Deployment] = {}
        """By service; `forget` leaves it in the queue."""
        self.released_on: dict[str, set[str]] = {}
        self.released_at: dict[str, set[str]] = {}
        self.moving: dict[str, Moving] = {}
        self.running: dict[str, dict[str, None]] = {}
        """The live tasks of each node, by sequence."""

    @property
    def read(self) -> bool:
        """Whether it was read at all."""
        return self._number >= 0

    def take_node(self, node: Node) -> None:
        """A node's record, as it was just stored."""
        self.records[node.name] = node

    async def catch_up(self) -> News:
        """Read what is new in the queue, and say what it may concern."""
        news = News()
        last = await self._queue.last_change()
        # read before anything is taken: who is broken off while he waits would lose the news that he has
        drains = {drain.node: drain for drain in await self._queue.drains()}
        pauses = {pause.node: pause for pause in await self._queue.pauses()}
        if self._number < 0 or (last > self._number and await self._is_far_behind(last)):
            await self._read_all(last, news)
        elif last > self._number:
            await self._read_on(last, news)
        news.nodes |= _other(self.drains, drains) | _other(self.pauses, pauses)
        self.drains, self.pauses = _filled(self.drains, drains), _filled(self.pauses, pauses)
        return news

    async def _is_far_behind(self, last: int) -> bool:
        return last - self._number > TOO_MANY or await self._queue.first_change() - 1 > self._number

    async def _read_all(self, last: int, news: News) -> None:
        nodes = await self._queue.nodes()
        releases, good = await self._queue.releases(), await self._queue.good_releases()
        intents = await self._queue.intents()
        open_ = {task.id: task for task in (*await self._queue.live(), *await self._queue.waiting())}
        moving = await self._moves(open_.values())
        last_of = await self._queue.last_deployments()
        for node in nodes:
            self.records[node.name] = node
        news.nodes |= self.records.keys()
        self._take_releases(None, releases, good, news)
        self._take_intents(intents, news)
        self._take_tasks(set(self._open) | set(open_), open_, news)
        self._take_moves(moving, news)
        self._take_last(last_of, news)
        self._number = last

    async def _read_on(self, last: int, news: News) -> None:
        changes = await self._changes(last)
        tasks = {change.task.id: change.task for change in changes if change.task}
        open_ = self._open | tasks
        open_ = {id_: task for id_, task in open_.items() if task.state.live or task.state is TaskState.PENDING}
        ended = {task.service for task in tasks.values() if self._may_be_released(task)}
        everything = len(ended) > MANY_SERVICES
        releases: list[Release] = []
        good: list[Release] = []
        for service in [""] if everything else ended:
            releases += await self._queue.releases(service)
            good += await self._queue.good_releases(service)
        intents = await self._queue.intents() if tasks.keys() - self._open.keys() else None
        moving = await self._moves(open_.values()) if self._may_move(changes, open_) else None
        self._take_releases(None if everything else ended, releases, good, news)
        if intents is not None:
            self._take_intents(intents, news)
        self._take_tasks(tasks, open_, news)
        if moving is not None:
            self._take_moves(moving, news)
        self._take_last((change.deployment for change in changes if change.deployment), news)
        self._number = last

    async def _changes(self, last: int) -> list[Change]:
        found = []
        # every queue has a generator here, which is to be closed
        async with aclosing(cast("Any", self._queue.changes(self._number))) as changes:
            async for change in changes:
                found.append(change)
                if change.number >= last:
                    break
        return found

    def _may_be_released(self, task: Task) -> bool:
        """A release comes with the end of an attempt, after which there may be another one already."""
        known = self._open.get(task.id)
        return not task.state.live or (known is not None and known.attempt != task.attempt)

    def _may_move(self, changes: Iterable[Change], open_: Mapping[str, Task]) -> bool:
        """Whether a deployment changed that takes a service down somewhere, or has done so."""
        down = {t.deployment for tasks in (self._open, open_) for t in tasks.values() if t.kind is TaskKind.DOWN}
        changed = {c.deployment.id if c.deployment else c.task.deployment if c.task else "" for c in changes}
        return not down.isdisjoint(changed)

    def _take_releases(
        self, services: set[str] | None, releases: Iterable[Release], good: Iterable[Release], news: News
    ) -> None:
        """The releases of some services, or all of them."""
        for known, read in ((self.releases, releases), (self.good, good)):
            now = {(release.service, release.node): release for release in read}
            before = {i: r for i, r in known.items() if services is None or i[0] in services}
            changed = _other(before, now)
            for instance in changed:
                known.pop(instance, None)
            known.update({instance: now[instance] for instance in changed if instance in now})
            news.instances |= changed
            news.services |= {service for service, _ in changed}
        for service, node in news.instances:
            there = (service, node) in self.releases
            for names, name in (
                (self.released_on.setdefault(service, set()), node),
                (self.released_at.setdefault(node, set()), service),
            ):
                (names.add if there else names.discard)(name)

    def _take_intents(self, intents: Iterable[Intent], news: News) -> None:
        now = {(intent.service, intent.node): intent for intent in intents}
        changed = _other(self.intents, now)
        news.instances |= changed
        news.services |= {service for service, _ in changed}
        _filled(self.intents, now)

    def _take_tasks(self, ids: Iterable[str], open_: dict[str, Task], news: News) -> None:
        for id_ in ids:
            before, now = self._open.get(id_), open_.get(id_)
            if _is_live(before) != _is_live(now):
                node = (now or before).node  # type: ignore[union-attr] # one of them is live
                live = (task for task in open_.values() if task.node == node and task.state.live)
                self.running[node] = {task.id: None for task in sorted(live, key=lambda task: task.sequence)}
                news.nodes.add(node)
        self._open = open_
        deploys = (task for task in open_.values() if task.kind is TaskKind.DEPLOY)
        coming = {(t.service, t.node): t.order.bundle for t in sorted(deploys, key=lambda task: task.sequence)}
        news.instances |= _other(self.coming, coming)
        _filled(self.coming, coming)

    def _take_moves(self, moving: dict[str, Moving], news: News) -> None:
        news.services |= _other(self.moving, moving)
        _filled(self.moving, moving)

    def _take_last(self, deployments: Iterable[Deployment], news: News) -> None:
        """Those than which no newer one of their service is known."""
        for one in deployments:
            known = self.last.get(one.service)
            if one.service and (known is None or known.sequence <= one.sequence):
                self.last[one.service] = one
                news.deployed.add(one.service)

    async def _moves(self, tasks: Iterable[Task]) -> dict[str, Moving]:
        """The services that are being moved just now."""
        found = {}
        for name in {task.deployment for task in tasks if task.kind is TaskKind.DOWN}:
            deployment = await self._queue.deployment(name)
            if deployment.kind is TaskKind.DEPLOY and deployment.state is not DeploymentState.PAUSED:
                of = await tasks_of(self._queue, TaskFilter(deployment=name))
                new = [task for task in of if task.kind is TaskKind.DEPLOY]
                found[deployment.service] = Moving(
                    deployment=name,
                    nodes=tuple(task.node for task in new),
                    waiting=frozenset(task.node for task in new if task.state is TaskState.PENDING),
                    left=tuple(task.node for task in of if task.kind is TaskKind.DOWN and not task.state.final),
                )
        return found


def _is_live(task: Task | None) -> bool:
    return task is not None and task.state.live


def _other(before: Mapping[Any, Any], now: Mapping[Any, Any]) -> set[Any]:
    """The keys whose values differ."""
    return {key for key in before.keys() | now.keys() if before.get(key) != now.get(key)}


def _filled(known: dict[Any, Any], now: Mapping[Any, Any]) -> dict[Any, Any]:
    """The same dictionary, since others hold it, with what is there now."""
    known.clear()
    known.update(now)
    return known
