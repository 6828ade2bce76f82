"""Snapshots made up for a test."""

import hashlib
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field

from composia.core.file import FileKind
from composia.errors import NotFound, TooLarge
from composia.plugins.listing import Listing
from composia.plugins.source import MOST_PATHS, SMALL, SnapshotFile


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What a path is to be."""

    content: bytes
    kind: FileKind = FileKind.FILE


def link(target: str) -> Entry:
    """A symbolic link."""
    return Entry(content=target.encode(), kind=FileKind.LINK)


SUBMODULE = Entry(content=b"", kind=FileKind.SUBMODULE)


@dataclass(kw_only=True)
class MemorySnapshot:
    """A snapshot that notes what is listed and read of it."""

    entries: Mapping[str, Entry]
    revision: str = "r1"
    reads: list[str] = field(default_factory=list)
    listed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.listing = Listing(
            SnapshotFile(path=path, kind=entry.kind, object_id=hashlib.sha1(entry.content).hexdigest())
            for path, entry in self.entries.items()
        )

    async def find(self, path: str) -> SnapshotFile:
        return self.listing.find(path)

    async def below(
        self, directory: SnapshotFile, *, known: Container[str] = (), most: int = MOST_PATHS
    ) -> tuple[SnapshotFile, ...]:
        found = self.listing.below(directory, known, most)
        self.listed += [file.path for file in found]
        return found

    async def read(self, file: SnapshotFile, *, most: int) -> bytes:
        self.reads.append(file.path)
        if file.kind in (FileKind.SUBMODULE, FileKind.DIRECTORY):
            raise NotFound(f"no file {file.path}")
        content = self.entries[file.path].content
        if len(content) > most:
            raise TooLarge(f"this file has {len(content) >> 20} MiB, more than {most >> 20}", where=file.path)
        return content

    async def read_small(self, files: Sequence[SnapshotFile]) -> tuple[bytes | None, ...]:
        return tuple([await self._read_small(file) for file in files])

    async def _read_small(self, file: SnapshotFile) -> bytes | None:
        return None if len(self.entries[file.path].content) > SMALL else await self.read(file, most=SMALL)


def snapshot(files: Mapping[str, str | bytes | Entry], revision: str = "r1") -> MemorySnapshot:
    """A snapshot of texts, bytes and what else there is."""
    entries = {}
    for path, file in files.items():
        if isinstance(file, Entry):
            entries[path] = file
        else:
            entries[path] = Entry(content=file.encode() if isinstance(file, str) else file)
    return MemorySnapshot(entries=entries, revision=revision)


def service(directory: str, name: str = "", **more: str) -> dict[str, str | bytes | Entry]:
    """The files of a sound service; `more` are lines of its `composia-meta.yaml`."""
    lines = {"name": name or directory.rpartition("/")[2], "nodes": "[a]", **more}
    meta = "".join(f"{key}: {text}\n" for key, text in lines.items())
    return {f"{directory}/composia-meta.yaml": meta, f"{directory}/compose.yaml": "services: {a: {image: x}}\n"}
