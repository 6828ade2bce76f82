"""Which services the commits of the branch changed, kept in memory as far as it was asked for."""

from bisect import bisect_left
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace

from composia.core.revision import Revision
from composia.errors import NotFound
from composia.plugins.queue import Page
from composia.plugins.source import Source
from composia.server.line import Changed, Line
from composia.server.places import Places

KEPT = 500
"""Of so many of the newest commits it is always known which services they changed."""

AT_ONCE = 200
"""So many commits are read at once; others who read the repository come in between."""

MOST = 200_000
"""About so many commits and names of services a line remembers."""

PATIENCE = 2_000
"""So many commits that are not known yet are looked at for one answer."""

ASIDE = 4
"""So many lines are remembered that begin elsewhere than at the head."""


@dataclass(frozen=True, kw_only=True)
class Since:
    """The commits of a service after a revision; with `more` these are not all, or the revision is not among those before."""

    commits: tuple[Revision, ...]
    more: bool


class History:
    """The branch's commits, each with what it was before it: of a merge the first parent, so that what was merged is what the
    merge changed. A commit on a branch that was merged is none of them."""

    def __init__(self, source: Source, places: Places) -> None:
        self._source = source
        self._places = places
        self._line = Line(source, places, "", {})
        self._aside: deque[Line] = deque(maxlen=ASIDE)
        self._changes: dict[str, list[int]] = {}
        self._head = ""

    async def follow(self, head: str, names: Mapping[str, str]) -> None:
        """Go on from a new head; `names` are those of its services, by directory. Only what came since is read."""
        old, line = self._line, Line(self._source, self._places, head, names)
        count = 1
        while line.next and len(line.commits) < KEPT:
            begin = len(line.commits)
            await line.read(begin, min(count, AT_ONCE))
            met = line.meets(old, begin) if old.weight <= 2 * MOST else None
            if met is not None:
                line, old = line.joined(met[0], old, met[1]), Line(self._source, self._places, "", {})
            count *= 4
        self._head, self._line = head, line
        self._changes = {}
        for number, commit in enumerate(line.commits[:KEPT]):
            for service in commit.services:
                self._changes.setdefault(service, []).append(number)

    def behind(self, service: str, revision: str) -> int | None:
        """How many commits since a revision changed the service's files; None when that is not among the newest ones."""
        number = self._line.index.get(revision, KEPT)
        return bisect_left(self._changes.get(service, ()), number) if number < KEPT else None

    def last(self, service: str, revision: str) -> str:
        """The newest commit, of a revision and those before it, that changed the service's files; the revision itself where that
        is not known."""
        number = self._line.index.get(revision, KEPT)
        changes = self._changes.get(service, ())
        place = bisect_left(changes, number)
        return self._line.commits[changes[place]].id if number < KEPT and place < len(changes) else revision

    async def page(self, service: str, limit: int, after: str) -> Page[Revision]:
        """The newest commits, or those after the commit `after`: all, or those that changed the files of a service. Where many
        did not, it may be fewer than `limit`, even none, though there is a next page. `NotFound` for an unknown `after`."""
        walk = await self._walk(await self._source.resolve(after) if after else self._head)
        if after:
            walk.skip()
        found: list[Changed] = []
        async for commit in walk.commits(service):
            found.append(commit)
            if len(found) > limit:
                return Page(items=await self._told(found[:limit], service), next=found[limit - 1].id)
        return Page(items=await self._told(found, service), next="" if walk.is_over else walk.last)

    async def since(self, older: str, newer: str, service: str, most: int) -> Since:
        """The commits after one, empty for all, up to another that changed a service's files, newest first, `most` at most."""
        walk = await self._walk(newer)
        found: list[Changed] = []
        async for commit in walk.commits(""):
            if commit.id == older:
                return Since(commits=await self._told(found[:most], service), more=len(found) > most)
            if service in commit.services:
                found.append(commit)
        if walk.is_over and older:
            return Since(commits=(), more=True)
        return Since(commits=await self._told(found[:most], service), more=len(found) > most or not walk.is_over)

    async def _walk(self, start: str) -> "_Walk":
        """From a commit backwards; from nowhere, it is over at once."""
        for line in (self._line, *self._aside):
            if start in line.index:
                return _Walk(self, line, line.index[start])
            if start == line.next and line.weight < MOST:
                return _Walk(self, line, len(line.commits))
        names = await self._places.all(await self._source.snapshot(start))
        self._aside.append(Line(self._source, self._places, start, names))
        return _Walk(self, self._aside[-1], 0)

    def beyond(self, line: Line) -> Line:
        """A line that goes on where one ends that remembers enough."""
        known = (other for other in self._aside if other.index.get(line.next) == 0)
        found = next(known, None)
        if found is None:
            found = line.end()
            self._aside.append(found)
        return found

    async def _told(self, commits: Sequence[Changed], service: str) -> tuple[Revision, ...]:
        """The commits in full. What a source no longer keeps, and all before it, is left out."""
        told: list[Revision] = []
        try:
            if commits and not service:  # then they follow one another
                told += [found.revision for found in await self._source.log(commits[0].id, len(commits))]
            for commit in commits if service else ():
                told += [found.revision for found in await self._source.log(commit.id, 1)]
        except NotFound:
            pass
        services = {commit.id: commit.services for commit in commits}
        return tuple(replace(one, services=services.get(one.id, ())) for one in told)


class _Walk:
    """Goes backwards over lines, and reads on where they end; but not for ever."""

    def __init__(self, history: History, line: Line, at: int) -> None:
        self.last = ""
        """The commit that was looked at last."""
        self._history = history
        self._line = line
        self._at = at
        self._left = PATIENCE

    @property
    def is_over(self) -> bool:
        """There is nothing more."""
        return self._at >= len(self._line.commits) and not self._line.next

    def skip(self) -> None:
        """Leave out the commit that it begins with."""
        self._at += 1

    async def commits(self, service: str) -> AsyncIterator[Changed]:
        """What follows: all, or what changed a service; until it is over, or too many would have to be read."""
        while True:
            while self._at < len(self._line.commits):
                commit = self._line.commits[self._at]
                self._at, self.last = self._at + 1, commit.id
                if not service or service in commit.services:
                    yield commit
            if not self._line.next or self._left <= 0:
                return
            if self._line.weight >= MOST:
                self._at -= len(self._line.commits)
                self._line = self._history.beyond(self._line)
            await self._line.read(len(self._line.commits), AT_ONCE)
            self._left -= AT_ONCE
