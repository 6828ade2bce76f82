"""The board: kept up to date by what changes, it shows what a fresh look at everything would show."""

import asyncio
import random
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

from hypothesis import example, given, settings
from hypothesis import strategies as st

from composia.builtin_plugins.memory.queue import MemoryQueue
from composia.builtin_plugins.spread import SpreadSelector
from composia.clock import ManualClock
from composia.core.attempt import Retries
from composia.core.container import Container, ContainerState, Port
from composia.core.intent import Intent
from composia.core.node import Node, NodeStatus, Workspace
from composia.core.release import Release
from composia.core.service import Catalog, Definition, Demands, PlacementRule, Service
from composia.core.session import Attempt, Changes, Finished, Heartbeat, Hello, Report
from composia.core.status import InstanceStatus, NodeView, ServiceStatus
from composia.core.task import Order, TaskKind, TaskState
from composia.core.usage import HostUsage
from composia.errors import ComposiaError
from composia.plugins.queue import NewDeployment, NewTask
from composia.server.board import Board
from composia.server.sessions import Session, Sessions
from composia.server.sightings import Sightings
from composia.server.status import StatusReader
from composia.server.told import Told

NODES = ("a", "b", "c", "d")
SERVICES = ("web", "api", "db", "old")


@dataclass(kw_only=True)
class Known:
    """What somebody knows who was told every change."""

    number: int = 0
    services: dict[str, ServiceStatus] = field(default_factory=dict)
    nodes: dict[str, NodeView] = field(default_factory=dict)

    def take(self, told: Told) -> None:
        self.number = told.number
        self.services |= {service.name: service for service in told.services}
        self.nodes |= {view.node.name: view for view in told.nodes}
        for instance in told.instances:
            row = self.services[instance.service]
            there = tuple(instance if other.node == instance.node else other for other in row.instances)
            assert any(other.node == instance.node for other in row.instances)
            self.services[instance.service] = replace(row, instances=there)
        for name in told.gone_services:
            self.services.pop(name, None)


class Life:
    """Everything that a board learns from, without the loops around it."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.clock = ManualClock()
        self.queue = MemoryQueue()
        self.sightings = Sightings(self.clock)
        self.sessions = Sessions(self.clock, heartbeat_s=5)
        self.catalog = Catalog(revision="r0", definitions=())
        self.open: dict[str, Session] = {}
        self.inventories: dict[str, int] = {}
        self.count = 0
        self.changed: list[str] = []
        self.board = self.fresh_board()
        self.sessions.on_change = self.board.stir_node
        self.sightings.on_change = self.board.stir_node
        self.known = Known()

    def fresh_board(self) -> Board:
        return Board(self.queue, self.sightings, self.sessions, SpreadSelector(), lambda: self.catalog, self.behind)

    def behind(self, service: str, revision: str) -> int | None:
        """How many of the commits since a revision were about a service."""
        return self.changed[int(revision[1:]) :].count(service) if int(revision[1:]) <= len(self.changed) else None

    def some(self, *names: str, least: int = 0) -> tuple[str, ...]:
        return tuple(self.random.sample(names, self.random.randint(least, len(names))))

    # --- what happens

    async def commit(self) -> None:
        """Another head, in which one service is other than it was, or gone, or broken, or given twice."""
        name = self.random.choice(SERVICES)
        others = [definition for definition in self.catalog.definitions if definition.name != name]
        new = [self.definition(name) for _ in range(self.random.choice((0, 1, 1, 1, 1, 2)))]
        self.changed.append(name)
        definitions = sorted((*others, *new), key=lambda definition: definition.name)
        self.catalog = Catalog(revision=f"r{len(self.changed)}", definitions=tuple(definitions))
        self.board.stir()

    def definition(self, name: str) -> Definition:
        if self.random.random() < 0.1:
            return Definition(name=name, directory=name, service=None)
        listed = self.random.random() < 0.5
        rule = PlacementRule(count=self.random.randint(1, 3), labels=self.random.choice(((), (("zone", "x"),))))
        port = Port(number=self.random.choice((80, 81)))
        service = Service(
            name=name,
            directory=name,
            project=self.random.choice((name, "web")),
            compose_files=("compose.yaml",),
            enabled=self.random.random() < 0.9,
            nodes=self.some(*NODES, least=1) if listed else (),
            placement=None if listed else rule,
            demands=Demands(ports=(port,) if self.random.random() < 0.5 else ()),
        )
        return Definition(name=name, directory=name, service=service, bundle=f"b{self.random.randint(1, 2)}")

    async def come(self) -> None:
        """An agent connects, with other labels than before perhaps."""
        name = self.random.choice(NODES)
        if name in self.open:
            self.sessions.close(self.open.pop(name))
        self.open[name] = self.sessions.open(Hello(node=name, agent_id=name))
        node = Node(name=name, agent_id=name, labels=self.random.choice(((), (("zone", "x"),))))
        await self.queue.save_node(node)
        self.board.take_node(node)

    async def leave(self) -> None:
        if self.open:
            self.sessions.close(self.open.pop(self.random.choice(sorted(self.open))))

    async def wait(self) -> None:
        """Time alone passes; those who still send heartbeats are heard."""
        self.clock.advance(self.random.choice((1, 6, 16)))
        for session in self.open.values():
            if self.random.random() < 0.8:
                self.sessions.hear(session)

    async def see(self) -> None:
        name = self.random.choice(NODES)
        self.inventories[name] = self.inventories.get(name, 0) + 1
        heartbeat = Heartbeat(
            number=1,
            status=NodeStatus(
                problem=self.random.choice(("", "", "a full disk")),
                now_ms=self.clock.now_ms(),
                blind_since_ms=self.random.choice((0, 0, 0, self.clock.now_ms() - 5000)),
            ),
            inventory=f"i{self.inventories[name]}",
            containers=tuple(self.container(project) for project in self.some(*SERVICES, "theirs")),
            workspaces=tuple(
                Workspace(service=service, project=self.random.choice((service, "web")), edited=self.some("x"))
                for service in self.some(*SERVICES)
            ),
        )
        self.sightings.take(name, heartbeat)

    def container(self, project: str) -> Container:
        return Container(
            id=f"{project}-id",
            name=f"{project}-main-1",
            project=project,
            service="main",
            image="busybox",
            image_id="sha256:1",
            state=self.random.choice((ContainerState.RUNNING, ContainerState.EXITED, ContainerState.CREATED)),
            ports=self.random.choice(((), (Port(number=80),))),
            created_ms=self.clock.now_ms() - 1000,
            started_ms=self.clock.now_ms() - 1000,
            recent_restarts=self.random.choice((0, 3)),
            recent_ms=4000,
        )

    async def hear_of_changes(self) -> None:
        name = self.random.choice(NODES)
        before = self.inventories.get(name, 0)
        changes = Changes(
            before=f"i{before}",
            inventory=f"i{before + 1}",
            containers=tuple(self.container(project) for project in self.some(*SERVICES)),
            gone=tuple(f"{project}-id" for project in self.some(*SERVICES)),
        )
        if self.sightings.take_changes(name, changes):
            self.inventories[name] = before + 1

    async def put(self) -> None:
        """A deploy, a move or a stop of a service on nodes that have joined."""
        nodes = [node.name for node in await self.queue.nodes()]
        if not nodes:
            return
        self.count += 1
        service, there = self.random.choice(SERVICES), self.some(*nodes, least=1)
        stop = self.random.random() < 0.3
        left = [] if stop else [node for node in nodes if node not in there and self.random.random() < 0.6]
        kind = TaskKind.STOP if stop else TaskKind.DEPLOY
        await self.queue.put(
            f"request-{self.count}",
            [
                NewDeployment(
                    kind=kind,
                    service=service,
                    tasks=(
                        *(NewTask(node=node, order=self.order(kind, service)) for node in there),
                        *(NewTask(node=node, order=self.order(TaskKind.DOWN, service), batch=1) for node in left),
                    ),
                    intents=tuple(Intent(service=service, node=node, stopped=stop) for node in there),
                )
            ],
            self.clock.now_ms(),
        )
        self.board.stir()

    def order(self, kind: TaskKind, service: str) -> Order:
        return Order(kind=kind, service=service, project=service, bundle=f"b{self.random.randint(1, 2)}")

    async def claim(self) -> None:
        waiting = await self.queue.waiting()
        if waiting:
            task = self.random.choice(waiting)
            await self.queue.claim(task.id, server="s", lease_ms=60_000, now_ms=self.clock.now_ms())
            self.board.stir()

    async def end(self) -> None:
        live = await self.queue.live()
        if not live:
            return
        task = self.random.choice(live)
        release = Release(
            service=task.service,
            node=task.node,
            task=task.id,
            revision=f"r{self.random.randint(0, 3)}",
            bundle=task.order.bundle,
            project=task.order.project,
            good=self.random.random() < 0.7,
        )
        state = self.random.choice((TaskState.SUCCEEDED, TaskState.FAILED))
        body = Finished(state=state, release=release if task.kind is TaskKind.DEPLOY else None)
        report = Report(attempt=Attempt(task=task.id, number=task.attempt), number=1, body=body)
        await self.queue.report([report], Retries(), self.clock.now_ms())
        self.board.stir()

    async def steer(self) -> None:
        now_ms, node = self.clock.now_ms(), self.random.choice(NODES)
        deployment = f"d{self.random.randint(1, 5)}"
        verbs: list[Callable[[], Awaitable[object]]] = [
            lambda: self.queue.drain(node, "ada", now_ms),
            lambda: self.queue.undrain(node, "ada", now_ms),
            lambda: self.queue.pause_node(node, "ada", now_ms),
            lambda: self.queue.resume_node(node, "ada", now_ms),
            lambda: self.queue.pause(deployment, "ada", now_ms),
            lambda: self.queue.resume(deployment, "ada", now_ms),
            lambda: self.queue.cancel_deployment(deployment, "ada", now_ms),
        ]
        try:
            await self.random.choice(verbs)()
        except ComposiaError:  # there is no such deployment, or it has ended
            return
        self.board.stir()

    async def look(self) -> None:
        """Somebody is told what is new, at once or by and by."""
        await self.board.refresh(certain=self.random.random() < 0.5)
        self.known.take(self.board.since(self.known.number))

    # --- what is promised

    async def check(self) -> None:
        fresh = self.fresh_board()
        await fresh.refresh()
        await self.board.refresh()
        while True:
            told = self.board.since(self.known.number)
            self.known.take(told)
            if not told.more:
                break
        report = fresh.report()
        assert self.board.report() == report
        assert {name: ageless(row) for name, row in self.known.services.items()} == {
            row.name: ageless(row) for row in report.services
        }
        assert {name: loadless(view) for name, view in self.known.nodes.items()} == {
            view.node.name: loadless(view) for view in report.nodes
        }
        self.check_placement(fresh)

    def check_placement(self, fresh: Board) -> None:
        """The nodes that are shown begin with those of the full placement, which tells a verdict on each."""
        reader = StatusReader(fresh.fleet(), self.sightings)
        rows = {row.name: row for row in self.board.report().services}
        for name in {definition.name for definition in self.catalog.definitions}:
            definition = self.catalog.find(name)
            assert definition is not None
            whole = reader.service(definition, self.catalog)
            brief = reader.service(definition, self.catalog, briefly=True)
            assert tuple(instance.node for instance in rows[name].instances)[: len(whole.placed)] == whole.placed
            named = {*whole.placed, *(definition.service.nodes if definition.service else ())}
            assert brief == replace(whole, nodes=tuple(verdict for verdict in whole.nodes if verdict.node in named))


def ageless(row: ServiceStatus) -> ServiceStatus:
    """Without ages, which only who asks is told: to a watcher they would be true for a moment."""

    def without(instance: InstanceStatus) -> InstanceStatus:
        reason = re.sub(r"( for|,) \d+ (s|min)( ago)?", "", instance.reason)
        return replace(instance, seen_age_s=None, reason=reason)

    return replace(row, instances=tuple(without(instance) for instance in row.instances))


def loadless(view: NodeView) -> NodeView:
    """Without age and load."""
    return replace(view, seen_age_s=None, status=replace(view.status, now_ms=0, host=HostUsage()))


EVENTS = ("commit", "come", "leave", "wait", "see", "hear_of_changes", "put", "claim", "end", "steer", "look")


async def live(seed: int, events: list[str]) -> None:
    life = Life(seed)
    for event in events:
        await getattr(life, event)()
    await life.check()


LEFT_GIT = (
    "come put commit commit commit commit commit commit commit commit come claim commit commit put end commit "
    "hear_of_changes claim end come commit see come come see leave commit come come hear_of_changes see "
    "hear_of_changes commit come commit come look come leave commit"
)
"""A service leaves Git and runs on, while commits go by."""


@settings(max_examples=300)
@example(42, LEFT_GIT.split())
@given(st.integers(0, 10**6), st.lists(st.sampled_from(EVENTS), min_size=30, max_size=80))
def test_whatever_happens_it_shows_what_a_fresh_look_shows_and_so_does_who_was_told_every_change(
    seed: int, events: list[str]
) -> None:
    asyncio.run(live(seed, events))
