"""A plain directory as the source of definitions. A revision is a digest of all that lay in it at a sync."""

import hashlib
import os
from collections.abc import Callable, Container, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

import anyio
import anyio.to_thread

from composia.builtin_plugins.directory.scan import Scanner
from composia.builtin_plugins.directory.store import Seen, Store
from composia.core.file import FileKind
from composia.core.revision import RepositoryState, Revision
from composia.errors import NotFound, TooLarge
from composia.plugins.listing import Listing
from composia.plugins.source import MOST_PATHS, SMALL, Commit, PathChange, Snapshot, SnapshotFile

Result = TypeVar("Result")


class DirectorySnapshot:
    """The files as they were, read from what was kept of them."""

    def __init__(self, seen: Seen, store: Store) -> None:
        self.revision = seen.revision
        self._listing = Listing(seen.files)
        self._store = store

    async def find(self, path: str) -> SnapshotFile:
        """What lay at a path."""
        return self._listing.find(path)

    async def below(
        self, directory: SnapshotFile, *, known: Container[str] = (), most: int = MOST_PATHS
    ) -> tuple[SnapshotFile, ...]:
        """Every path below a directory; one that is known is not entered."""
        return self._listing.below(directory, known, most)

    async def read(self, file: SnapshotFile, *, most: int) -> bytes:
        """The content of a file, or a link's target."""
        (found,) = await self._read([file], most)
        if isinstance(found, int):
            raise TooLarge(f"this file has {found >> 20} MiB, more than {most >> 20}", where=file.path)
        return found

    async def read_small(self, files: Sequence[SnapshotFile]) -> tuple[bytes | None, ...]:
        """The contents of several files; None for a larger one."""
        return tuple(found if isinstance(found, bytes) else None for found in await self._read(files, SMALL))

    async def _read(self, files: Sequence[SnapshotFile], most: int) -> list[bytes | int]:
        """The contents, or the sizes of those that are too large."""
        for file in files:
            if file.kind is FileKind.DIRECTORY:
                raise NotFound(f"{file.path} is a directory and has no content", where=self.revision)
        try:
            return await anyio.to_thread.run_sync(lambda: [self._read_one(file.object_id, most) for file in files])
        except FileNotFoundError as error:
            raise NotFound("this revision is no longer kept", where=self.revision) from error

    def _read_one(self, object_id: str, most: int) -> bytes | int:
        size = self._store.size(object_id)
        return size if size > most else self._store.read(object_id)


class DirectorySource:
    """Each sync looks at the whole directory, and keeps a copy of what is new."""

    def __init__(self, path: Path, kept: Path) -> None:
        self._path = path
        self._store = Store(kept)
        self._scanner = Scanner(path, self._store)
        self._one_at_a_time = anyio.CapacityLimiter(1)
        self._head = ""
        self._synced_ms = 0

    async def open(self) -> None:
        """Take up where an earlier one ended."""
        names = list(await self._run(self._revisions))
        if names:
            newest = await self._seen(names[-1])
            self._head, self._synced_ms = newest.revision, newest.seen_ms

    async def sync(self, now_ms: int) -> RepositoryState:
        """Look at the directory."""
        error = ""
        try:
            self._head = await self._run(lambda: self._sync(now_ms))
            self._synced_ms = now_ms
        except OSError as trouble:
            error = f"{(trouble.strerror or str(trouble)).lower()}: {trouble.filename or self._path}"
        return RepositoryState(
            location=str(self._path),
            branch="",
            head=self._head,
            synced_ms=self._synced_ms,
            tried_ms=now_ms,
            error=error,
        )

    async def resolve(self, revision: str) -> str:
        """The full name of a revision that was seen."""
        if not revision:
            if not self._head:
                raise NotFound("the directory was not read yet", where=str(self._path))
            return self._head
        found = [name for name in await self._run(self._revisions) if name.startswith(revision)]
        if len(found) != 1:
            problem = "is ambiguous" if found else "was never seen"
            raise NotFound(f"revision {revision} {problem}", where=str(self._path), hint="see `composia repo log`")
        return found[0]

    async def snapshot(self, revision: str) -> Snapshot:
        """The files as they were then."""
        return DirectorySnapshot(await self._seen(await self.resolve(revision)), self._store)

    async def log(self, revision: str, limit: int) -> tuple[Commit, ...]:
        """The revisions that were seen, each with what became other since the one that is kept before it, newest first."""
        name = await self.resolve(revision)
        return await self._run(lambda: self._log(name, max(0, limit)))

    async def revisions(self, names: Sequence[str]) -> tuple[Revision | None, ...]:
        """When these were seen; None for each that is not kept."""
        return await self._run(lambda: self._known(names))

    async def close(self) -> None:
        """Nothing is held open."""

    def _sync(self, now_ms: int) -> str:
        self._store.open()
        files = self._scanner.scan()
        revision = _name(files)
        if revision != self._head:
            self._store.save(revision, now_ms, files)
        return revision

    def _log(self, revision: str, limit: int) -> tuple[Commit, ...]:
        names = list(self._revisions())
        if revision not in names:
            raise NotFound("this revision is no longer kept", where=revision)
        seen = [self._store.load(name) for name in names[names.index(revision) :: -1][: limit + 1]]
        before = [*(one.files for one in seen[1:]), ()]
        return tuple(
            Commit(revision=_revision(one), changed=_changes(files, one.files))
            for one, files in list(zip(seen, before, strict=True))[:limit]
        )

    def _known(self, names: Sequence[str]) -> tuple[Revision | None, ...]:
        kept = self._revisions()
        return tuple(_revision(self._store.load(name)) if name in kept else None for name in names)

    def _revisions(self) -> dict[str, int]:
        self._store.open()
        return self._store.revisions()

    async def _seen(self, revision: str) -> Seen:
        return await self._run(lambda: self._store.load(revision))

    async def _run(self, work: Callable[[], Result]) -> Result:
        return await anyio.to_thread.run_sync(work, limiter=self._one_at_a_time)


def _revision(seen: Seen) -> Revision:
    return Revision(id=seen.revision, committed_ms=seen.seen_ms)


def _changes(before: Iterable[SnapshotFile], now: Iterable[SnapshotFile]) -> tuple[PathChange, ...]:
    old, new = ({file.path: file for file in files} for files in (before, now))
    paths = sorted(path for path in old.keys() | new.keys() if old.get(path) != new.get(path))
    return tuple(PathChange(before=old.get(path), now=new.get(path)) for path in paths)


def _name(files: tuple[SnapshotFile, ...]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.kind} {file.object_id} ".encode() + os.fsencode(file.path) + b"\0")
    return f"dir-{digest.hexdigest()[:12]}"
