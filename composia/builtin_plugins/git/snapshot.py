"""The files of one commit, read from the clone by object."""

from collections.abc import Container, Sequence

from dulwich.objects import Commit, ObjectID, Tree
from dulwich.repo import Repo

from composia.builtin_plugins.git.changes import kind_of
from composia.builtin_plugins.git.lane import Lane
from composia.builtin_plugins.git.sizes import size_of
from composia.core.file import FileKind
from composia.errors import NotFound, TooLarge
from composia.plugins.listing import too_many
from composia.plugins.source import MOST_PATHS, SMALL, SnapshotFile


class GitSnapshot:
    """A commit's files."""

    def __init__(self, revision: str, tree: str, lane: Lane) -> None:
        self.revision = revision
        self._root = SnapshotFile(path="", kind=FileKind.DIRECTORY, object_id=tree)
        self._lane = lane

    async def find(self, path: str) -> SnapshotFile:
        """What lies at a path."""
        found = await self._lane.run(lambda repo: _find(repo, self._root, path))
        if found is None:
            raise NotFound(f"no file {path}", where=f"revision {self.revision[:12]}")
        return found

    async def below(
        self, directory: SnapshotFile, *, known: Container[str] = (), most: int = MOST_PATHS
    ) -> tuple[SnapshotFile, ...]:
        """Every path below a directory; one that is known is not entered."""
        return await self._lane.run(lambda repo: _walk(repo, directory, known, most))

    async def read(self, file: SnapshotFile, *, most: int) -> bytes:
        """The content of a file, or a link's target."""
        self._check(file)
        found = await self._lane.run(lambda repo: _read(repo, file, most))
        if isinstance(found, int):
            raise TooLarge(f"this file has {found >> 20} MiB, more than {most >> 20}", where=file.path)
        return found

    async def read_small(self, files: Sequence[SnapshotFile]) -> tuple[bytes | None, ...]:
        """The contents of several files; None for a larger one."""
        for file in files:
            self._check(file)
        found = await self._lane.run(lambda repo: [_read(repo, file, SMALL) for file in files])
        return tuple(content if isinstance(content, bytes) else None for content in found)

    def _check(self, file: SnapshotFile) -> None:
        if file.kind in (FileKind.DIRECTORY, FileKind.SUBMODULE):
            raise NotFound(f"{file.path} is a {file.kind} and has no content", where=f"revision {self.revision[:12]}")


def tree_of(repo: Repo, commit: str) -> str:
    """The object id of all that a commit holds."""
    found = repo[ObjectID(commit.encode())]
    assert isinstance(found, Commit)
    tree: bytes = found.tree
    return tree.decode()


def _read(repo: Repo, file: SnapshotFile, most: int) -> bytes | int:
    """The content, or its size where that is too much."""
    object_id = ObjectID(file.object_id.encode())
    size = size_of(repo, object_id)
    return size if size > most else repo.object_store.get_raw(object_id)[1]


def _find(repo: Repo, root: SnapshotFile, path: str) -> SnapshotFile | None:
    found = root
    for part in path.split("/") if path else ():
        if found.kind is not FileKind.DIRECTORY:
            return None
        name = f"{found.path}/{part}" if found.path else part
        entry = next((entry for entry in _children(repo, found) if entry.path == name), None)
        if entry is None:
            return None
        found = entry
    return found


def _walk(repo: Repo, directory: SnapshotFile, known: Container[str], most: int) -> tuple[SnapshotFile, ...]:
    found: list[SnapshotFile] = []
    left = [directory]
    while left:
        children = _children(repo, left.pop())
        found += children
        if len(found) > most:
            raise too_many(found, directory, most)
        left += [child for child in children if child.kind is FileKind.DIRECTORY and child.object_id not in known]
    return tuple(sorted(found, key=lambda file: file.path))


def _children(repo: Repo, directory: SnapshotFile) -> list[SnapshotFile]:
    tree = repo[ObjectID(directory.object_id.encode())]
    assert isinstance(tree, Tree)
    prefix = f"{directory.path}/" if directory.path else ""
    return [
        SnapshotFile(
            path=prefix + entry.path.decode("utf-8", "surrogateescape"),
            kind=kind_of(entry.mode),
            object_id=entry.sha.decode(),
        )
        for entry in tree.iteritems()
    ]
