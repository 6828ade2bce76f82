"""A plain directory as the source of definitions. A revision is a digest of all that lay in it at a sync."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import anyio.to_thread

from composia.core.revision import RepositoryState, Revision
from composia.errors import NotFound
from composia.plugins.source import FileKind, Snapshot, SnapshotFile


class DirectorySnapshot:
    """The files as they were; their content is kept, for the directory may change."""

    def __init__(self, revision: str, files: tuple[SnapshotFile, ...], content: dict[str, bytes]) -> None:
        self.revision = revision
        self.files = files
        self._content = content

    async def read(self, path: str) -> bytes:
        """The content of a file, or a link's target."""
        if path not in self._content:
            raise NotFound(f"no file {path}", where=f"revision {self.revision}")
        return self._content[path]


class DirectorySource:
    """Each sync reads the whole directory."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._snapshots: dict[str, DirectorySnapshot] = {}
        self._times: dict[str, int] = {}
        self._head = ""

    async def sync(self, now_ms: int) -> RepositoryState:
        """Read the directory."""
        try:
            snapshot = await anyio.to_thread.run_sync(_read, self._path)
        except OSError as error:
            return RepositoryState(
                location=str(self._path), branch="", head=self._head, tried_ms=now_ms, error=str(error)
            )
        self._head = snapshot.revision
        self._snapshots.setdefault(snapshot.revision, snapshot)
        self._times.setdefault(snapshot.revision, now_ms)
        return RepositoryState(location=str(self._path), branch="", head=self._head, synced_ms=now_ms, tried_ms=now_ms)

    async def resolve(self, revision: str) -> str:
        """The full name of a revision that was seen."""
        if not revision and self._head:
            return self._head
        found = [name for name in self._snapshots if revision and name.startswith(revision)]
        if len(found) != 1:
            problem = "is ambiguous" if found else "was never seen"
            raise NotFound(f"revision {revision or 'head'} {problem}", where=str(self._path))
        return found[0]

    async def snapshot(self, revision: str) -> Snapshot:
        """The files as they were then."""
        return self._snapshots[await self.resolve(revision)]

    async def log(self, revision: str, limit: int) -> tuple[Revision, ...]:
        """The revisions that were seen, newest first."""
        names = list(self._snapshots)
        upto = names[: names.index(await self.resolve(revision)) + 1]
        return tuple(Revision(id=name, committed_ms=self._times[name]) for name in reversed(upto))[:limit]

    async def close(self) -> None:
        """Nothing is held open."""


def _read(path: Path) -> DirectorySnapshot:
    files, content, digest = [], {}, hashlib.sha256()
    for file, data in sorted(_walk(path), key=lambda found: found[0].path):
        files.append(file)
        content[file.path] = data
        digest.update(f"{file.kind} {file.object_id} {file.path}\0".encode(errors="surrogateescape"))
    return DirectorySnapshot(f"dir-{digest.hexdigest()[:12]}", tuple(files), content)


def _walk(root: Path) -> Iterator[tuple[SnapshotFile, bytes]]:
    if not root.is_dir():
        raise NotADirectoryError(f"{root} is not a directory")
    for directory, names, file_names in os.walk(root):
        if ".git" in names and Path(directory) == root:
            names.remove(".git")
        links = [name for name in names if Path(directory, name).is_symlink()]
        for name in (*file_names, *links):
            place = Path(directory, name)
            if place.is_symlink():
                kind, data = FileKind.LINK, os.fsencode(place.readlink())
            elif place.is_file():
                executable = os.stat(place).st_mode & 0o100  # noqa: PTH116 - one call less
                kind, data = FileKind.EXECUTABLE if executable else FileKind.FILE, place.read_bytes()
            else:
                continue
            object_id = hashlib.sha256(data).hexdigest()
            yield SnapshotFile(path=place.relative_to(root).as_posix(), kind=kind, object_id=object_id), data
