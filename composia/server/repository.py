"""The repository as the server knows it: synced on a timer and on demand, read into a catalog at each new head."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, replace

from composia.clock import Clock
from composia.core.revision import RepositoryState
from composia.core.service import Catalog, Service
from composia.errors import ComposiaError, NotFound, NotPossible, TooLarge
from composia.plugins.queue import Queue
from composia.plugins.source import Snapshot, SnapshotFile, Source
from composia.server.bundles import BundleStore
from composia.server.catalog import CatalogReader
from composia.server.commits import Commits
from composia.server.history import History
from composia.server.places import Places

log = logging.getLogger(__name__)

REFRESH_S = 5.0
"""How long a deploy waits for news of the repository."""

LETTERS = 12
"""How much of a revision's name is said."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A revision as read: its files and its definitions."""

    snapshot: Snapshot
    catalog: Catalog


class Repository:
    """Keeps the head's catalog at hand; other revisions are read when they are asked for."""

    def __init__(self, source: Source, queue: Queue, bundles: BundleStore, clock: Clock) -> None:
        self._source = source
        self._queue = queue
        self._bundles = bundles
        self._clock = clock
        self._reader = CatalogReader()
        self._places = Places()
        self.history = History(source, self._places)
        """Always that of the head."""
        self.commits = Commits(source, self.history)
        self._lock = asyncio.Lock()
        self._acting = asyncio.Lock()
        self._state: RepositoryState | None = None
        self._acted = ""
        """The head that `on_new_head` has taken."""
        self._refused: dict[str, str] = {}
        """Why heads cannot be read that are too large, each of which is tried once."""
        self._head: Reading | None = None
        self._slow: set[asyncio.Future[RepositoryState]] = set()
        self.on_state: Callable[[], None] = lambda: None
        """Called when the state is another one, be it only that the remote was asked again."""
        self.on_new_head: Callable[[Catalog], Awaitable[None]] | None = None
        """Called with a new head; when it fails, again with the next sync."""

    async def load(self) -> None:
        """Take up the last saved state, so that a restart without the remote still knows its services."""
        self._state = await self._queue.repository()
        self._acted = self._state.head if self._state else ""

    @property
    def state(self) -> RepositoryState:
        """The outcome of the last sync."""
        return self._state or RepositoryState(location="", branch="", error="not synced yet")

    @property
    def head(self) -> Catalog:
        """The definitions at the head; empty before the first good sync."""
        return self._head.catalog if self._head else Catalog(revision="", definitions=())

    async def sync(self) -> RepositoryState:
        """Ask the remote, read a new head, and tell those who wait for one. An unreachable remote is in the state."""
        async with self._lock:
            old, state = self._state, await self._source.sync(self._clock.now_ms())
            if old is not None and not state.head:
                state = replace(state, head=old.head)
            if state.head and state.head != self.head.revision:
                state = await self._follow(state, old.head if old else "")
            if old is None or (old.error, old.head) != (state.error, state.head):
                log.info("repository synced", extra={"head": state.head, "error": state.error})
            state = replace(state, problems=self.head.problems)
            self._state = state
            if state != old:
                self.on_state()
        async with self._acting:  # one head after the other
            acted_on = self.state
            # saved last, so that a head is new again after a crash until it has been acted on
            if await self._act():
                await self._queue.save_repository(acted_on)
        return state

    async def refresh(self) -> None:
        """Sync before the head is used, for whoever has just pushed; a slow remote is not waited for."""
        syncing = asyncio.ensure_future(self.sync())
        await asyncio.wait({syncing}, timeout=REFRESH_S)
        if syncing.done():
            syncing.result()
        else:
            log.warning("repository slow", extra={"location": self.state.location})
            self._slow.add(syncing)
            syncing.add_done_callback(self._slow.discard)

    async def at(self, revision: str) -> Reading:
        """The definitions at a revision; empty means the head. `NotFound` for one that does not exist."""
        found = await self._resolve(revision)
        return found if isinstance(found, Reading) else await self._read(found)

    async def files(self, revision: str) -> Snapshot:
        """The files at a revision; empty means the head. `NotFound` for one that does not exist."""
        found = await self._resolve(revision)
        return found.snapshot if isinstance(found, Reading) else await self._source.snapshot(found)

    async def directory(self, service: str, snapshot: Snapshot) -> SnapshotFile | None:
        """The directory of a service in a snapshot; None where there is none of that name."""
        definition = self.head.find(service)
        likely = definition.directory if definition else service
        if definition is None or snapshot.revision != self.head.revision:
            found = await self._places.find(snapshot, service, likely)
            return None if found is None else await snapshot.find(found)
        return await snapshot.find(likely)

    async def names(self, snapshot: Snapshot) -> Collection[str]:
        """What the services of a snapshot are called."""
        if snapshot.revision == self.head.revision:
            return [definition.name for definition in self.head.definitions]
        return (await self._places.all(snapshot)).values()

    async def bundle(self, reading: Reading, service: Service) -> str:
        """Make sure that the service's bundle is kept, and return its digest."""
        definition = reading.catalog.find(service.name)
        assert definition is not None
        return await self._bundles.build(reading.snapshot, service.directory, definition.bundle)

    async def keep_synced(self, interval_s: float) -> None:
        """Sync for ever, every `interval_s` seconds."""
        while True:
            try:
                await self.sync()
            except (ComposiaError, OSError) as error:
                log.warning("repository not synced", extra={"error": str(error)})
            await asyncio.sleep(interval_s)

    async def _follow(self, state: RepositoryState, last: str) -> RepositoryState:
        """Read a new head. Where that is too large for anybody, the last one stays, as when the remote is away."""
        try:
            if state.head not in self._refused:
                await self._take(state.head)
                return state
        except TooLarge as error:
            self._refused[state.head] = "; ".join(filter(None, (str(error), error.hint)))
        if self._head is None and last and last not in self._refused:  # as after a restart
            try:
                await self._take(last)
            except (NotFound, TooLarge) as error:
                if isinstance(error, TooLarge):
                    self._refused[last] = str(error)
                log.warning("last head not read", extra={"head": last, "error": str(error)})
        why = f"commit {state.head[:LETTERS]} cannot be read: {self._refused[state.head]}"
        return replace(state, head=self.head.revision or last, error=why)

    async def _take(self, revision: str) -> None:
        reading = await self._read(revision)
        await self.history.follow(revision, {d.directory: d.name for d in reading.catalog.definitions})
        self._head = reading

    async def _resolve(self, revision: str) -> Reading | str:
        """The head as it was read, or the full name of another revision."""
        if not revision and self._head is None:
            raise NotPossible(
                "the repository has not been read yet",
                where=self.state.location,
                hint=self.state.error or "see `composia repo sync`",
            )
        name = await self._source.resolve(revision) if revision else self.head.revision
        return self._head if self._head is not None and name == self.head.revision else name

    async def _act(self) -> bool:
        """Tell of a head that is new: False when that failed. It is no failure of whoever wanted news of the repository."""
        head = self.head
        if head.revision not in ("", self._acted) and self.on_new_head is not None:
            try:
                await self.on_new_head(head)
            except (ComposiaError, OSError) as error:
                log.warning("head not acted on", extra={"head": head.revision, "error": str(error)})
                return False
        self._acted = head.revision
        return True

    async def _read(self, revision: str) -> Reading:
        snapshot = await self._source.snapshot(revision)
        return Reading(snapshot=snapshot, catalog=await self._reader.read(snapshot))
