"""Snapshots made up for a test."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from composia.errors import NotFound
from composia.plugins.source import FileKind, SnapshotFile


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
    """A snapshot that notes what is read of it."""

    entries: Mapping[str, Entry]
    revision: str = "r1"
    reads: list[str] = field(default_factory=list)

    @property
    def files(self) -> tuple[SnapshotFile, ...]:
        return tuple(
            SnapshotFile(path=path, kind=entry.kind, object_id=hashlib.sha1(entry.content).hexdigest())
            for path, entry in sorted(self.entries.items())
        )

    async def read(self, path: str) -> bytes:
        self.reads.append(path)
        if path not in self.entries or self.entries[path].kind is FileKind.SUBMODULE:
            raise NotFound(f"no file {path}")
        return self.entries[path].content


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
