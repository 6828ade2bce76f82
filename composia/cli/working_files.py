"""A directory as it lies on disk, as if it were committed: without what Git ignores, and not copied."""

import os
import stat
from collections.abc import Container, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import anyio.to_thread
from dulwich.errors import NotGitRepository
from dulwich.ignore import IgnoreFilterManager
from dulwich.index import ConflictedIndexEntry, Index, IndexEntry
from dulwich.objects import S_ISGITLINK
from dulwich.repo import Repo, UnsupportedExtension, UnsupportedVersion

from composia.core.file import FileKind
from composia.core.problem import Problem, Severity
from composia.errors import NotFound, TooLarge
from composia.plugins.listing import Listing
from composia.plugins.source import MOST_PATHS, SMALL, SnapshotFile
from composia.server.contents import LFS_POINTER, shown


class WorkingFiles:
    """A snapshot of which nothing is kept: it is read once, right after it was made. `OSError` where the directory
    cannot be read; what is closed to us further down is named in `problems`."""

    revision = "working"

    def __init__(self, root: Path) -> None:
        self._root = root
        self.problems: list[Problem] = []
        self._pointers: dict[str, bytes] = {}
        os.scandir(root).close()
        self._listing = Listing(sorted(self._files(), key=lambda file: file.path))

    async def find(self, path: str) -> SnapshotFile:
        """What lies at a path."""
        return self._listing.find(path)

    async def below(
        self, directory: SnapshotFile, *, known: Container[str] = (), most: int = MOST_PATHS
    ) -> tuple[SnapshotFile, ...]:
        """Every path below a directory."""
        return self._listing.below(directory, known, most)

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
        if file.path in self._pointers:
            return self._pointers[file.path]
        if file.kind is FileKind.DIRECTORY:
            raise NotFound(f"{file.path} is a directory and has no content", where=str(self._root))
        if file.kind is FileKind.LINK:
            return os.fsencode(place.readlink())
        with place.open("rb") as opened:
            content = opened.read(most + 1)
        return content if len(content) <= most else None

    def _files(self) -> Iterator[SnapshotFile]:
        git = _Git(self._root)
        if git.unknown:
            message = "this is of a kind that is unknown here, so what Git ignores and what it tracks may be told apart wrongly"
            self.problems.append(Problem(severity=Severity.WARNING, message=message, file=git.unknown))
        for directory, names, file_names in os.walk(self._root, onerror=self._note):
            links = [name for name in names if Path(directory, name).is_symlink()]
            for name in [name for name in names if git.is_submodule(Path(directory, name))]:
                names.remove(name)
                yield self._file(Path(directory, name), FileKind.SUBMODULE)
            names[:] = [name for name in names if name != ".git" and not git.ignores_directory(Path(directory, name))]
            for name in (*file_names, *links):
                place = Path(directory, name)
                if name == ".git" or git.ignores_file(place):
                    continue
                mode = place.lstat().st_mode
                if stat.S_ISLNK(mode):
                    yield self._file(place, FileKind.LINK)
                elif stat.S_ISREG(mode) and os.access(place, os.R_OK, effective_ids=True):
                    file = self._file(place, FileKind.EXECUTABLE if mode & 0o100 else FileKind.FILE)
                    if pointer := git.pointer(place):
                        self._pointers[file.path] = pointer
                    yield file
                elif stat.S_ISREG(mode):
                    self._note(PermissionError(0, "", str(place)))

    def _file(self, place: Path, kind: FileKind) -> SnapshotFile:
        path = place.relative_to(self._root).as_posix()
        return SnapshotFile(path=path, kind=kind, object_id=os.fsencode(path).hex())

    def _note(self, error: OSError) -> None:
        path = shown(os.path.relpath(error.filename, self._root))
        message = "this cannot be read and was left out"
        self.problems.append(Problem(severity=Severity.WARNING, message=message, file=path))


class _Git:
    """What Git makes of what lies there: it leaves out what is ignored, and not tracked all the same; it holds no more
    than a commit's name of a submodule, and a pointer of what Git LFS keeps. Where there is no repository, nothing."""

    def __init__(self, root: Path) -> None:
        self._rules: IgnoreFilterManager | None = None
        self._top = root
        self._tracked: set[str] = set()
        self._submodules: set[str] = set()
        self._pointers: dict[str, bytes] = {}
        self.unknown = ""
        """The file of Git's that is of a kind that is not understood here."""
        try:
            repository = Repo.discover(str(root.resolve()))
        except NotGitRepository:
            return
        except (UnsupportedExtension, UnsupportedVersion):
            self.unknown = ".git/config"
            return
        with repository:
            self._rules = IgnoreFilterManager.from_repo(repository)
            self._top = Path(repository.path)
            try:
                index = repository.open_index()
            except Exception:  # noqa: BLE001 - whatever a split, a sparse or a spoilt index leads to
                self.unknown = ".git/index"
                return
            self._submodules = {os.fsdecode(path) for path in index if S_ISGITLINK(_mode(index[path]))}
            self._pointers = _pointers(repository, index)
            for path in map(os.fsdecode, index):
                while path not in self._tracked and path:
                    self._tracked.add(path)
                    path = os.path.dirname(path)  # noqa: PTH120, PLW2901 - a text, and up to the top

    def is_submodule(self, place: Path) -> bool:
        """Whether a directory is a submodule."""
        return bool(self._submodules) and self._path(place) in self._submodules

    def pointer(self, place: Path) -> bytes | None:
        """What Git holds in the place of a file that Git LFS keeps."""
        return self._pointers.get(self._path(place)) if self._pointers else None

    def ignores_directory(self, place: Path) -> bool:
        """Whether a directory and all in it is left out."""
        return not place.is_symlink() and self._is_ignored(place, "/")

    def ignores_file(self, place: Path) -> bool:
        """Whether a file or a link is left out."""
        return self._is_ignored(place, "")

    def _is_ignored(self, place: Path, end: str) -> bool:
        if self._rules is None:
            return False
        path = self._path(place)
        return path not in self._tracked and bool(self._rules.is_ignored(path + end))

    def _path(self, place: Path) -> str:
        return (place.parent.resolve() / place.name).relative_to(self._top).as_posix()


def _mode(entry: IndexEntry | ConflictedIndexEntry) -> int:
    return entry.mode if isinstance(entry, IndexEntry) else 0


def _pointers(repository: Repo, index: Index) -> dict[str, bytes]:
    """What the index holds of the files that are said to be kept by Git LFS, where that is a pointer."""
    found: dict[str, bytes] = {}
    if not any(path.rpartition(b"/")[2] == b".gitattributes" for path in index):
        return found
    attributes = repository.get_gitattributes()
    for path in index:
        entry = index[path]
        if isinstance(entry, IndexEntry) and attributes.match_path(path).get(b"filter") == b"lfs":
            with suppress(KeyError):  # of a partial clone, where it was not fetched
                _, content = repository.object_store.get_raw(entry.sha)
                if content.startswith(LFS_POINTER):
                    found[os.fsdecode(path)] = content
    return found
