"""The board: what is shown of every service, instance and node, kept up to date, with the number of its last change."""

import asyncio
import secrets
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace

from composia.core.node import Node
from composia.core.service import Catalog, Definition
from composia.core.status import InstanceStatus, NodeView, ServiceStatus, StatusReport
from composia.plugins.node_selector import NodeSelector
from composia.plugins.queue import Queue
from composia.server.facts import Facts, Instance, News
from composia.server.fleet import Fleet
from composia.server.layout import Due, Layout
from composia.server.ledger import Ledger
from composia.server.sessions import Sessions
from composia.server.sightings import Sightings
from composia.server.status import Behind, StatusReader, last_deployment, may_settle
from composia.server.told import REPOSITORY, Question, Telling, Thing, Told

GONE = 1000
"""So many names of what is no more are remembered, so that it is told."""

LOOK_S = 1.0
"""How often it is looked for what nothing announces, while somebody watches."""

AT_ONCE = 200
"""About so many things are told at once."""


@dataclass(kw_only=True)
class _Row:
    """A service: what is said of it, and its instances in order."""

    head: ServiceStatus
    definition: Definition | None
    instances: dict[str, InstanceStatus] = field(default_factory=dict)


class Board:
    """Sources tell it that something may have changed, at next to no cost; what that comes to is worked out when somebody
    looks, and only for what it concerns. Whoever watches waits for `stirred`, refreshes, and asks what changed."""

    def __init__(
        self,
        queue: Queue,
        sightings: Sightings,
        sessions: Sessions,
        selector: NodeSelector,
        head: Callable[[], Catalog],
        behind: Behind,
    ) -> None:
        self.epoch = secrets.token_hex(4)
        """Numbers mean something only together with it."""
        self.usage: Ledger[str] = Ledger()
        """The nodes of which new readings came."""
        self._facts = Facts(queue)
        self._layout = Layout(self._facts, sightings, sessions, selector)
        self._sessions = sessions
        self._sightings = sightings
        self._reader = StatusReader(self._layout.fleet, sightings, behind)
        self._head = head
        self._ledger: Ledger[Thing] = Ledger()
        self._rows: dict[str, _Row] = {}
        self._views: dict[str, NodeView] = {}
        self._rows_at: dict[str, set[str]] = {}
        self._unsettled: set[str] = set()
        self._settling: set[Instance] = set()
        self._gone: deque[Thing] = deque()
        self._news = News()
        self._behind = True
        self._refreshing = asyncio.Lock()
        self._stirred = asyncio.Event()
        self._asked = float("-inf")
        self._begun = self._certain = 0
        self._telling = Telling()

    # --- what its sources tell

    def stir(self) -> None:
        """Something changed in the queue or in the repository."""
        self._behind = True
        self._wake()

    def stir_node(self, node: str) -> None:
        """Something else is seen of a node, or whether it can be reached."""
        self._news.nodes.add(node)
        self._wake()

    def stir_usage(self, node: str) -> None:
        """New readings of a node have come."""
        self.usage.note(node)

    def stir_repository(self) -> None:
        """The state of the repository is another one."""
        self._ledger.note(REPOSITORY)
        self._wake()

    def take_node(self, node: Node) -> None:
        """A node's record was stored."""
        self._facts.take_node(node)
        self.stir_node(node.name)

    async def record(self, node: str) -> Node | None:
        """A node's record, None for one that is not known."""
        if not self._facts.read:
            await self.refresh()
        return self._facts.records.get(node)

    def node_names(self) -> tuple[str, ...]:
        """The names of all nodes."""
        return tuple(sorted(self._views))

    def _wake(self) -> None:
        if not self._stirred.is_set():
            self._stirred.set()

    # --- for those who watch

    @property
    def stirred(self) -> asyncio.Event:
        """Set when something may have changed since now. Nothing sets it for usage, or for what time alone does."""
        if self._stirred.is_set():
            self._stirred = asyncio.Event()
        return self._stirred

    @property
    def number(self) -> int:
        """Of the newest change."""
        return self._ledger.number

    @property
    def floor(self) -> int:
        """Whoever knows only what was before it needs a snapshot."""
        return self._ledger.floor

    def since(
        self,
        number: int,
        *,
        services: tuple[str, ...] | None = (),
        nodes: tuple[str, ...] | None = (),
        bare: bool = False,
    ) -> Told:
        """What changed after that number, as a `Question` says. Many who ask the same at the same time get the same answer, with
        the ages of that moment."""
        question = Question(number=number, services=services, nodes=nodes, bare=bare)
        return self._telling.tell(question, self._ledger.number, self._sightings.now_s(), self._since)

    def _since(self, question: Question) -> Told:
        whole: dict[str, None] = {}
        single: list[Thing] = []
        changed: list[str] = []
        number = question.number
        more = repository = False
        for thing, its in self._ledger.since(number):
            if len(whole) + len(single) + len(changed) >= AT_ONCE:
                more = True
                break
            number = its
            if thing == REPOSITORY:
                repository = True
            elif thing.service and _is_asked(thing.service, question.services):
                if thing.node:
                    single.append(thing)
                else:
                    whole[thing.service] = None
            elif not thing.service and _is_asked(thing.node, question.nodes):
                changed.append(thing.node)
        views = tuple(self._reader.with_load(self._views[name]) for name in changed if name in self._views)
        return Told(
            number=number,
            services=tuple(self._status(name, self._reader.with_age) for name in whole if name in self._rows),
            instances=tuple(
                self._reader.with_age(self._rows[thing.service].instances[thing.node])
                for thing in single
                if thing.service not in whole and self._has(thing)
            ),
            nodes=tuple(replace(view, containers=()) for view in views) if question.bare else views,
            gone_services=tuple(name for name in whole if name not in self._rows),
            gone_nodes=tuple(name for name in changed if name not in self._views),
            repository=repository,
            more=more,
        )

    # --- for those who ask

    def report(self, services: Collection[str] = ()) -> StatusReport:
        """Services times nodes; all when none is named."""
        named = frozenset(services)
        return StatusReport(
            services=tuple(
                self._status(name, self._reader.with_times) for name in self.services() if not named or name in named
            ),
            nodes=self.nodes(),
        )

    def services(self) -> tuple[str, ...]:
        """The names of all services, those that are only left on nodes at the end."""
        return tuple(sorted(self._rows, key=lambda name: (self._rows[name].definition is None, name)))

    def nodes(self) -> tuple[NodeView, ...]:
        """All nodes, by name."""
        return tuple(self._reader.with_load(view) for _, view in sorted(self._views.items()))

    def node(self, name: str) -> NodeView | None:
        """One node."""
        return self._reader.with_load(self._views[name]) if name in self._views else None

    def fleet(self) -> Fleet:
        """What decisions are made of, as it is now."""
        return self._layout.snapshot()

    async def refresh(self, *, certain: bool = True) -> None:
        """Bring it up to date. Unless it is to be `certain`, what nothing announces is looked for once a second: who is silent,
        who was drained or paused. Of many who ask at the same time one does it for all."""
        asked = self._begun
        async with self._refreshing:
            if certain and self._certain > asked:
                return
            self._begun = begun = self._begun + 1
            now = asyncio.get_running_loop().time()
            ask = certain or now >= self._asked + LOOK_S
            if ask:
                self._asked = now
            if ask or self._behind:
                self._behind = False
                try:
                    read = await self._facts.catch_up()
                except BaseException:
                    self._behind = True
                    raise
                self._news = _together(self._news, read)
            if ask:
                self._news.nodes |= self._layout.states()
            news, self._news = self._news, News()
            due = self._layout.update(news, self._head())
            if ask:
                due.instances |= self._settling
            self._work_out(due)
            for name in sorted(news.deployed):
                self._take_last(name)
            if ask:
                self._certain = begun

    # --- how

    def _work_out(self, due: Due) -> None:
        if due.others_to_place_on:
            due.services |= self._unsettled
        for node in due.nodes:
            due.instances |= {(service, node) for service in self._rows_at.get(node, ())}
        instances: dict[str, set[str]] = {}
        for service, node in due.instances:
            instances.setdefault(service, set()).add(node)
        for name in sorted(due.services):
            self._take_service(name, instances.pop(name, ()))
        for service, nodes in sorted(instances.items()):
            for node in sorted(nodes):
                self._take_instance(service, node)
        for name in sorted(due.nodes):
            self._take_view(name)

    def _take_service(self, name: str, due: Collection[str]) -> None:
        definitions = self._layout.definitions.get(name, ())
        definition = definitions[0] if definitions else None
        present = self._layout.present_on.get(name, ())
        before = self._rows.get(name)
        self._unsettled.discard(name)
        if definition is None and not present:
            if before is not None:
                self._drop(name, before)
            return
        wanted = self._placed(definition)
        nodes = (*wanted, *(node for node in sorted(present) if node not in wanted))
        # a definition that cannot be read says nothing about where it is wanted, so nothing of it is an orphan
        readable = definition is None or definition.service is not None
        orphans = set(nodes) - set(wanted) if readable else set()
        head = self._reader.head(name, definitions, wanted, self._layout.catalog.revision)
        row = _Row(head=replace(head, last=last_deployment(self._facts.last.get(name))), definition=definition)
        for node in nodes:
            known = before.instances.get(node) if before and _alike(before.definition, definition) else None
            if known is None or node in due or known.orphaned != (node in orphans):
                known = self._reader.instance(name, node, definition, orphaned=node in orphans)
            else:
                known = self._reader.with_behind(known)
            row.instances[node] = known
            self._mark(known)
        self._rows[name] = row
        for node in before.instances.keys() - row.instances.keys() if before else ():
            self._leave(name, node)
        for node in row.instances:
            self._rows_at.setdefault(node, set()).add(name)
        self._note_service(name, before, row)

    def _note_service(self, name: str, before: _Row | None, now: _Row) -> None:
        if before is None or before.head != now.head or [*before.instances] != [*now.instances]:
            self._ledger.note(Thing(service=name))
            return
        for node, instance in now.instances.items():
            if instance != before.instances[node]:
                self._ledger.note(Thing(service=name, node=node))

    def _take_last(self, name: str) -> None:
        """Of the service another deployment is the last one, or that has gone on."""
        row, last = self._rows.get(name), last_deployment(self._facts.last.get(name))
        if row is not None and row.head.last != last:
            row.head = replace(row.head, last=last)
            self._ledger.note(Thing(service=name))

    def _take_instance(self, service: str, node: str) -> None:
        row = self._rows.get(service)
        if row is None or node not in row.instances:
            return
        before = row.instances[node]
        now = self._reader.instance(service, node, row.definition, orphaned=before.orphaned)
        self._mark(now)
        if now != before:
            row.instances[node] = now
            self._ledger.note(Thing(service=service, node=node))

    def _take_view(self, name: str) -> None:
        if name not in self._facts.records:
            return
        running = self._facts.running.get(name, ())
        view = replace(self._reader.node(name, running), address=self._sessions.address(name))
        if self._views.get(name) != view:
            self._views[name] = view
            self._ledger.note(Thing(node=name))

    def _drop(self, name: str, row: _Row) -> None:
        del self._rows[name]
        for node in row.instances:
            self._leave(name, node)
        self._ledger.note(Thing(service=name))
        self._gone.append(Thing(service=name))
        if len(self._gone) > GONE:
            oldest = self._gone.popleft()
            if oldest.service not in self._rows:
                self._ledger.forget(oldest)

    def _mark(self, instance: InstanceStatus) -> None:
        """Remember what time alone may make otherwise."""
        key = instance.service, instance.node
        (self._settling.add if may_settle(instance) else self._settling.discard)(key)

    def _leave(self, service: str, node: str) -> None:
        self._rows_at[node].discard(service)
        self._settling.discard((service, node))

    def _placed(self, definition: Definition | None) -> tuple[str, ...]:
        """Where a service goes. While it does not stay on as many nodes as it wants, any node may make a difference."""
        service = definition.service if definition else None
        if service is None:
            return ()
        nodes = self._layout.fleet.nodes_for(service)
        if service.placement and (len(nodes) < service.placement.count or nodes != self._layout.fleet.aims(service)):
            self._unsettled.add(service.name)
        return nodes

    def _status(self, name: str, shown: Callable[[InstanceStatus], InstanceStatus]) -> ServiceStatus:
        row = self._rows[name]
        return replace(row.head, instances=tuple(map(shown, row.instances.values())))

    def _has(self, thing: Thing) -> bool:
        return thing.service in self._rows and thing.node in self._rows[thing.service].instances


def _alike(before: Definition | None, now: Definition | None) -> bool:
    """Whether an instance is shown alike for both."""
    return (before and before.bundle) == (now and now.bundle)


def _is_asked(name: str, names: Collection[str] | None) -> bool:
    return names is not None and (not names or name in names)


def _together(one: News, other: News) -> News:
    return News(
        instances=one.instances | other.instances,
        services=one.services | other.services,
        nodes=one.nodes | other.nodes,
        deployed=one.deployed | other.deployed,
    )
