"""The files of a service's directory at a revision, for people to read."""

import posixpath

from composia.core.bundle import MAX_PATHS
from composia.core.file import FileContent, FileEntry, FileKind, FileList
from composia.core.suggest import nearest, unknown
from composia.core.suggest import shown as said
from composia.errors import Invalid, NotFound, NotPossible, TooLarge
from composia.plugins.source import Snapshot, SnapshotFile
from composia.server.contents import shown
from composia.server.repository import LETTERS, Repository

MOST = 1 << 20
"""Bytes of a file that can be read."""

NEAR = 1000
"""With so many paths one is compared that is not there."""


async def list_files(repository: Repository, service: str, revision: str) -> FileList:
    """The paths of a service's directory; an empty revision is the head. `TooLarge` for more than any bundle can hold."""
    snapshot = await repository.files(revision)
    directory = await directory_of(repository, service, snapshot)
    found = await snapshot.below(directory, most=2 * MAX_PATHS)
    return FileList(
        revision=snapshot.revision,
        directory=shown(directory.path),
        files=tuple(FileEntry(path=shown(relative(file, directory)), kind=file.kind) for file in found),
    )


async def read_file(repository: Repository, service: str, revision: str, path: str) -> FileContent:
    """A file of a service's directory, or a link's target; with its problems when the revision is the head."""
    _check(path)
    snapshot = await repository.files(revision)
    directory = await directory_of(repository, service, snapshot)
    file = await _file(snapshot, directory, path)
    try:
        data = await snapshot.read(file, most=MOST)
    except TooLarge as error:
        raise TooLarge(
            f"this file is larger than {MOST >> 20} MiB, so it is not shown", where=shown(file.path)
        ) from error
    definition = repository.head.find(service) if snapshot.revision == repository.head.revision else None
    problems = definition.problems if definition else ()
    return FileContent(
        revision=snapshot.revision,
        path=path,
        kind=file.kind,
        data=data,
        problems=tuple(problem for problem in problems if problem.file == file.path),
    )


async def directory_of(repository: Repository, service: str, snapshot: Snapshot) -> SnapshotFile:
    """Where a service lies in a snapshot. `NotFound` where there is none of that name."""
    found = await repository.directory(service, snapshot) if service else None
    if found is None:
        names = await repository.names(snapshot)
        raise unknown("service", service, names, where=f"revision {snapshot.revision[:LETTERS]}")
    return found


def relative(file: SnapshotFile, directory: SnapshotFile) -> str:
    """A path as it is called in the directory that it lies in."""
    return file.path[len(directory.path) :].lstrip("/")


def _check(path: str) -> None:
    """A path leads to something inside of the directory by its words alone."""
    if not path:
        raise Invalid("the path of a file is empty", hint="relative to the service's directory: compose.yaml")
    if path.startswith("/") or ".." in path.split("/"):
        raise Invalid("this path leaves the service's directory", where=said(path), hint="without .. or / before it")


async def _file(snapshot: Snapshot, directory: SnapshotFile, path: str) -> SnapshotFile:
    try:
        found = await snapshot.find(posixpath.join(directory.path, path))
    except NotFound:
        below = await snapshot.below(directory, most=2 * MAX_PATHS)
        known = [shown(relative(file, directory)) for file in below]
        where = f"{shown(directory.path) or '.'} at revision {snapshot.revision[:LETTERS]}"
        raise NotFound(f"no file {said(path)}", where=where, hint=nearest(path, known[:NEAR])) from None
    if found.kind is FileKind.DIRECTORY:
        raise Invalid("this is a directory", where=shown(found.path), hint="name a file in it")
    if found.kind is FileKind.SUBMODULE:
        raise NotPossible("this is a submodule; its files are in another repository", where=shown(found.path))
    return found
