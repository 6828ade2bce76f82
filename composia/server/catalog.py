"""The catalog: every service definition of a snapshot, each by itself, so that a broken one hides no other."""

import hashlib
import posixpath
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from composia.core.bundle import BundleEntry, EntryKind, bundle_digest
from composia.core.definition.compose_file import check_compose_file
from composia.core.definition.meta import Meta, read_meta
from composia.core.problem import Problem, Severity
from composia.core.service import META_FILE, Catalog, Definition
from composia.plugins.source import FileKind, Snapshot, SnapshotFile
from composia.server.service_files import service_files

LFS_POINTER = b"version https://git-lfs.github.com/spec/"


@dataclass(frozen=True, kw_only=True)
class _Content:
    sha256: str
    size: int
    lfs_pointer: bool
    target: str


class CatalogReader:
    """Reads snapshots. What did not change since the last one is not read again."""

    def __init__(self, sections: Collection[str] = ()) -> None:
        self._sections = sections
        self._contents: dict[tuple[str, FileKind], _Content] = {}
        self._definitions: dict[tuple[SnapshotFile, ...], Definition] = {}

    async def read(self, snapshot: Snapshot) -> Catalog:
        """Every definition, by name, with what can only be said of all of them together."""
        directories = [_directory_of(file) for file in snapshot.files if posixpath.basename(file.path) == META_FILE]
        known, self._definitions = self._definitions, {}
        contents, self._contents = self._contents, {}
        definitions = []
        for directory in directories:
            files = service_files(snapshot.files, directory)
            if files in known:
                definition = known[files]
                self._contents |= {(f.object_id, f.kind): contents[f.object_id, f.kind] for f in files if _readable(f)}
            else:
                definition = await self._definition(snapshot, directory, files, contents)
            self._definitions[files] = definition
            definitions.append(definition)
        checked = _clashing_projects(_duplicates(_nested(definitions)))
        return Catalog(
            revision=snapshot.revision, definitions=tuple(sorted(checked, key=lambda definition: definition.name))
        )

    async def _definition(
        self,
        snapshot: Snapshot,
        directory: str,
        files: tuple[SnapshotFile, ...],
        contents: dict[tuple[str, FileKind], _Content],
    ) -> Definition:
        for file in files:
            if _readable(file):
                key = (file.object_id, file.kind)
                self._contents[key] = contents.get(key) or _digest(file, await snapshot.read(file.path))
        relative = {file.path[len(directory) :].lstrip("/"): file for file in files}
        meta = read_meta(await snapshot.read(relative[META_FILE].path), directory, relative, self._sections)
        problems = [*meta.problems, *self._file_problems(directory, relative)]
        for name in meta.service.compose_files if meta.service else ():
            content = await snapshot.read(relative[name].path)
            problems += check_compose_file(content, relative[name].path, relative)
        return _as_definition(meta, directory, self._bundle(relative), problems)

    def _bundle(self, relative: dict[str, SnapshotFile]) -> str:
        contents = {name: self._contents[f.object_id, f.kind] for name, f in relative.items() if _readable(f)}
        return bundle_digest(
            BundleEntry(path=name, kind=EntryKind(relative[name].kind.value), sha256=c.sha256, size=c.size)
            for name, c in contents.items()
        )

    def _file_problems(self, directory: str, relative: dict[str, SnapshotFile]) -> Iterator[Problem]:
        for name, file in relative.items():
            if file.kind is FileKind.SUBMODULE:
                yield _error(file.path, "a submodule cannot be deployed", "copy its files into the repository")
                continue
            content = self._contents[file.object_id, file.kind]
            if content.lfs_pointer:
                yield _error(file.path, "this is a Git LFS pointer, not the file", "commit the file itself")
            if content.target and _leaves(name, content.target):
                yield _error(file.path, f"this link leaves the service directory: {content.target}", "")


def _directory_of(file: SnapshotFile) -> str:
    return posixpath.dirname(file.path)


def _readable(file: SnapshotFile) -> bool:
    return file.kind is not FileKind.SUBMODULE


def _digest(file: SnapshotFile, content: bytes) -> _Content:
    link = file.kind is FileKind.LINK
    return _Content(
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        lfs_pointer=not link and content.startswith(LFS_POINTER),
        target=content.decode("utf-8", "surrogateescape") if link else "",
    )


def _leaves(name: str, target: str) -> bool:
    end = posixpath.normpath(posixpath.join(posixpath.dirname(name), target))
    return target.startswith("/") or end == ".." or end.startswith("../")


def _as_definition(meta: Meta, directory: str, bundle: str, problems: Iterable[Problem]) -> Definition:
    definition = Definition(
        name=meta.name, directory=directory, service=meta.service, bundle=bundle, problems=tuple(problems)
    )
    return replace(definition, service=None) if definition.errors else definition


def _error(file: str, message: str, hint: str) -> Problem:
    return Problem(severity=Severity.ERROR, message=message, file=file, hint=hint)


def _broken(definition: Definition, message: str, hint: str) -> Definition:
    file = posixpath.join(definition.directory, META_FILE)
    return replace(definition, service=None, problems=(*definition.problems, _error(file, message, hint)))


def _nested(definitions: list[Definition]) -> list[Definition]:
    """A service inside another one is an error at the inner one."""
    directories = {definition.directory for definition in definitions}

    def outer(directory: str) -> str | None:
        while directory:
            directory = posixpath.dirname(directory)
            if directory in directories:
                return directory or "."
        return None

    return [
        _broken(d, f"it lies inside of another service, {found}", "move one of them")
        if (found := outer(d.directory))
        else d
        for d in definitions
    ]


def _duplicates(definitions: list[Definition]) -> list[Definition]:
    """A name that is given twice is an error at both."""
    by_name: dict[str, list[str]] = {}
    for definition in definitions:
        by_name.setdefault(definition.name, []).append(definition.directory)
    return [
        _broken(d, f"name {d.name} is given in {' and '.join(by_name[d.name])}", "names are unique in a repository")
        if len(by_name[d.name]) > 1
        else d
        for d in definitions
    ]


def _clashing_projects(definitions: list[Definition]) -> list[Definition]:
    """Two services with one Compose project on one node would take each other's containers for their own."""
    owners: dict[tuple[str, str], str] = {}
    checked = []
    for definition in definitions:
        service = definition.service
        claims = [(node, service.project) for node in service.nodes] if service else []
        others = sorted({owners[claim] for claim in claims if claim in owners})
        if service and others:
            message = f"Compose project {service.project} on its nodes belongs to service {others[0]}"
            checked.append(_broken(definition, message, "set project_name"))
            continue
        owners |= dict.fromkeys(claims, definition.name)
        checked.append(definition)
    return checked
