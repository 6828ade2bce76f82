"""The extension point `source`: where definitions come from. One is chosen."""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import Protocol

from composia.core.file import FileKind
from composia.core.revision import RepositoryState, Revision

SMALL = 64 << 10
"""Bytes that a file may have so that many are read at once."""

MOST_PATHS = 1_000_000
"""Paths that are listed at most. Few objects of Git make any number of them: trees whose entries are all one other tree."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SnapshotFile:
    """A path of a snapshot. Two of one kind with one `object_id` have the same content, at any path and revision; of a
    directory that is all that lies below it."""

    path: str
    kind: FileKind
    object_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PathChange:
    """A path at which something else lies after a commit than before it; None where there is nothing, or a directory."""

    before: SnapshotFile | None
    now: SnapshotFile | None

    @property
    def path(self) -> str:
        """Where it is."""
        return (self.now or self.before).path  # type: ignore[union-attr] # one of them is there


@dataclass(frozen=True, kw_only=True)
class Commit:
    """A revision, and what it changed against the one before it, by path. Where that is very much, a directory may stand for
    what was changed in it."""

    revision: Revision
    changed: tuple[PathChange, ...]


class Snapshot(Protocol):
    """All files of the repository at one revision; it never changes."""

    @property
    def revision(self) -> str:
        """The full name of the revision."""
        ...

    async def find(self, path: str) -> SnapshotFile:
        """What lies at a path, with `/` between its parts; the empty one is the whole. `NotFound` where there is nothing."""
        ...

    async def below(
        self, directory: SnapshotFile, *, known: Container[str] = (), most: int = MOST_PATHS
    ) -> tuple[SnapshotFile, ...]:
        """Every path below a directory of this snapshot, sorted, directories among them. `TooLarge` for more than `most`.

        One whose object id is in `known` is named but not entered, so that only what has changed is looked at.
        """
        ...

    async def read(self, file: SnapshotFile, *, most: int) -> bytes:
        """The content of a file of this snapshot, or a link's target. Errors: `TooLarge` for more than `most` bytes,
        which are then not read; `NotFound` for what has no content."""
        ...

    async def read_small(self, files: Sequence[SnapshotFile]) -> tuple[bytes | None, ...]:
        """The contents of several files at once, which takes less time; None for one of more than `SMALL` bytes."""
        ...


class Source(Protocol):
    """Promises, each tested by `composia.plugins.testing.source`:

    1. `sync` never raises because the remote is away: the state it returns says so and keeps the last good head.
    2. A snapshot of a revision is the same whenever it is read, also after the branch was rewritten or is gone.
    3. `resolve` takes a branch, a tag, a full or an abbreviated name; an unknown or ambiguous one is `NotFound`.
    4. No error text or log line holds a password or token.
    5. `log` says of each revision what it changed, as its snapshot and that of the one after it in the log differ.
    6. `revisions` says of each revision what `log` does, also after the branch was rewritten.
    """

    async def sync(self, now_ms: int) -> RepositoryState:
        """Ask the remote where the branch is, and fetch only when it moved."""
        ...

    async def resolve(self, revision: str) -> str:
        """The full name of a revision; empty means the branch's head."""
        ...

    async def snapshot(self, revision: str) -> Snapshot:
        """The files at a revision given by its full name."""
        ...

    async def log(self, revision: str, limit: int) -> tuple[Commit, ...]:
        """Up to `limit` commits from a revision backwards, newest first, one after the other: of a merge it goes on with the
        first parent, and what was merged is what the merge changed."""
        ...

    async def revisions(self, names: Sequence[str]) -> tuple[Revision | None, ...]:
        """What is known of revisions given by their full names, without what they changed; None for each that is not there."""
        ...

    async def close(self) -> None:
        """Let go of files and connections."""
        ...
