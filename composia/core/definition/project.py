"""The files of a service put together as Compose does it: overrides merged, files included, services extended.

Three things are left open where only the node can tell: files that are not in the directory, files elsewhere, and paths
that depend on variables.
"""

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from composia.core.definition.document import Mapping as Yaml
from composia.core.definition.document import Node, Scalar, Sequence, Unreadable, parse_documents
from composia.core.definition.dotenv import read_dotenv
from composia.core.definition.findings import Findings
from composia.core.definition.interpolation import MOST_REPLACED, Known, Room, Variables
from composia.core.definition.merged import merge_documents
from composia.core.definition.reach import check_reference
from composia.core.definition.references import Kind, file_reference, is_for_the_node, join, paths
from composia.core.definition.replacing import Replacing
from composia.core.definition.tree import Tree, inside

ENV_FILE = ".env"
MOST_FILES = 100
"""How many files a service's Compose files may draw in."""


@dataclass(kw_only=True)
class Project:
    """Files that make up one project, or one that it includes."""

    root: Yaml
    """All documents in one, variables replaced, without what is extended."""

    variables: Variables
    bases: dict[str, str | None]
    """By file as people see it: the directory that its paths are relative to; None where it is read in two ways."""

    included: list["Project"] = field(default_factory=list)
    is_open: bool = False
    """Whether there is more that cannot be read here."""

    parts: int = 1
    """How many documents it is made of."""

    @property
    def all(self) -> list["Project"]:
        """This one and all that it includes."""
        return [self, *(one for included in self.included for one in included.all)]


class Loader:
    """Reads the files of a service directory."""

    def __init__(self, directory: str, tree: Tree, contents: Mapping[str, bytes], findings: Findings) -> None:
        self.wanted: set[str] = set()
        """Files of the tree of which the content is needed and not given."""
        self.unset: dict[str, Scalar] = {}
        """The variables that are set nowhere, each with the first text that has it."""
        self.tree = tree
        self._directory = directory
        self._contents = contents
        self._findings = findings
        self._room = Room()
        self._environments: dict[str, Variables] = {}
        self._too_much = False
        self._count = 0
        self._reported: set[tuple[str, int, int]] = set()

    def project(
        self, names: list[str], base: str, outer: Variables | None = None, above: tuple[tuple[str, str], ...] = ()
    ) -> Project | None:
        """The project of these files; None when there is nothing to read in them. `above` are those that include it."""
        read = {name: self.documents(name) if self.may_draw_in(name) else None for name in names}
        found = [document for documents in read.values() for document in documents or ()]
        variables = self.variables(base, outer, any(_needs_variables(self._content(name)) for name in names))
        if not found:
            self._note_empty(names, read)
            return None
        documents = [self.replaced(document, variables) for document in found]
        project = Project(
            root=merge_documents(documents),
            variables=variables,
            bases={self.shown(name): base for name in names},
            is_open=None in read.values(),
            parts=len(documents),
        )
        for document in documents:
            self._include(project, document, base, above + tuple((name, base) for name in names))
        return project

    def may_draw_in(self, path: str) -> bool:
        """Count a file; whether there may be as many."""
        self._count += 1
        if self._count == MOST_FILES + 1:
            message = f"this is file {MOST_FILES + 1} that the Compose files draw in"
            self._findings.error(Node(line=0, column=0, file=self.shown(path)), message, "use fewer")
        return self._count <= MOST_FILES

    def documents(self, path: str) -> tuple[Yaml, ...] | None:
        """The documents of a file of the tree; None where some cannot be read, and the reason is noted."""
        content = self._content(path)
        if content is None:
            return None
        shown = self.shown(path)
        try:
            documents, problems = parse_documents(content, shown)
        except Unreadable as unreadable:
            self._note(unreadable.problem.line, unreadable.problem.column, unreadable)
            return None
        for problem in problems:
            if (shown, problem.line, problem.column) not in self._reported:
                self._reported.add((shown, problem.line, problem.column))
                self._findings.add(problem)
        mappings = tuple(document for document in documents if isinstance(document, Yaml))
        for document in documents:
            if not isinstance(document, Yaml):
                self._findings.error(document, "expected a mapping with services")
        return mappings if len(mappings) == len(documents) else None

    def variables(self, base: str, outer: Variables | None, needed: bool) -> Variables:
        """The variables that the `.env` file of a directory sets, below those of `outer`."""
        values = outer.values if outer else {}
        path = posixpath.join(base, ENV_FILE)
        if not needed or inside(path) is None or self.tree.file(path) is None:
            return Variables(values=values)
        if outer is not None:
            return self._dotenv(path, outer)
        if path not in self._environments:  # read once, since what it says takes room
            self._environments[path] = self._dotenv(path, None)
        return self._environments[path]

    def replaced(self, document: Yaml, variables: Variables) -> Yaml:
        """A document with its variables replaced; what cannot be read in it is noted."""
        replacing = Replacing(variables, self._room)
        done = replacing.document(document)
        for node, text in replacing.invalid:
            key = (node.file, node.line, node.column)
            if key not in self._reported:
                self._reported.add(key)
                self._findings.error(node, f"this variable cannot be read: {text[:40]}", _variable_hint(text))
        if replacing.too_much is not None:
            self._note_too_much(replacing.too_much)
        for name, node in replacing.unset.items():
            self.unset.setdefault(name, node)
        return done

    def shown(self, path: str) -> str:
        """A file of the directory as people see it."""
        return posixpath.join(self._directory, self.tree.file(path) or path)

    def _content(self, path: str) -> bytes | None:
        place = self.tree.file(path)
        if place is not None and place not in self._contents:
            self.wanted.add(place)
        return self._contents.get(place) if place is not None else None

    def _dotenv(self, path: str, outer: Variables | None) -> Variables:
        content = self._content(path)
        if content is None:
            return Variables(values=outer.values if outer else {})
        read = read_dotenv(content, outer.values if outer else {}, self._room)
        if self._room.is_full:
            self._note_too_much(Node(line=0, column=0, file=self.shown(path)))
        if read.refused_line:
            place = Node(line=read.refused_line, column=1, file=self.shown(path))
            self._findings.warn(
                place, "Compose cannot read this line, and so not this file", "NAME=value, or # before a remark"
            )
        return replace(read, complete=read.complete and (outer is None or outer.complete))

    def _note(self, line: int, column: int, unreadable: Unreadable) -> None:
        key = (unreadable.problem.file, line, column)
        if key not in self._reported:
            self._reported.add(key)
            self._findings.add(unreadable.problem)

    def _note_too_much(self, node: Node) -> None:
        """Said once: at the file, or the text, whose variables found no room. Compose would take any amount of memory."""
        if not self._too_much:
            self._too_much = True
            message = f"the variables come to more than {MOST_REPLACED >> 20} MiB"
            self._findings.error(node, message, "do not make long values of other long ones")

    def _note_empty(self, names: list[str], read: Mapping[str, tuple[Yaml, ...] | None]) -> None:
        """Compose takes an empty override file, and no project of nothing but empty ones."""
        if not self.wanted and all(documents == () for documents in read.values()):
            self._findings.error(Node(line=0, column=0, file=self.shown(names[0])), "the file is empty", "services: …")

    def _include(self, project: Project, document: Yaml, base: str, above: tuple[tuple[str, str], ...]) -> None:
        listed = document.get("include")
        for item in listed.items if isinstance(listed, Sequence) else ():
            files = list(paths(item))
            for path in files:
                if is_for_the_node(path):
                    self._findings.leave(path, Kind.INCLUDE)
                for reference in file_reference(Kind.INCLUDE, path, base):
                    check_reference(reference, self.tree, self._findings)
            places = [self.place(path, base) for path in files]
            if not places or any(place is None for place in places):
                project.is_open = project.is_open or bool(files)
                continue
            names = [place for place in places if place is not None]
            directory = item.get("project_directory") if isinstance(item, Yaml) else None
            if directory is not None and (not isinstance(directory, Scalar) or directory.known is not Known.SURE):
                project.is_open = True
                continue
            inner_base = join(base, directory.text) if isinstance(directory, Scalar) else posixpath.dirname(names[0])
            if (names[0], inner_base) in above:
                self._findings.error(files[0], f"{files[0].text} includes itself", "take one of the two out")
                project.is_open = True
                continue
            outer = self._included_variables(item, base, project.variables)
            included = self.project(names, inner_base, outer, above)
            if included is None:
                project.is_open = True
            else:
                project.included.append(included)
                project.is_open = project.is_open or included.is_open

    def _included_variables(self, item: Node, base: str, outer: Variables) -> Variables:
        """Those of the including project, and of the files that the item names."""
        for path in paths(item.get("env_file")) if isinstance(item, Yaml) else ():
            for reference in file_reference(Kind.ENV_FILE, path, base):
                check_reference(reference, self.tree, self._findings)
            place = self.place(path, base)
            outer = self._dotenv(place, outer) if place is not None else replace(outer, complete=False)
        return outer

    def place(self, path: Scalar, base: str) -> str | None:
        """The file of the tree that a path means; None where there is none, or nobody can tell."""
        if is_for_the_node(path):
            return None
        place = inside(join(base, path.text))
        return place if place is not None and self.tree.file(place) is not None else None


def _needs_variables(content: bytes | None) -> bool:
    return content is not None and (b"$" in content or b"profiles" in content)


def _variable_hint(text: str) -> str:
    if "}" not in text:
        return "close it with }, or write $$ for a dollar sign"
    return "a variable is ${NAME}, ${NAME:-default} or ${NAME:?message}; write $$ for a dollar sign"
