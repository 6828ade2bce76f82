"""For a source that knows no more than a flat list of files: the directories that follow from it."""

import hashlib
import posixpath
from collections import Counter
from collections.abc import Container, Iterable, Sequence

from composia.core.file import FileKind
from composia.errors import NotFound, TooLarge
from composia.plugins.source import SnapshotFile


class Listing:
    """Files by path, and the directories that hold them, each named by a digest of all that lies below it."""

    def __init__(self, files: Iterable[SnapshotFile]) -> None:
        self._children: dict[str, list[SnapshotFile]] = {"": []}
        self._entries: dict[str, SnapshotFile] = {}
        for file in files:
            self._entries[file.path] = file
            above = posixpath.dirname(file.path)
            self._children.setdefault(above, []).append(file)
            while above:
                above = posixpath.dirname(above)
                self._children.setdefault(above, [])
        for path in sorted(self._children, key=lambda path: path.count("/") if path else -1, reverse=True):
            entry = SnapshotFile(path=path, kind=FileKind.DIRECTORY, object_id=_digest(self._children[path]))
            self._entries[path] = entry
            if path:
                self._children[posixpath.dirname(path)].append(entry)

    def find(self, path: str) -> SnapshotFile:
        """What lies at a path. `NotFound` where there is nothing."""
        if path not in self._entries:
            raise NotFound(f"no file {path}")
        return self._entries[path]

    def below(self, directory: SnapshotFile, known: Container[str], most: int) -> tuple[SnapshotFile, ...]:
        """Every path below a directory, sorted; one that is `known` is not entered. `TooLarge` for more than `most`."""
        found: list[SnapshotFile] = []
        left = [directory.path]
        while left:
            for entry in self._children[left.pop()]:
                found.append(entry)
                if entry.kind is FileKind.DIRECTORY and entry.object_id not in known:
                    left.append(entry.path)
            if len(found) > most:
                raise too_many(found, directory, most)
        return tuple(sorted(found, key=lambda file: file.path))


def too_many(found: Sequence[SnapshotFile], directory: SnapshotFile, most: int) -> TooLarge:
    """What to say where more than `most` paths were found below a directory."""
    begin = len(directory.path) + 1 if directory.path else 0
    ((fullest, _),) = Counter(file.path[begin:].partition("/")[0] for file in found).most_common(1)
    place = (
        posixpath.join(directory.path, fullest).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    )
    return TooLarge(f"more than {most} paths, most of them in {place}", hint="keep data out of Git")


def _digest(children: Iterable[SnapshotFile]) -> str:
    digest = hashlib.sha256()
    for child in sorted(children, key=lambda file: file.path):
        name = posixpath.basename(child.path).encode("utf-8", "surrogateescape")
        digest.update(f"{child.kind} {child.object_id} ".encode() + name + b"\0")
    return digest.hexdigest()
