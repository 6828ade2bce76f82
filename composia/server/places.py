"""Where services lie at a revision, and what they are called there, without reading more of it than their names."""

import posixpath
from collections import OrderedDict
from collections.abc import Hashable, Iterable, Mapping
from typing import Generic, TypeVar

import anyio.to_thread

from composia.core.definition.meta import read_meta
from composia.core.definition.tree import Tree
from composia.core.file import FileKind
from composia.core.service import META_FILE
from composia.errors import NotFound
from composia.plugins.source import MOST_PATHS, Snapshot, SnapshotFile
from composia.server.contents import AT_ONCE, shown

NAMES = 20_000
"""So many definitions are known by their names, at most."""

MOST_LINKS = 5
"""Over so many links a definition's name is looked for."""

REVISIONS = 8
"""Of so many revisions it is known where all services lie."""

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Recent(Generic[Key, Value]):
    """What was asked for last."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: OrderedDict[Key, Value] = OrderedDict()

    def get(self, key: Key) -> Value | None:
        """What is known of a key."""
        if key in self._known:
            self._known.move_to_end(key)
        return self._known.get(key)

    def keep(self, key: Key, value: Value) -> None:
        """Remember it, and forget what nobody has asked for longest."""
        self._known[key] = value
        self._known.move_to_end(key)
        if len(self._known) > self._most:
            self._known.popitem(last=False)


class Places:
    """Knows a definition's name by its object id, and places by revision."""

    def __init__(self) -> None:
        self._names: Recent[str, str] = Recent(NAMES)
        self._places: Recent[str, Mapping[str, str]] = Recent(REVISIONS)

    async def find(self, snapshot: Snapshot, name: str, likely: str) -> str | None:
        """The directory of the service of that name; None where there is none. It is first looked for in a directory where it
        is `likely`, then in all."""
        try:
            there = await snapshot.find(posixpath.join(likely, META_FILE))
        except NotFound:
            pass
        else:
            if is_definition(there) and (await self.names(snapshot, [there]))[0] == name:
                return likely
        places = await self.all(snapshot)
        return next((directory for directory, found in places.items() if found == name), None)

    async def all(self, snapshot: Snapshot) -> Mapping[str, str]:
        """The names of all services by their directories, sorted."""
        known = self._places.get(snapshot.revision)
        if known is None:
            listed = await snapshot.below(await snapshot.find(""), most=MOST_PATHS)
            files = [file for file in listed if is_definition(file)]
            names = await self.names(snapshot, files)
            known = {posixpath.dirname(file.path): name for file, name in zip(files, names, strict=True)}
            self._places.keep(snapshot.revision, known)
        return known

    async def names(self, snapshot: Snapshot, files: Iterable[SnapshotFile]) -> list[str]:
        """What the services of these definitions are called: by the definition, else by the directory."""
        files = list(files)
        ends = [await _end(snapshot, file) if file.kind is FileKind.LINK else file for file in files]
        unknown = [end for end in ends if self._names.get(end.object_id) is None]
        for begin in range(0, len(unknown), AT_ONCE):
            batch = unknown[begin : begin + AT_ONCE]
            contents = await snapshot.read_small(batch)
            names = await anyio.to_thread.run_sync(lambda contents: [_name(one) for one in contents], contents)
            for file, name in zip(batch, names, strict=True):
                self._names.keep(file.object_id, name)
        return [self._names.get(end.object_id) or _otherwise(file) for file, end in zip(files, ends, strict=True)]


def is_definition(file: SnapshotFile) -> bool:
    """Whether there is a service where the file lies."""
    return posixpath.basename(file.path) == META_FILE and file.kind not in (FileKind.DIRECTORY, FileKind.SUBMODULE)


def _name(content: bytes | None) -> str:
    """The name in a definition; empty where it cannot be read."""
    if content is None:
        return ""
    return read_meta(content, META_FILE, "", Tree(files=frozenset()), ()).draft.name


def _otherwise(file: SnapshotFile) -> str:
    return posixpath.basename(shown(posixpath.dirname(file.path))) or "."


async def _end(snapshot: Snapshot, link: SnapshotFile) -> SnapshotFile:
    """Where a link leads, over a few more; the last one that can be followed."""
    end = link
    for _ in range(MOST_LINKS):
        if end.kind is not FileKind.LINK:
            break
        (target,) = await snapshot.read_small([end])
        path = posixpath.join(posixpath.dirname(end.path), (target or b"").decode("utf-8", "surrogateescape"))
        try:
            found = await snapshot.find(posixpath.normpath(path))
        except NotFound:
            break
        if found.kind in (FileKind.DIRECTORY, FileKind.SUBMODULE):
            break
        end = found
    return end
