"""The files of one commit, read from the clone by object."""

import stat
from collections.abc import Awaitable, Callable, Iterator

from dulwich.objects import Blob, Tree
from dulwich.repo import Repo

from composia.errors import NotFound
from composia.plugins.source import FileKind, SnapshotFile


class GitSnapshot:
    """A commit's files. `run` calls a function in the clone's thread."""

    def __init__(self, revision: str, files: tuple[SnapshotFile, ...], read: Callable[[str], Awaitable[bytes]]) -> None:
        self.revision = revision
        self.files = files
        self._objects = {file.path: file.object_id for file in files if file.kind is not FileKind.SUBMODULE}
        self._read = read

    async def read(self, path: str) -> bytes:
        """The content of a file, or a link's target."""
        if path not in self._objects:
            raise NotFound(f"no file {path}", where=f"revision {self.revision[:12]}")
        return await self._read(self._objects[path])


def list_files(repo: Repo, commit: bytes) -> tuple[SnapshotFile, ...]:
    """Every path of a commit, sorted."""
    tree = repo[repo[commit].tree]  # type: ignore[attr-defined]  # the revision was resolved to a commit
    assert isinstance(tree, Tree)
    return tuple(sorted(_walk(repo, tree, ""), key=lambda file: file.path))


def read_blob(repo: Repo, object_id: str) -> bytes:
    """The content of a file."""
    blob = repo[object_id.encode()]
    assert isinstance(blob, Blob)
    return blob.data


def _walk(repo: Repo, tree: Tree, prefix: str) -> Iterator[SnapshotFile]:
    for entry in tree.iteritems():
        path = prefix + entry.path.decode("utf-8", "surrogateescape")
        if stat.S_ISDIR(entry.mode):
            child = repo[entry.sha]
            assert isinstance(child, Tree)
            yield from _walk(repo, child, f"{path}/")
        else:
            yield SnapshotFile(path=path, kind=_kind(entry.mode), object_id=entry.sha.decode())


def _kind(mode: int) -> FileKind:
    if stat.S_ISLNK(mode):
        return FileKind.LINK
    if stat.S_ISREG(mode):
        return FileKind.EXECUTABLE if mode & 0o100 else FileKind.FILE
    return FileKind.SUBMODULE
