"""A directory as it lies on disk, as if it were committed: without what Git ignores, and not copied."""

import os
import stat
from collections.abc import Container, Iterator, Sequence
from pathlib import Path

import anyio.to_thread
from dulwich.errors import NotGitRepository
from dulwich.ignore import IgnoreFilterManager
from dulwich.repo import Repo

from composia.core.file import FileKind
from composia.core.problem import Problem, Severity
from composia.errors import NotFound, TooLarge
from composia.plugins.listing import Listing
from composia.plugins.source import SMALL, SnapshotFile
from composia.server.contents import shown


class WorkingFiles:
    """A snapshot of which nothing is kept: it is read once, right after it was made. `OSError` where the directory
    cannot be read; what is closed to us further down is named in `problems`."""

    revision = "working"

    def __init__(self, root: Path) -> None:
        self._root = root
        self.problems: list[Problem] = []
        os.scandir(root).close()
        self._listing = Listing(sorted(self._files(), key=lambda file: file.path))

    async def find(self, path: str) -> SnapshotFile:
        """What lies at a path."""
        return self._listing.find(path)

    async def below(self, directory: SnapshotFile, *, known: Container[str] = ()) -> tuple[SnapshotFile, ...]:
        """Every path below a directory."""
        return self._listing.below(directory, known)

    async def read(self, file: SnapshotFile, *, most: int) -> bytes:
        """The content of a file, or a link's target."""
        content = await anyio.to_thread.run_sync(self._content, file, most)
        if content is None:
            raise TooLarge(f"this file has more than {most >> 20} MiB", where=file.path)
        return content

    async def read_small(self, files: Sequence[SnapshotFile]) -> tuple[bytes | None, ...]:
        """The contents of several files; None for a larger one."""
        return await anyio.to_thread.run_sync(lambda: tuple(self._content(file, SMALL) for file in files))

    def _content(self, file: SnapshotFile, most: int) -> bytes | None:
        place = self._root / file.path
        if file.kind is FileKind.DIRECTORY:
            raise NotFound(f"{file.path} is a directory and has no content", where=str(self._root))
        if file.kind is FileKind.LINK:
            return os.fsencode(place.readlink())
        with place.open("rb") as opened:
            content = opened.read(most + 1)
        return content if len(content) <= most else None

    def _files(self) -> Iterator[SnapshotFile]:
        ignored = _Ignored(self._root)
        for directory, names, file_names in os.walk(self._root, onerror=self._note):
            links = [name for name in names if Path(directory, name).is_symlink()]
            names[:] = [name for name in names if name != ".git" and not ignored.directory(Path(directory, name))]
            for name in (*file_names, *links):
                place = Path(directory, name)
                if name == ".git" or ignored.file(place):
                    continue
                mode = place.lstat().st_mode
                path = place.relative_to(self._root).as_posix()
                if stat.S_ISLNK(mode):
                    yield SnapshotFile(path=path, kind=FileKind.LINK, object_id=os.fsencode(path).hex())
                elif stat.S_ISREG(mode) and os.access(place, os.R_OK, effective_ids=True):
                    kind = FileKind.EXECUTABLE if mode & 0o100 else FileKind.FILE
                    yield SnapshotFile(path=path, kind=kind, object_id=os.fsencode(path).hex())
                elif stat.S_ISREG(mode):
                    self._note(PermissionError(0, "", str(place)))

    def _note(self, error: OSError) -> None:
        path = shown(os.path.relpath(error.filename, self._root))
        message = "this cannot be read and was left out"
        self.problems.append(Problem(severity=Severity.WARNING, message=message, file=path))


class _Ignored:
    """What Git leaves out: ignored, and not tracked all the same. Nothing, where there is no repository."""

    def __init__(self, root: Path) -> None:
        self._rules: IgnoreFilterManager | None = None
        self._top = root
        self._tracked: set[str] = set()
        try:
            repository = Repo.discover(str(root.resolve()))
        except NotGitRepository:
            return
        with repository:
            self._rules = IgnoreFilterManager.from_repo(repository)
            self._top = Path(repository.path)
            for path in map(os.fsdecode, repository.open_index()):
                while path not in self._tracked and path:
                    self._tracked.add(path)
                    path = os.path.dirname(path)  # noqa: PTH120, PLW2901 - a text, and up to the top

    def directory(self, place: Path) -> bool:
        """Whether a directory and all in it is left out."""
        return not place.is_symlink() and self._is_ignored(place, "/")

    def file(self, place: Path) -> bool:
        """Whether a file or a link is left out."""
        return self._is_ignored(place, "")

    def _is_ignored(self, place: Path, end: str) -> bool:
        if self._rules is None:
            return False
        path = (place.parent.resolve() / place.name).relative_to(self._top).as_posix()
        return path not in self._tracked and bool(self._rules.is_ignored(path + end))
