"""What a commit changed, found by comparing trees byte by byte, so that it costs what changed and not what a directory holds."""

import re
import stat
from collections import deque

from dulwich.errors import ObjectFormatException
from dulwich.objects import ObjectID
from dulwich.repo import Repo

from composia.core.file import FileKind
from composia.plugins.source import PathChange, SnapshotFile

Entry = tuple[int, str]
"""Mode and object id."""

Entries = dict[bytes, Entry]
"""By name."""


def changes(repo: Repo, old: str | None, new: str | None, most: int) -> tuple[tuple[PathChange, ...], int]:
    """What differs between two trees, by path, and how many paths were looked at; None is one without files. Once these are
    `most`, what lies further down is told as the directory that it lies in."""
    found = []
    looked = 0
    width = repo.object_format.oid_length
    left = deque([(old, new, b"")])
    while left and looked < most:
        before, now, above = left.popleft()
        gone, come = differing(_tree(repo, before), _tree(repo, now), width)
        names = gone.keys() | come.keys()
        looked += len(names)
        for name in names:
            path = above + name
            one, other = _file(path, gone.get(name)), _file(path, come.get(name))
            inner = [file.object_id if file and file.kind is FileKind.DIRECTORY else None for file in (one, other)]
            if any(inner):
                left.append((inner[0], inner[1], path + b"/"))
            change = PathChange(before=None if inner[0] else one, now=None if inner[1] else other)
            if change.before or change.now:
                found.append(change)
    for before, now, above in left:
        one, other = (_file(above[:-1], (stat.S_IFDIR, tree) if tree else None) for tree in (before, now))
        found.append(PathChange(before=one, now=other))
    return tuple(sorted(found, key=lambda change: change.path)), looked


def differing(old: bytes, new: bytes, width: int) -> tuple[Entries, Entries]:
    """The entries of each of two trees that the other one has not. `width` are the bytes of an object id.

    Both mostly begin and end with the same entries, which are not looked at one by one. `ObjectFormatException` for what is no tree.
    """
    same = re.compile(rb"(?:[^\0]+\0.{%d})*" % width, re.DOTALL).match(old, 0, _alike(old, new))
    begin = same.end() if same else 0
    tail = _alike(old[begin:][::-1], new[begin:][::-1])
    sides = _Side(old, begin, width), _Side(new, begin, width)
    # each is read until what is left is the same for both and begins with an entry in both
    while max(side.left for side in sides) > tail or sides[0].left != sides[1].left:
        sides[sides[0].left <= sides[1].left].step()
    one, other = sides[0].entries, sides[1].entries
    return (
        {name: entry for name, entry in one.items() if other.get(name) != entry},
        {name: entry for name, entry in other.items() if one.get(name) != entry},
    )


class _Side:
    """A tree of which one entry after the other is read."""

    def __init__(self, tree: bytes, begin: int, width: int) -> None:
        self.entries: Entries = {}
        self.left = len(tree) - begin
        self._tree = tree
        self._found = re.compile(rb"([0-7]+) ([^\0]+)\0(.{%d})" % width, re.DOTALL).finditer(tree, begin)

    def step(self) -> None:
        """Read the next entry."""
        entry = next(self._found, None)
        if entry is None:
            raise ObjectFormatException("this is no tree")
        self.left = len(self._tree) - entry.end()
        self.entries[entry[2]] = int(entry[1], 8), entry[3].hex()


def kind_of(mode: int) -> FileKind:
    """What an entry of a tree is."""
    if stat.S_ISDIR(mode):
        return FileKind.DIRECTORY
    if stat.S_ISLNK(mode):
        return FileKind.LINK
    if stat.S_ISREG(mode):
        return FileKind.EXECUTABLE if mode & 0o100 else FileKind.FILE
    return FileKind.SUBMODULE


def _alike(one: bytes, other: bytes) -> int:
    """With how many bytes both begin."""
    least, most = 0, min(len(one), len(other))
    while least < most:
        middle = (least + most + 1) // 2
        if one[least:middle] == other[least:middle]:
            least = middle
        else:
            most = middle - 1
    return least


def _tree(repo: Repo, object_id: str | None) -> bytes:
    if object_id is None:
        return b""
    content: bytes = repo.object_store.get_raw(ObjectID(object_id.encode()))[1]
    return content


def _file(path: bytes, entry: Entry | None) -> SnapshotFile | None:
    if entry is None:
        return None
    mode, object_id = entry
    return SnapshotFile(path=path.decode("utf-8", "surrogateescape"), kind=kind_of(mode), object_id=object_id)
