"""The catalog: every service definition of a snapshot, each by itself, so that a broken one hides no other."""

import posixpath
from collections import deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

import anyio.to_thread

from composia.core.bundle import MAX_CONTENT, BundleEntry, EntryKind, bundle_digest
from composia.core.definition.reading import Reading, read_definition
from composia.core.definition.tree import Tree
from composia.core.file import FileKind
from composia.core.problem import Problem, Severity
from composia.core.service import META_FILE, Catalog, Definition
from composia.plugins.source import Snapshot, SnapshotFile
from composia.server.contents import Content, ContentKey, Contents, content_problems, read_contents, shown
from composia.server.finding import Finding, ServiceFinder


@dataclass(frozen=True, kw_only=True)
class _Found:
    """A service directory as read: its object id, what is known of its files' contents, and the definition."""

    object_id: str
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
        self._finder = ServiceFinder()
        self._recent: deque[dict[str, _Found]] = deque(maxlen=2)

    async def read(self, snapshot: Snapshot) -> Catalog:
        """Every definition, by name, with what can only be said of all of them together."""
        finding = await self._finder.find(snapshot)
        found: dict[str, _Found] = {}
        for directory in finding.services:
            earlier = [known[directory.path] for known in self._recent if directory.path in known]
            same = next((service for service in earlier if service.object_id == directory.object_id), None)
            found[directory.path] = same or await self._read_service(snapshot, directory, earlier)
        self._recent.append(found)
        checked = _clashing_projects(_duplicates(_nested(list(found.values()))))
        return Catalog(
            revision=snapshot.revision,
            definitions=tuple(sorted((service.definition for service in checked), key=_order)),
            problems=tuple(_notes(finding)),
        )

    async def _read_service(self, snapshot: Snapshot, directory: SnapshotFile, earlier: Iterable[_Found]) -> _Found:
        known: dict[ContentKey, Content] = {}
        for service in earlier:
            known |= service.contents
        below = [file for file in await snapshot.below(directory) if file.kind is not FileKind.DIRECTORY]
        relative = {file.path[len(directory.path) :].lstrip("/"): file for file in below}
        read = await read_contents(snapshot, relative, known)
        contents = read.known
        reading = await self._read_definition(snapshot, directory.path, relative, read)
        unfit = tuple(content_problems(directory.path, relative, contents))
        definition = Definition(
            name=reading.name or posixpath.basename(shown(directory.path)) or ".",
            directory=shown(directory.path),
            service=None if unfit else reading.service,
            bundle="" if unfit else _bundle(relative, contents),
            problems=(*reading.problems, *unfit),
        )
        return _Found(
            object_id=directory.object_id,
            contents={(relative[name].object_id, relative[name].kind): content for name, content in contents.items()},
            definition=definition,
            line=reading.line,
            column=reading.column,
            named=bool(reading.name),
        )

    async def _read_definition(
        self, snapshot: Snapshot, directory: str, relative: dict[str, SnapshotFile], contents: Contents
    ) -> Reading:
        """Read the definition and, as often as it asks for more files, those."""
        tree = Tree(
            files=frozenset(
                name for name, file in relative.items() if file.kind in (FileKind.FILE, FileKind.EXECUTABLE)
            ),
            links={name: content.target for name, content in contents.known.items() if content.target},
        )
        texts = dict(contents.texts)
        while True:
            reading = await anyio.to_thread.run_sync(read_definition, shown(directory), tree, texts, self._sections)
            if not reading.wanted:
                return reading
            for name in reading.wanted:
                texts[name] = await snapshot.read(relative[name], most=MAX_CONTENT)


def _bundle(relative: dict[str, SnapshotFile], contents: Mapping[str, Content]) -> str:
    return bundle_digest(
        BundleEntry(path=name, kind=EntryKind(relative[name].kind.value), sha256=content.sha256, size=content.size)
        for name, content in contents.items()
    )


def _order(definition: Definition) -> tuple[str, bool, str]:
    """By name; of one name the one that can be deployed first, for the other may only lie in a directory of that name."""
    return definition.name, definition.service is None, definition.directory


def _notes(finding: Finding) -> Iterable[Problem]:
    """What belongs to no service and may surprise who looks for one."""
    services = {directory.path for directory in finding.services}
    for path in finding.misnamed:
        yield _note(path, "this is not read", f"rename it to {META_FILE}")
    for path in finding.no_files:
        yield _note(path, "this is a directory, so there is no service here", "make it a file, or give it another name")
    for path in finding.submodules:
        if not any(above in services for above in _above(path)):
            yield _note(path, "this is a submodule; services in it are not read", "copy its files into this repository")


def _note(path: str, message: str, hint: str) -> Problem:
    return Problem(severity=Severity.WARNING, message=message, file=shown(path), hint=hint)


def _above(path: str) -> Iterable[str]:
    """The directories that a path lies in, the nearest first."""
    while path:
        path = posixpath.dirname(path)
        yield path


def _nested(services: list[_Found]) -> list[_Found]:
    """A service inside another one is an error at the inner one."""
    directories = {service.definition.directory for service in services}

    def outer(directory: str) -> str | None:
        return next((above or "." for above in _above(directory) if above in directories), None)

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
