"""Where services lie in a snapshot, without looking again into a directory that was seen before."""

import posixpath
from collections import ChainMap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from composia.core.file import FileKind
from composia.core.service import META_FILE
from composia.errors import TooLarge
from composia.plugins.source import MOST_PATHS, Snapshot, SnapshotFile

MISNAMED = frozenset({"composia-meta.yml", "composia_meta.yaml", "composia_meta.yml", META_FILE})

TRIM_AT = 2_000
"""With how many directories known, and services in them, it is first asked which of them are still in use."""

MOST = 100_000
"""So many services, and things that only look like one, a repository may have. Directories that are known are not counted path by
path, and a commit that names one of them ten times has ten times what is in it."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What concerns services in a snapshot: their directories, files and directories that only look like a definition,
    submodules."""

    services: tuple[SnapshotFile, ...]
    misnamed: tuple[str, ...]
    no_files: tuple[str, ...]
    submodules: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Below:
    """What concerns services in a directory, by path relative to it; the object ids of services and of subdirectories."""

    services: tuple[tuple[str, str], ...]
    misnamed: tuple[str, ...]
    no_files: tuple[str, ...]
    submodules: tuple[str, ...]
    directories: tuple[str, ...]


class ServiceFinder:
    """Knows what lies in a directory by its object id, so that a new revision costs what has changed in it."""

    def __init__(self) -> None:
        self._known: dict[str, _Below] = {}
        self._weight = 0
        self._trim_at = TRIM_AT

    async def find(self, snapshot: Snapshot) -> Finding:
        """Every directory with a definition, by path. `TooLarge` where nobody could list what lies there."""
        known = self._known
        root = await snapshot.find("")
        if root.object_id not in known:
            listed = await snapshot.below(root, known=known, most=MOST_PATHS)
            understood = _understood((root, *listed), known)
            self._weight += _weight(understood)
            known.update(understood)
        self._trim(known, root.object_id)
        below = known[root.object_id]
        services = (
            SnapshotFile(path=path, kind=FileKind.DIRECTORY, object_id=object_id) for path, object_id in below.services
        )
        return Finding(
            services=tuple(sorted(services, key=lambda directory: directory.path)),
            misnamed=tuple(sorted(below.misnamed)),
            no_files=tuple(sorted(below.no_files)),
            submodules=tuple(sorted(below.submodules)),
        )

    def _trim(self, known: dict[str, _Below], root: str) -> None:
        """Forget what this snapshot does not have. Whoever is at another one keeps what it began with."""
        if self._weight < self._trim_at:
            return
        used: dict[str, _Below] = {}
        left = [root]
        while left:
            object_id = left.pop()
            if object_id not in used:
                used[object_id] = known[object_id]
                left += used[object_id].directories
        self._known, self._weight = used, _weight(used)
        self._trim_at = max(TRIM_AT, 2 * self._weight)


def _weight(known: Mapping[str, _Below]) -> int:
    """Each change below a directory makes another one, in which all its services are named again."""
    return sum(1 + len(below.services) for below in known.values())


def _understood(listed: Iterable[SnapshotFile], known: dict[str, _Below]) -> dict[str, _Below]:
    """The directories that were entered; the others are known."""
    children: dict[str, list[SnapshotFile]] = {}
    entered: list[SnapshotFile] = []
    for entry in listed:
        if entry.path:
            children.setdefault(posixpath.dirname(entry.path), []).append(entry)
        if entry.kind is FileKind.DIRECTORY and entry.object_id not in known:
            entered.append(entry)
    found: dict[str, _Below] = {}
    for directory in reversed(entered):  # what lies in a directory is listed after it
        found[directory.object_id] = _below(
            directory.object_id, children.get(directory.path, ()), ChainMap(found, known)
        )
    return found


def _below(object_id: str, children: Iterable[SnapshotFile], known: Mapping[str, _Below]) -> _Below:
    services: list[tuple[str, str]] = []
    misnamed: list[str] = []
    no_files: list[str] = []
    submodules: list[str] = []
    directories: list[str] = []
    for child in children:
        name = posixpath.basename(child.path)
        if child.kind is FileKind.DIRECTORY:
            inner = known[child.object_id]
            directories.append(child.object_id)
            services += [(f"{name}/{path}" if path else name, found) for path, found in inner.services]
            misnamed += [f"{name}/{path}" for path in inner.misnamed]
            no_files += [*([name] if name == META_FILE else []), *(f"{name}/{path}" for path in inner.no_files)]
            submodules += [f"{name}/{path}" for path in inner.submodules]
        elif child.kind is FileKind.SUBMODULE:
            submodules.append(name)
        elif name == META_FILE:
            services.append(("", object_id))
        elif name.lower() in MISNAMED:
            misnamed.append(name)
        if len(services) + len(misnamed) + len(no_files) + len(submodules) > MOST:
            raise TooLarge(
                f"more than {MOST} services, submodules and misnamed definitions", hint="use several repositories"
            )
    return _Below(
        services=tuple(services),
        misnamed=tuple(misnamed),
        no_files=tuple(no_files),
        submodules=tuple(submodules),
        directories=tuple(directories),
    )
