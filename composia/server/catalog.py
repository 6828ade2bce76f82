"""The catalog: every service definition of a snapshot, each by itself, so that a broken one hides no other."""

import posixpath
from collections import deque
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

import anyio.to_thread

from composia.core.bundle import BundleEntry, EntryKind, bundle_digest
from composia.core.definition.reading import Reading, read_definition
from composia.core.definition.tree import Tree
from composia.core.problem import Problem, Severity
from composia.core.service import META_FILE, Catalog, Definition
from composia.plugins.source import FileKind, Snapshot, SnapshotFile
from composia.server.contents import Content, ContentKey, content_problems, read_content, shown
from composia.server.service_files import service_files

MISNAMED = frozenset({"composia-meta.yml", "composia_meta.yaml", "composia_meta.yml", META_FILE})


@dataclass(frozen=True, kw_only=True)
class _Found:
    """A service directory as read: its files, what is known of their contents, and the definition."""

    files: tuple[SnapshotFile, ...]
    contents: dict[ContentKey, Content]
    definition: Definition
    line: int
    column: int
    named: bool
    """Whether the name is the definition's own and not that of its directory."""

    def broken(self, message: str, hint: str) -> "_Found":
        """The same with an error that concerns its name or place."""
        problem = Problem(
            severity=Severity.ERROR,
            message=message,
            file=posixpath.join(self.definition.directory, META_FILE),
            line=self.line,
            column=self.column,
            value=self.definition.name if self.line else "",
            hint=hint,
        )
        definition = replace(self.definition, service=None, problems=(*self.definition.problems, problem))
        return replace(self, definition=definition)


class CatalogReader:
    """Reads snapshots. A service that did not change since one of the last two is not read again."""

    def __init__(self, sections: Collection[str] = ()) -> None:
        self._sections = sections
        self._recent: deque[dict[str, _Found]] = deque(maxlen=2)

    async def read(self, snapshot: Snapshot) -> Catalog:
        """Every definition, by name, with what can only be said of all of them together."""
        found: dict[str, _Found] = {}
        everything = snapshot.files
        for directory in _directories(everything):
            files = service_files(everything, directory)
            earlier = [known[directory] for known in self._recent if directory in known]
            same = next((service for service in earlier if service.files == files), None)
            found[directory] = same or await self._read_service(snapshot, directory, files, earlier)
        self._recent.append(found)
        checked = _clashing_projects(_duplicates(_nested(list(found.values()))))
        return Catalog(
            revision=snapshot.revision,
            definitions=tuple(sorted((service.definition for service in checked), key=_order)),
            problems=tuple(_misnamed(everything)),
        )

    async def _read_service(
        self, snapshot: Snapshot, directory: str, files: tuple[SnapshotFile, ...], earlier: Iterable[_Found]
    ) -> _Found:
        known: dict[ContentKey, Content] = {}
        for service in earlier:
            known |= service.contents
        relative = {file.path[len(directory) :].lstrip("/"): file for file in files}
        contents = {
            name: known.get((file.object_id, file.kind)) or await read_content(snapshot, file)
            for name, file in relative.items()
            if file.kind is not FileKind.SUBMODULE
        }
        reading = await self._read_definition(snapshot, directory, relative, contents)
        unfit = tuple(content_problems(directory, relative, contents))
        definition = Definition(
            name=reading.name or posixpath.basename(shown(directory)) or ".",
            directory=shown(directory),
            service=None if unfit else reading.service,
            bundle="" if unfit else _bundle(relative, contents),
            problems=(*reading.problems, *unfit),
        )
        return _Found(
            files=files,
            contents={(relative[name].object_id, relative[name].kind): content for name, content in contents.items()},
            definition=definition,
            line=reading.line,
            column=reading.column,
            named=bool(reading.name),
        )

    async def _read_definition(
        self, snapshot: Snapshot, directory: str, relative: dict[str, SnapshotFile], contents: dict[str, Content]
    ) -> Reading:
        """Read the definition and, as often as it asks for more files, those."""
        tree = Tree(
            files=frozenset(
                name for name, file in relative.items() if file.kind in (FileKind.FILE, FileKind.EXECUTABLE)
            ),
            links={name: content.target for name, content in contents.items() if content.target},
        )
        texts: dict[str, bytes] = {}
        while True:
            reading = await anyio.to_thread.run_sync(read_definition, shown(directory), tree, texts, self._sections)
            if not reading.wanted:
                return reading
            for name in reading.wanted:
                texts[name] = await snapshot.read(relative[name].path)


def _directories(files: Iterable[SnapshotFile]) -> list[str]:
    return [posixpath.dirname(file.path) for file in files if posixpath.basename(file.path) == META_FILE]


def _bundle(relative: dict[str, SnapshotFile], contents: dict[str, Content]) -> str:
    return bundle_digest(
        BundleEntry(path=name, kind=EntryKind(relative[name].kind.value), sha256=content.sha256, size=content.size)
        for name, content in contents.items()
    )


def _order(definition: Definition) -> tuple[str, bool, str]:
    """By name; of one name the one that can be deployed first, for the other may only lie in a directory of that name."""
    return definition.name, definition.service is None, definition.directory


def _misnamed(files: Iterable[SnapshotFile]) -> Iterable[Problem]:
    for file in files:
        name = posixpath.basename(file.path)
        if name != META_FILE and name.lower() in MISNAMED:
            hint = f"rename it to {META_FILE}"
            yield Problem(severity=Severity.WARNING, message="this is not read", file=shown(file.path), hint=hint)


def _nested(services: list[_Found]) -> list[_Found]:
    """A service inside another one is an error at the inner one."""
    directories = {service.definition.directory for service in services}

    def outer(directory: str) -> str | None:
        while directory:
            directory = posixpath.dirname(directory)
            if directory in directories:
                return directory or "."
        return None

    return [
        service.broken(f"this service lies inside of another one, {found}", "move one of them")
        if (found := outer(service.definition.directory))
        else service
        for service in services
    ]


def _duplicates(services: list[_Found]) -> list[_Found]:
    """A name that is given twice is an error at both."""
    places: dict[str, list[str]] = {}
    for service in services:
        if service.named:
            places.setdefault(service.definition.name, []).append(service.definition.directory or ".")

    def checked(service: _Found) -> _Found:
        name = service.definition.name
        others = [place for place in places.get(name, ()) if place != (service.definition.directory or ".")]
        if not service.named or not others:
            return service
        return service.broken(f"the name {name} is also given in {', '.join(others)}", "every service needs its own")

    return [checked(service) for service in services]


def _clashing_projects(services: list[_Found]) -> list[_Found]:
    """Two services with one Compose project on one node would take each other's containers for their own."""
    claims: dict[tuple[str, str], list[str]] = {}
    for service in services:
        for claim in _claims(service.definition):
            claims.setdefault(claim, []).append(service.definition.name)

    def checked(service: _Found) -> _Found:
        for node, project in _claims(service.definition):
            others = [name for name in claims[node, project] if name != service.definition.name]
            if others:
                message = f"its Compose project {project} is also that of {', '.join(others)} on {node}"
                return service.broken(message, "give each its own project_name")
        return service

    return [checked(service) for service in services]


def _claims(definition: Definition) -> list[tuple[str, str]]:
    service = definition.service
    return [(node, service.project) for node in service.nodes] if service else []
