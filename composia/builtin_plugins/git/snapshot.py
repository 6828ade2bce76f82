"""The files of one commit, read from the clone by object."""

import stat
from collections.abc import Awaitable, Callable, Iterator

from dulwich.objects import Blob, Commit, ObjectID, Tree
from dulwich.repo import Repo

from composia.errors import NotFound
from composia.plugins.source import FileKind, SnapshotFile


class GitSnapshot:
    """A commit's files. `read_object` reads one from the clone."""

    def __init__(
        self, revision: str, files: tuple[SnapshotFile, ...], read_object: Callable[[str], Awaitable[bytes]]
    ) -> None:
        self.revision = revision
        self.files = files
        self._objects = {file.path: file.object_id for file in files if file.kind is not FileKind.SUBMODULE}
        self._read_object = read_object

    async def read(self, path: str) -> bytes:
        """The content of a file, or a link's target."""
        if path not in self._objects:
            raise NotFound(f"no file {path}", where=f"revision {self.revision[:12]}")
        return await self._read_object(self._objects[path])


def list_files(repo: Repo, commit: str) -> tuple[SnapshotFile, ...]:
    """Every path of a commit, sorted."""
    found = repo[ObjectID(commit.encode())]
    assert isinstance(found, Commit)
    return tuple(sorted(_walk(repo, found.tree), key=lambda file: file.path))


def read_blob(repo: Repo, object_id: str) -> bytes:
    """The content of a file."""
    blob = repo[ObjectID(object_id.encode())]
    assert isinstance(blob, Blob)
    return blob.data


def _walk(repo: Repo, root: ObjectID) -> Iterator[SnapshotFile]:
    left = [("", root)]
    while left:
        prefix, sha = left.pop()
        tree = repo[sha]
        assert isinstance(tree, Tree)
        for entry in tree.iteritems():
            path = prefix + entry.path.decode("utf-8", "surrogateescape")
            if stat.S_ISDIR(entry.mode):
                left.append((f"{path}/", entry.sha))
            else:
                yield SnapshotFile(path=path, kind=_kind(entry.mode), object_id=entry.sha.decode())


def _kind(mode: int) -> FileKind:
    if stat.S_ISLNK(mode):
        return FileKind.LINK
    if stat.S_ISREG(mode):
        return FileKind.EXECUTABLE if mode & 0o100 else FileKind.FILE
    return FileKind.SUBMODULE
