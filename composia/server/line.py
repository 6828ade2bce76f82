"""Commits one after the other, and the services that each of them changed."""

import asyncio
import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from composia.core.file import FileKind
from composia.core.service import META_FILE
from composia.plugins.source import Commit, Source
from composia.server.contents import shown
from composia.server.places import Places, is_definition


@dataclass(frozen=True, kw_only=True, slots=True)
class Changed:
    """A commit, and the names of the services whose files it changed, as they were called before or after it."""

    id: str
    services: tuple[str, ...]


class Line:
    """Goes backwards from a commit, as far as it was read. Where services lie is known of that commit and followed from there,
    so that of each commit only what it changed is looked at."""

    def __init__(self, source: Source, places: Places, start: str, names: Mapping[str, str]) -> None:
        self.commits: list[Changed] = []
        self.index: dict[str, int] = {}
        self.next = start
        """The commit to go on with; empty when there is no more."""
        self.weight = 0
        """How much it remembers: commits and names."""
        self._source = source
        self._places = places
        self._names = names
        """Of the services at `next`, by directory."""
        self._reading = asyncio.Lock()

    async def read(self, known: int, count: int) -> None:
        """Read `count` more commits, unless more than `known` have been read meanwhile."""
        async with self._reading:
            if len(self.commits) > known or not self.next:
                return
            found = await self._source.log(self.next, count + 1)
            names = dict(self._names)
            commits = [
                await self._look_at(commit, before, names)
                for commit, before in zip(found[:count], (*found[1:], None), strict=False)
            ]
            self._names = names
            self.next = found[count].revision.id if len(found) > count else ""
            self.add(commits)

    def end(self) -> "Line":
        """A line that goes on where this one ends."""
        return Line(self._source, self._places, self.next, self._names)

    def meets(self, other: "Line", begin: int) -> tuple[int, int] | None:
        """The places from which on this line, at `begin` or later, and the other one are the same."""
        for at in range(begin, len(self.commits)):
            there = other.index.get(self.commits[at].id)
            if there is not None and self.after(at) == other.after(there):
                return at, there
        return None

    def joined(self, at: int, other: "Line", there: int) -> "Line":
        """The commits of this line before one, and those of the other from there on."""
        joined = other.end()
        joined.add([*self.commits[:at], *other.commits[there:]])
        return joined

    def after(self, at: int) -> str:
        """The commit after one; empty at the end."""
        return self.commits[at + 1].id if at + 1 < len(self.commits) else self.next

    def add(self, commits: list[Changed]) -> None:
        """Remember what follows."""
        begin = len(self.commits)
        self.index.update((commit.id, number) for number, commit in enumerate(commits, begin))
        self.commits += commits
        self.weight += sum(1 + len(commit.services) for commit in commits)

    async def _look_at(self, commit: Commit, before: Commit | None, names: dict[str, str]) -> Changed:
        """What a commit changed, given the `names` of the services after it; they are made those before it."""
        directories = _directories(commit, names)
        services = {names[directory] for directory in directories & names.keys()}
        definitions = []
        for change in commit.changed:
            if posixpath.basename(change.path) == META_FILE:
                names.pop(shown(posixpath.dirname(change.path)), None)
                if change.before is not None and is_definition(change.before):
                    definitions.append(change.before)
        if definitions and before is not None:
            snapshot = await self._source.snapshot(before.revision.id)
            for file, name in zip(definitions, await self._places.names(snapshot, definitions), strict=True):
                names[shown(posixpath.dirname(file.path))] = name
        services |= {names[directory] for directory in directories & names.keys()}
        return Changed(id=commit.revision.id, services=tuple(sorted(services)))


def _directories(commit: Commit, known: Iterable[str]) -> set[str]:
    """All directories in which a commit changed something, at any depth; the empty one is the root. Of what it changed below a
    directory nothing may be told, where that is too much: then it may be any of the `known` ones there."""
    found: set[str] = set()
    for change in commit.changed:
        path = shown(change.path)
        if FileKind.DIRECTORY in (change.before and change.before.kind, change.now and change.now.kind):
            found |= {path, *(directory for directory in known if directory.startswith(f"{path}/"))}
        while path:
            path = posixpath.dirname(path)
            if path in found:
                break
            found.add(path)
    return found
