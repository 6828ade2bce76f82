"""Bundles on the server: content-addressed archives in a directory.

An archive is a gzip-compressed tar with regular files and symbolic links only; parent directories are implied, modes
are 0644 and 0755, owners and times are zero. What it is called is the digest of its listing (`composia.core.bundle`).
"""

import gzip
import io
import os
import tarfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import anyio
import anyio.to_thread

from composia.core.bundle import EntryKind
from composia.errors import NotFound
from composia.plugins.source import FileKind, Snapshot
from composia.server.service_files import service_files

CHUNK = 256 * 1024


class BundleStore:
    """Archives by digest."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def has(self, digest: str) -> bool:
        """Whether the archive is kept."""
        return self._path(digest).exists()

    async def build(self, snapshot: Snapshot, directory: str, digest: str) -> str:
        """Keep the archive of a service directory, whose digest is known from its definition."""
        if self.has(digest):
            return digest
        await anyio.to_thread.run_sync(lambda: self._directory.mkdir(mode=0o700, parents=True, exist_ok=True))
        with self._writing(digest) as archive:
            for file in service_files(snapshot.files, directory):
                name = file.path[len(directory) :].lstrip("/")
                await anyio.to_thread.run_sync(_add, archive, name, file.kind, await snapshot.read(file.path))
        return digest

    async def open(self, digest: str) -> AsyncIterator[bytes]:
        """The archive's bytes."""
        if not self.has(digest):
            raise NotFound("this bundle is not kept", where=digest)
        async with await anyio.open_file(self._path(digest), "rb") as file:
            while chunk := await file.read(CHUNK):
                yield chunk

    @contextmanager
    def _writing(self, digest: str) -> Iterator[tarfile.TarFile]:
        """An archive that appears under its name only when all of it is on disk."""
        path = self._path(digest)
        fresh = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            with (
                fresh.open("wb") as file,
                gzip.GzipFile(filename="", fileobj=file, mode="wb", compresslevel=1, mtime=0) as packed,
                tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
            ):
                yield archive
            with fresh.open("rb") as written:
                os.fsync(written.fileno())
            fresh.replace(path)
        finally:
            fresh.unlink(missing_ok=True)

    def _path(self, digest: str) -> Path:
        algorithm, _, name = digest.partition(":")
        if algorithm != "sha256" or len(name) != 64 or not name.isalnum():
            raise NotFound("no such bundle", where=digest[:80])
        return self._directory / f"{name}.tar.gz"


def _add(archive: tarfile.TarFile, name: str, kind: FileKind, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    if kind is FileKind.LINK:
        entry.type, entry.linkname = tarfile.SYMTYPE, os.fsdecode(content)
        archive.addfile(entry)
        return
    entry.size = len(content)
    entry.mode = 0o755 if kind.value == EntryKind.EXECUTABLE.value else 0o644
    archive.addfile(entry, io.BytesIO(content))
