"""Bundles on the server: content-addressed archives in a directory, in the form that `composia.core.bundle` fixes."""

import asyncio
import gzip
import hashlib
import io
import os
import shutil
import tarfile
import tempfile
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from anyio.to_thread import run_sync

from composia.core.bundle import DIGEST, MAX_CONTENT, BundleEntry, EntryKind, bundle_digest
from composia.core.file import FileKind
from composia.durable import force_directory
from composia.errors import Internal, NotFound
from composia.plugins.source import Snapshot, SnapshotFile

CHUNK = 256 * 1024
SUFFIX = ".tar.gz"


class BundleStore:
    """Archives by digest. The bytes of one file at a time are in memory, never those of a bundle."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._one_at_a_time = asyncio.Lock()

    def has(self, digest: str) -> bool:
        """Whether the archive is kept."""
        return self._path(digest).exists()

    async def build(self, snapshot: Snapshot, directory: str, digest: str) -> str:
        """Keep the archive of a service directory, whose digest is known from its definition; returns the digest."""
        async with self._one_at_a_time:
            if self.has(digest):
                self._path(digest).touch()
            else:
                await self._build(snapshot, directory, digest)
        return digest

    async def open(self, digest: str) -> AsyncIterator[bytes]:
        """The archive's bytes. `NotFound` when it is not kept; one that is pruned meanwhile is still read to its end."""
        try:
            file, chunk = await run_sync(_begun, self._path(digest))
        except FileNotFoundError as error:
            raise NotFound("this bundle is not kept", where=digest) from error
        with file:
            while chunk:
                yield chunk
                chunk = await run_sync(file.read, CHUNK) if len(chunk) == CHUNK else b""

    async def prune(self, keep: Collection[str], *, unused_since_s: float) -> int:
        """Remove every archive but those in `keep` and those made or asked for since then (seconds since the epoch), and
        what a killed server left half written. Returns how many were removed."""
        async with self._one_at_a_time:
            return await run_sync(self._prune, {self._path(digest).name for digest in keep}, unused_since_s)

    async def _build(self, snapshot: Snapshot, directory: str, digest: str) -> None:
        await run_sync(lambda: self._directory.mkdir(mode=0o700, parents=True, exist_ok=True))
        with tempfile.TemporaryDirectory(dir=self._directory, prefix=".") as aside:
            fresh = Path(aside) / "archive"
            with _writing(fresh) as archive:
                entries = [
                    await run_sync(_add, archive, directory, file, await snapshot.read(file, most=MAX_CONTENT))
                    for file in await snapshot.below(await snapshot.find(directory))
                    if file.kind is not FileKind.DIRECTORY
                ]
            if (found := bundle_digest(entries)) != digest:
                raise Internal(f"the bundle of {directory or '.'} became {found}", where=digest)
            await run_sync(self._take_in, fresh, self._path(digest))

    def _take_in(self, fresh: Path, path: Path) -> None:
        with fresh.open("rb") as written:
            os.fsync(written.fileno())
        fresh.replace(path)
        force_directory(self._directory)

    def _prune(self, names: Collection[str], unused_since_s: float) -> int:
        removed = 0
        for path in self._directory.iterdir() if self._directory.exists() else ():
            if path.is_dir():
                shutil.rmtree(path)
            elif path.name not in names and path.stat().st_mtime < unused_since_s:
                path.unlink()
                removed += 1
        return removed

    def _path(self, digest: str) -> Path:
        match = DIGEST.fullmatch(digest)
        if match is None:
            raise NotFound("this is no digest of a bundle", where=digest[:80])
        return self._directory / f"{match[1]}{SUFFIX}"


def _begun(path: Path) -> tuple[BinaryIO, bytes]:
    """An open file, and what is read of it first: mostly all, so that one turn of a thread is enough."""
    with ExitStack() as opened:
        file = opened.enter_context(path.open("rb"))
        chunk = file.read(CHUNK)
        opened.pop_all()
    return file, chunk


@contextmanager
def _writing(path: Path) -> Iterator[tarfile.TarFile]:
    with (
        path.open("wb") as file,
        gzip.GzipFile(filename="", fileobj=file, mode="wb", compresslevel=1, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        yield archive


def _add(archive: tarfile.TarFile, directory: str, file: SnapshotFile, content: bytes) -> BundleEntry:
    name, kind = file.path[len(directory) :].lstrip("/"), EntryKind(file.kind.value)
    entry = tarfile.TarInfo(name)
    if kind is EntryKind.LINK:
        entry.type, entry.linkname = tarfile.SYMTYPE, content.decode()
        archive.addfile(entry)
    else:
        entry.size = len(content)
        entry.mode = 0o755 if kind is EntryKind.EXECUTABLE else 0o644
        archive.addfile(entry, io.BytesIO(content))
    return BundleEntry(path=name, kind=kind, sha256=hashlib.sha256(content).hexdigest(), size=len(content))
