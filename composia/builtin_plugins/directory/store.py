"""What was seen in the directory, kept apart from it: contents by digest, and what lay there at each revision."""

import hashlib
import os
import tempfile
from pathlib import Path

import msgspec

from composia.core.file import FileKind
from composia.plugins.source import SnapshotFile

CHUNK = 1 << 20
KEPT = 50
"""How many revisions are kept; a directory in which something is always written makes many."""


class _Listed(msgspec.Struct, frozen=True, array_like=True):
    path: bytes
    kind: FileKind
    object_id: str


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A revision as it is kept."""

    revision: str
    seen_ms: int
    listed: tuple[_Listed, ...]

    @property
    def files(self) -> tuple[SnapshotFile, ...]:
        """The files, sorted by path."""
        return tuple(
            SnapshotFile(path=os.fsdecode(file.path), kind=file.kind, object_id=file.object_id) for file in self.listed
        )


class Store:
    """Contents and revisions on disk; blocking."""

    def __init__(self, directory: Path) -> None:
        self._objects = directory / "objects"
        self._revisions = directory / "revisions"

    def open(self) -> None:
        """Make the directories."""
        for directory in (self._objects, self._revisions):
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)

    def add_file(self, path: Path) -> str:
        """Keep a copy of a file; returns its digest."""
        digest = hashlib.sha256()
        with path.open("rb") as source, tempfile.NamedTemporaryFile(dir=self._objects, delete=False) as copy:
            try:
                while chunk := source.read(CHUNK):
                    digest.update(chunk)
                    copy.write(chunk)
                copy.close()
                Path(copy.name).replace(self._objects / digest.hexdigest())
            except OSError:
                Path(copy.name).unlink()
                raise
        return digest.hexdigest()

    def add_bytes(self, content: bytes) -> str:
        """Keep a content; returns its digest."""
        object_id = hashlib.sha256(content).hexdigest()
        if not (self._objects / object_id).exists():
            self._write(self._objects / object_id, content)
        return object_id

    def read(self, object_id: str) -> bytes:
        """A content. `FileNotFoundError` when it is no longer kept."""
        return (self._objects / object_id).read_bytes()

    def size(self, object_id: str) -> int:
        """Bytes of a content. `FileNotFoundError` when it is no longer kept."""
        return (self._objects / object_id).stat().st_size

    def save(self, revision: str, seen_ms: int, files: tuple[SnapshotFile, ...]) -> None:
        """Keep a revision as the newest, and drop those that are too old."""
        kept = self.revisions()
        number = max(kept.values(), default=0) + 1
        listed = tuple(_Listed(os.fsencode(file.path), file.kind, file.object_id) for file in files)
        seen = Seen(revision=revision, seen_ms=seen_ms, listed=listed)
        self._write(self._place(revision, number), msgspec.json.encode(seen))
        if revision in kept:
            self._place(revision, kept.pop(revision)).unlink()
        too_old = list(kept.items())[: max(0, len(kept) + 1 - KEPT)]
        for name, old in too_old:
            self._place(name, old).unlink()
        if too_old:
            self._drop_unused()

    def revisions(self) -> dict[str, int]:
        """The number of each kept revision, oldest first; it grows with each change that was seen."""
        found = [path.stem.partition("-") for path in self._revisions.glob("*.json")]
        return dict(sorted(((name, int(number)) for number, _, name in found), key=lambda one: one[1]))

    def load(self, revision: str) -> Seen:
        """A kept revision. `KeyError` when it is no longer kept."""
        return self._decode(self._place(revision, self.revisions()[revision]))

    def _place(self, revision: str, number: int) -> Path:
        return self._revisions / f"{number}-{revision}.json"

    def _decode(self, path: Path) -> Seen:
        return msgspec.json.decode(path.read_bytes(), type=Seen)

    def _drop_unused(self) -> None:
        kept = map(self._decode, self._revisions.glob("*.json"))
        used = {file.object_id for seen in kept for file in seen.listed}
        for path in self._objects.iterdir():
            if path.name not in used:
                path.unlink()

    def _write(self, path: Path, content: bytes) -> None:
        fresh = path.with_name(f"{path.name}.new")
        fresh.write_bytes(content)
        fresh.replace(path)
