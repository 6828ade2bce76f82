"""Services that extend others, with what they take from them."""

import posixpath
from dataclasses import replace

from composia.core.definition.document import Mapping, Node, Scalar
from composia.core.definition.findings import Findings
from composia.core.definition.interpolation import Known
from composia.core.definition.merged import merge, merge_documents
from composia.core.definition.project import Loader, Project
from composia.core.definition.reach import check_reference
from composia.core.definition.references import Kind, file_reference, is_for_the_node


class Extending:
    """Resolves `extends` in one project."""

    def __init__(self, project: Project, loader: Loader, findings: Findings) -> None:
        self.is_open: set[str] = set()
        """Services of which not everything can be read here."""
        self._project = project
        self._loader = loader
        self._findings = findings
        self._files: dict[str, Mapping | None] = {}
        self._done: dict[tuple[str, str], Node | None] = {}
        self._wanted: dict[tuple[str, str], Scalar] = {}
        """By service that extends: which one."""
        self._reported: set[int] = set()

    def resolve(self) -> None:
        """Replace each service of the project that extends another one by what it comes to."""
        services = self._project.root.get("services")
        if not isinstance(services, Mapping):
            return
        entries = {}
        for name, (key, service) in services.entries.items():
            whole = self._service("", services, name, ())
            if whole is None:
                self.is_open.add(name)
            entries[name] = (key, service if whole is None else whole)
        root = self._project.root
        resolved = replace(services, entries={name: (key, _own(service)) for name, (key, service) in entries.items()})
        self._project.root = replace(
            root, entries={**root.entries, "services": (root.entries["services"][0], resolved)}
        )

    def _service(self, file: str, services: Mapping, name: str, above: tuple[tuple[str, str], ...]) -> Node | None:
        """A service with all that it extends; None where that cannot be told."""
        if (file, name) not in self._done:
            self._done[file, name] = self._extended(file, services, name, above)
        return self._done[file, name]

    def _extended(self, file: str, services: Mapping, name: str, above: tuple[tuple[str, str], ...]) -> Node | None:
        service = services.get(name)
        if not isinstance(service, Mapping) or "extends" not in service.entries:
            return service
        extends = service.entries["extends"][1]
        where, wanted = _parts(extends)
        if isinstance(extends, Mapping) and wanted is None and "service" not in extends.entries:
            what = "a file but no service" if where else "no service"
            self._error(extends, f"extends names {what}", "service: NAME")  # Compose itself falls over this one
        if wanted is None or wanted.known is not Known.SURE:
            return None
        other = self._file(where, file) if where is not None else (file, services)
        if other is None:
            return None
        base_file, candidates = other
        self._wanted[file, name] = wanted
        if (base_file, wanted.text) in (*above, (file, name)):
            first = self._wanted[base_file, wanted.text]
            way = f", by way of {first.text}" if first.text != wanted.text else ""
            self._error(first, f"{wanted.text} extends itself{way}", "take one of them out")
            return None
        if candidates.get(wanted.text) is None:
            if where is not None or not self._project.is_open:
                hint = self._findings.meant(wanted.text, candidates.entries)
                self._error(wanted, f"there is no service {wanted.written or wanted.text} to extend{_in(where)}", hint)
            return None
        base = self._service(base_file, candidates, wanted.text, (*above, (file, name)))
        return None if base is None else merge(base, service)

    def _file(self, where: Scalar, file: str) -> tuple[str, Mapping] | None:
        """The services of another file, and what to know it by."""
        base = posixpath.dirname(file) if file else self._project.bases.get(where.file)
        place = self._loader.place(where, base) if base is not None else None
        if id(where) not in self._reported:
            self._reported.add(id(where))
            if is_for_the_node(where):
                self._findings.leave(where, Kind.EXTENDS)
            for reference in file_reference(Kind.EXTENDS, where, base):
                check_reference(reference, self._loader.tree, self._findings)
        if place is None:
            return None
        if place not in self._files:
            self._files[place] = self._load(place)
        services = self._files[place]
        return None if services is None else (place, services)

    def _load(self, place: str) -> Mapping | None:
        documents = self._loader.documents(place) if self._loader.may_draw_in(place) else None
        if documents is None:
            return None
        if not documents:
            return Mapping(line=0, column=0)
        shown, base = self._loader.shown(place), posixpath.dirname(place)
        known = self._project.bases.get(shown)
        self._project.bases[shown] = base if known in (None, base) else None
        merged = merge_documents([self._loader.replaced(one, self._project.variables) for one in documents])
        services = merged.get("services")
        return services if isinstance(services, Mapping) else Mapping(line=0, column=0)

    def _error(self, node: Node, message: str, hint: str = "") -> None:
        if id(node) not in self._reported:
            self._reported.add(id(node))
            self._findings.error(node, message, hint)


def _parts(extends: Node) -> tuple[Scalar | None, Scalar | None]:
    """The file and the service that are named."""
    if isinstance(extends, Scalar):
        return None, extends if extends.text else None
    if not isinstance(extends, Mapping):
        return None, None
    file, service = extends.get("file"), extends.get("service")
    return file if isinstance(file, Scalar) and file.text else None, service if isinstance(service, Scalar) else None


def _own(service: Node) -> Node:
    """The service without the word that was obeyed."""
    if not isinstance(service, Mapping) or "extends" not in service.entries:
        return service
    if isinstance(service.entries["extends"][1], Scalar | Mapping):
        return replace(service, entries={name: entry for name, entry in service.entries.items() if name != "extends"})
    return service


def _in(where: Scalar | None) -> str:
    return f" in {where.written or where.text}" if where else ""
