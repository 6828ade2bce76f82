"""Compose files, as far as can be said without Compose: that they can be read, and what they reach for.

`docker compose config` on the node has the last word; a false refusal here is worse than a late one there.
"""

import posixpath
from collections.abc import Iterable, Iterator, Mapping

from composia.core.definition import document
from composia.core.definition.document import Node, Scalar, Sequence, Unreadable, parse_documents
from composia.core.definition.fields import problem_at
from composia.core.definition.references import Kind, Reference, references
from composia.core.definition.tree import Tree, inside
from composia.core.definition.variables import variables_without_default
from composia.core.problem import Problem, Severity

ENV_FILE = ".env"
MOST_FILES = 100
"""How many files a service's Compose files may draw in."""


class ComposeFiles:
    """Checks the Compose files of a service, and those that they include or extend."""

    def __init__(self, directory: str, tree: Tree, contents: Mapping[str, bytes]) -> None:
        self.problems: list[Problem] = []
        self.wanted: set[str] = set()
        """Files of the tree of which the content is needed and not given."""
        self.documents: dict[str, tuple[Node, ...]] = {}
        """What was read, by file of the tree."""
        self._directory = directory
        self._tree = tree
        self._contents = contents
        self._read: set[tuple[str, str]] = set()
        self._has_services = False
        self._variables: dict[str, tuple[Node, str]] = {}

    def check(self, names: Iterable[str]) -> None:
        """Check the files that make up a service, by path relative to its directory."""
        for name in names:
            self._check_file(name, base="")
        if names and not self.wanted:
            self._check_services(next(iter(names)))
            self._check_variables()

    def _check_file(self, path: str, base: str) -> None:
        place = self._tree.file(path)
        if place is None or (place, base) in self._read:
            return
        if len(self._read) == MOST_FILES:
            shown = posixpath.join(self._directory, path)
            self._error(shown, None, f"this is file {MOST_FILES + 1} that the Compose files draw in", "use fewer")
        self._read.add((place, base))
        if len(self._read) > MOST_FILES:
            return
        if place not in self._contents:
            self.wanted.add(place)
            return
        shown = posixpath.join(self._directory, place)
        try:
            documents, problems = parse_documents(self._contents[place], shown)
        except Unreadable as unreadable:
            self.problems.append(unreadable.problem)
            return
        self.problems += problems
        self.documents[place] = documents
        if not documents:
            self._error(shown, None, "the file is empty", "services: …")
        for found in documents:
            self._check_document(found, shown, base)

    def _check_document(self, root: Node, shown: str, base: str) -> None:
        if not isinstance(root, document.Mapping):
            self._error(shown, root, "expected a mapping with services")
            return
        services = root.get("services")
        if services is not None or "include" in root.entries:
            self._has_services = True
        if services is not None and not isinstance(services, document.Mapping) and services.tag != "!reset":
            self._error(shown, services, "services must be a mapping", "services: {web: {image: …}}")
        self._check_extends(services, shown)
        for reference in references(root, base):
            self._check_reference(reference, shown)
        for node in _texts(root):
            for name in variables_without_default(node.text):
                self._variables.setdefault(name, (node, shown))

    def _check_extends(self, services: Node | None, shown: str) -> None:
        """Compose itself falls over this one, with a stack trace."""
        for _, service in services.entries.values() if isinstance(services, document.Mapping) else ():
            extends = service.get("extends") if isinstance(service, document.Mapping) else None
            if isinstance(extends, document.Mapping) and "file" in extends.entries and not extends.get("service"):
                self._error(shown, extends, "extends names a file but no service", "service: NAME")

    def _check_reference(self, reference: Reference, shown: str) -> None:
        path = inside(reference.path)
        if reference.path.startswith(("/", "~")):
            self._warn(shown, reference.node, f"needs on the node: {reference.path}")
        elif path is None:
            hint = "put it into the service directory: nothing else is brought to the node"
            self._error(shown, reference.node, f"{reference.kind} {reference.path} leaves the service directory", hint)
        elif reference.kind is Kind.DOCKERFILE and not self._tree.has(posixpath.dirname(path)):
            pass  # what is missing is the build context, which is named already
        elif not self._tree.has(path):
            self._warn(shown, reference.node, f"needs on the node: {path}")
        elif reference.kind in (Kind.INCLUDE, Kind.EXTENDS):
            self._check_file(path, posixpath.dirname(path) if reference.base is None else reference.base)

    def _check_services(self, first: str) -> None:
        is_broken = any(problem.severity is Severity.ERROR for problem in self.problems)
        if not self._has_services and not is_broken:
            self._error(posixpath.join(self._directory, first), None, "there are no services", "services: …")

    def _check_variables(self) -> None:
        if not self._variables or self._tree.has(ENV_FILE):
            return
        node, shown = next(iter(self._variables.values()))
        names = ", ".join(self._variables)
        hint = "or give defaults in the Compose file: ${NAME:-value}"
        self._warn(shown, node, f"needs on the node: {ENV_FILE} with {names}", hint)

    def _error(self, file: str, node: Node | None, message: str, hint: str = "") -> None:
        self.problems.append(problem_at(node, file, Severity.ERROR, message, hint))

    def _warn(self, file: str, node: Node | None, message: str, hint: str = "") -> None:
        self.problems.append(problem_at(node, file, Severity.WARNING, message, hint))


def _texts(root: document.Mapping) -> Iterator[Scalar]:
    """The values of a document in which variables are replaced, each once; keys are none of them."""
    seen: set[int] = set()
    left: list[Node] = [value for name, (_, value) in root.entries.items() if not name.startswith("x-")][::-1]
    while left:
        node = left.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, Scalar):
            yield node
        elif isinstance(node, Sequence):
            left += node.items[::-1]
        elif isinstance(node, document.Mapping):
            left += [value for _, value in node.entries.values()][::-1]
