"""Watch: a snapshot, then what changes, resumable by cursor. Nothing is kept for a watcher: it has a place in the queue's
changes and one on the board, and is told what is there when it can take it."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace

from composia.core.suggest import shown, unknown
from composia.errors import Invalid
from composia.plugins.watching import WatchEvent, WatchRequest, WatchTopic
from composia.server.control_plane import ControlPlane
from composia.server.naming import NO_NODE
from composia.server.work_feed import WorkFeed

KEEPALIVE_S = 15.0
REASONS_S = 1.0
"""How often it is looked why tasks wait, while some do."""
LOOK_S = 1.0
"""How often it is looked for what time alone does to services and nodes."""
USAGE_S = 0.5
"""How often it is looked for new readings."""
PACE_S = 0.02
"""Events are so far apart, so that many things that change at once come together; but not for who follows deployments by name,
and waits for their end."""


async def watch(request: WatchRequest, plane: ControlPlane) -> AsyncIterator[WatchEvent]:
    """The events of a watch. A cursor of another database, of another life of the server, ahead of this one, or from before
    what is kept, gets a fresh snapshot. Why tasks wait comes with the snapshot, and by itself whenever it is another
    reason."""
    looks = WatchTopic.USAGE in request.topics
    with plane.looking.watching(request.nodes) if looks else nullcontext():
        watcher = _Watcher(request, plane)
        yield await watcher.begin()
        while True:
            yield await watcher.next()


@dataclass(frozen=True, kw_only=True)
class _Cursor:
    """Where a watcher was: the number of a change, and the place on the board of one life of the server."""

    database: str
    change: int
    epoch: str
    board: int

    def __str__(self) -> str:
        return f"{self.database}:{self.change}:{self.epoch}:{self.board}"

    @classmethod
    def read(cls, text: str) -> "_Cursor":
        """Of its text; `Invalid` for what is none."""
        database, *rest = text.rsplit(":", 3)
        if len(rest) != 3 or not (_is_number(rest[0]) and _is_number(rest[2])):
            raise Invalid("a cursor is a text that an event carried", where=f"cursor {shown(text)}")
        return cls(database=database, change=int(rest[0]), epoch=rest[1], board=int(rest[2]))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18


class _Watcher:
    """What one watcher asked for, and where it is."""

    def __init__(self, request: WatchRequest, plane: ControlPlane) -> None:
        topics = request.topics or tuple(topic for topic in WatchTopic if topic is not WatchTopic.USAGE)
        self._request = request
        self._plane = plane
        self._work = WorkFeed(plane, request) if WatchTopic.WORK in topics else None
        self._services = request.services if WatchTopic.SERVICES in topics else None
        self._nodes = request.nodes if WatchTopic.NODES in topics else None
        self._repository = WatchTopic.REPOSITORY in topics
        self._usage = WatchTopic.USAGE in topics
        self._board = 0
        self._used = 0
        self._more = self._owed = False
        self._now = asyncio.get_running_loop().time
        self._spoke = self._now()
        self._reasons_at = self._used_at = float("-inf")

    async def begin(self) -> WatchEvent:
        """What is new since the cursor, if only that there is nothing, so that the caller knows at once to be up to date; or a
        snapshot."""
        cursor = _Cursor.read(self._request.cursor) if self._request.cursor else None
        named = self._request.services or self._request.nodes
        if self._shows or named:
            await self._plane.board.refresh()
        if cursor is None:
            self._check_names()
        elif cursor.database == self._plane.queue.database and await self._resume(cursor):
            return await self._news() or WatchEvent(cursor=self._cursor)
        return await self._snapshot()

    async def next(self) -> WatchEvent:
        """The next event; one without content when nothing changes for a while."""
        until = self._spoke + KEEPALIVE_S
        if self._shows or not self._request.deployments:
            await asyncio.sleep(max(0.0, self._spoke + PACE_S - self._now()))
        while True:
            stirred = self._plane.board.stirred
            event = await self._news()
            if event is None and self._now() >= until:
                event = WatchEvent(cursor=self._cursor)
            if event is not None:
                self._spoke = self._now()
                return event
            with suppress(TimeoutError):
                async with asyncio.timeout_at(min(until, self._looks_at)):
                    await stirred.wait()

    @property
    def _shows(self) -> bool:
        """Whether something of the board is watched: services, nodes or the repository."""
        return self._services is not None or self._nodes is not None or self._repository

    @property
    def _looks_at(self) -> float:
        """When something is to be looked for that nothing announces."""
        times = [self._now() + LOOK_S] if self._shows else []
        if self._work and self._work.waits:
            times.append(self._reasons_at + REASONS_S)
        if self._usage:
            times.append(self._used_at + USAGE_S)
        return min(times, default=float("inf"))

    @property
    def _cursor(self) -> str:
        board = self._plane.board
        change = self._work.number if self._work else 0
        return str(_Cursor(database=self._plane.queue.database, change=change, epoch=board.epoch, board=self._board))

    def _check_names(self) -> None:
        board = self._plane.board
        for kind, names, known, otherwise in (
            ("service", self._request.services, board.services(), ""),
            ("node", self._request.nodes, board.node_names(), NO_NODE),
        ):
            for name in names:
                if name not in known:
                    raise unknown(kind, name, known, otherwise=otherwise)

    async def _resume(self, cursor: _Cursor) -> bool:
        if self._shows:
            board = self._plane.board
            if cursor.epoch != board.epoch or cursor.board > board.number:
                return False
            self._board = cursor.board
        return await self._work.resume(cursor.change) if self._work else True

    async def _snapshot(self) -> WatchEvent:
        """All there is; of a large fleet the first part, and the others follow as changes do."""
        event = WatchEvent(cursor="")
        if self._work:
            event = await self._work.snapshot()
            self._reasons_at = self._now()
        self._board = self._used = 0
        there = replace(self._told(), gone_services=(), gone_nodes=())
        if self._repository:
            there = replace(there, repository=self._plane.repository.state)
        event = _together(event, there, self._readings())
        self._owed = self._more
        return replace(event, cursor=self._cursor, snapshot=True, more=self._more)

    async def _news(self) -> WatchEvent | None:
        parts = []
        if self._work:
            work = await self._work.news()
            if work is None:
                return await self._snapshot()
            parts.append(work)
            if self._work.waits and self._now() >= self._reasons_at + REASONS_S:
                parts.append(await self._work.reasons())
                self._reasons_at = self._now()
        if self._shows:
            if not self._more:
                await self._plane.board.refresh(certain=False)
            if self._board < self._plane.board.floor:
                return await self._snapshot()
            parts.append(self._told())
        parts.append(self._readings())
        event = _together(*parts)
        # whoever was told that more follows waits for the end of it, though what followed may be gone again
        owed, self._owed = self._owed or self._more, self._more
        return None if event == _NOTHING and not owed else replace(event, cursor=self._cursor, more=self._more)

    def _told(self) -> WatchEvent:
        """What is new on the board."""
        if not self._shows:
            return _NOTHING
        bare = self._request.bare_nodes
        told = self._plane.board.since(self._board, services=self._services, nodes=self._nodes, bare=bare)
        self._board, self._more = told.number, told.more
        return WatchEvent(
            cursor="",
            services=told.services,
            instances=told.instances,
            nodes=told.nodes,
            gone_services=told.gone_services,
            gone_nodes=told.gone_nodes,
            repository=self._plane.repository.state if told.repository and self._repository else None,
        )

    def _readings(self) -> WatchEvent:
        """What has been read newly of what nodes use."""
        if not self._usage or self._now() < self._used_at + USAGE_S:
            return _NOTHING
        self._used_at = self._now()
        newer = self._plane.board.usage.since(self._used)
        self._used = self._plane.board.usage.number
        names = (name for name, _ in newer if _is_asked(name, self._request.nodes))
        found = (self._plane.sightings.usage(name) for name in names)
        return WatchEvent(cursor="", usage=tuple(usage for usage in found if usage))


_NOTHING = WatchEvent(cursor="")


def _is_asked(name: str, names: Collection[str]) -> bool:
    return not names or name in names


def _together(*parts: WatchEvent) -> WatchEvent:
    """One event of several, without a cursor."""
    return WatchEvent(
        cursor="",
        deployments=tuple(thing for part in parts for thing in part.deployments),
        tasks=tuple(thing for part in parts for thing in part.tasks),
        services=tuple(thing for part in parts for thing in part.services),
        instances=tuple(thing for part in parts for thing in part.instances),
        nodes=tuple(thing for part in parts for thing in part.nodes),
        usage=tuple(thing for part in parts for thing in part.usage),
        gone_services=tuple(name for part in parts for name in part.gone_services),
        gone_nodes=tuple(name for part in parts for name in part.gone_nodes),
        repository=next((part.repository for part in parts if part.repository), None),
        commits=tuple(thing for part in parts for thing in part.commits),
    )
