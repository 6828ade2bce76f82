"""Looking at a directory, without reading again what has not changed."""

import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path

from composia.builtin_plugins.directory.store import Store
from composia.core.file import FileKind
from composia.plugins.source import SnapshotFile

TICK_NS = 1_000_000_000
"""A file that changed this shortly before it was read may change again without another time of change."""

Mark = tuple[int, int, int]


class Scanner:
    """Knows each file by its inode, size and time of change."""

    def __init__(self, root: Path, store: Store) -> None:
        self._root = root
        self._store = store
        self._known: dict[str, tuple[Mark, str]] = {}

    def scan(self) -> tuple[SnapshotFile, ...]:
        """Every file and link, sorted; what Git keeps for itself is left out. `OSError` for what cannot be read."""
        known: dict[str, tuple[Mark, str]] = {}
        files = []
        for place, path in _walk(self._root):
            found = os.lstat(place)
            if stat.S_ISLNK(found.st_mode):
                object_id = self._store.add_bytes(os.fsencode(place.readlink()))
                files.append(SnapshotFile(path=path, kind=FileKind.LINK, object_id=object_id))
            elif stat.S_ISREG(found.st_mode):
                mark = (found.st_ino, found.st_size, found.st_ctime_ns)
                # the machine's own clock, because file times are compared with it
                is_settled = time.time_ns() - found.st_ctime_ns > TICK_NS
                same = self._known.get(path)
                object_id = same[1] if same and same[0] == mark else self._store.add_file(place)
                if is_settled:
                    known[path] = (mark, object_id)
                kind = FileKind.EXECUTABLE if found.st_mode & 0o100 else FileKind.FILE
                files.append(SnapshotFile(path=path, kind=kind, object_id=object_id))
        self._known = known
        return tuple(sorted(files, key=lambda file: file.path))


def _walk(root: Path) -> Iterator[tuple[Path, str]]:
    for directory, names, file_names in os.walk(root, onerror=_give_up):
        links = [name for name in names if Path(directory, name).is_symlink()]
        names[:] = [name for name in names if name != ".git"]
        for name in (*file_names, *links):
            place = Path(directory, name)
            if name != ".git":
                yield place, place.relative_to(root).as_posix()


def _give_up(error: OSError) -> None:
    raise error
