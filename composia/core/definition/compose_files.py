"""Compose files, as far as can be said without Compose: that they can be read, fit its schema, and go together.

`docker compose config` on the node has the last word; a false refusal here is worse than a late one there.
"""

import posixpath
from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from composia.core.definition.consistent import check_resources, check_service, check_together, entries_of
from composia.core.definition.document import Mapping as Yaml
from composia.core.definition.document import Node, Scalar
from composia.core.definition.extending import Extending
from composia.core.definition.findings import Findings
from composia.core.definition.interpolation import Known, Variables
from composia.core.definition.profiles import OFF, PROFILES, is_on, switched_on
from composia.core.definition.project import ENV_FILE, Loader, Project
from composia.core.definition.reach import check_reference
from composia.core.definition.references import Kind, references
from composia.core.definition.schema import alike
from composia.core.definition.tree import Tree
from composia.core.definition.undefined import Whole, find_undefined, names_of
from composia.core.definition.unfit import find_unfit, odd_keys
from composia.core.definition.values import find_unreadable_values
from composia.core.problem import Problem
from composia.core.service import NAME

_KINDS = ("services", "networks", "volumes", "secrets", "configs")
_USED = {Kind.SECRET: "secrets", Kind.CONFIG: "configs"}
"""What Compose looks for only where a service uses it, with its section."""


class ComposeFiles:
    """Checks the Compose files of a service, and those that they include or extend."""

    def __init__(self, directory: str, tree: Tree, contents: Mapping[str, bytes]) -> None:
        self.documents: list[Yaml] = []
        """The project, and each that it includes, as one document."""
        self.services: frozenset[str] | None = None
        """The names of all services, unless only Compose on the node knows them."""
        self._directory = directory
        self._tree = tree
        self._findings = Findings()
        self._loader = Loader(directory, tree, contents, self._findings)

    @property
    def wanted(self) -> set[str]:
        """Files of the tree of which the content is needed and not given."""
        return self._loader.wanted

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong, each thing once, in the order of the files' places."""
        return self._findings.problems

    def environment(self) -> Variables:
        """What a committed `.env` says."""
        return self._loader.variables("", None, needed=True)

    def check(self, names: Iterable[str], project_name: str) -> None:
        """Check the files that make up a service, by path relative to its directory. `project_name` is that of the
        project in which they are deployed."""
        names = list(names)
        project = self._loader.project(names, base="") if names else None
        if project is None:
            return
        projects = project.all
        open_services: set[str] = set()
        for one in projects:
            extending = Extending(one, self._loader, self._findings)
            extending.resolve()
            open_services |= extending.is_open
        if self.wanted:
            return
        self.documents = [one.root for one in projects]
        if not project.is_open:
            self.services = frozenset(name for one in projects for name, _, _ in entries_of(one.root, "services"))
        if any(one.parts > 1 for one in projects):
            open_services |= _repeated(projects)  # Compose merges these
        whole = self._whole(project, open_services)
        for one in projects:
            self._check_project(one, open_services, whole)
        self._check_services(project, names[0], whole)
        self._check_name(project, project_name)
        find_undefined(whole, self._findings)
        check_together(dict(whole.active), self._findings)
        self._check_variables(project.variables)

    def _check_project(self, project: Project, open_services: set[str], whole: Whole) -> None:
        findings, active = self._findings, whole.active
        off = {name for name, _, _ in entries_of(project.root, "services") if name not in active}
        for key in odd_keys(project.root):
            findings.error(key, f"the key {key.text or 'null'} is no text", f'"{key.text}": …')
        find_unfit(project.root, findings)
        find_unreadable_values(project.root, findings, off)
        check_resources(project.root, findings)
        for name, key, service in entries_of(project.root, "services"):
            if isinstance(service, Yaml) and not service.tag:
                is_whole = name not in open_services and name not in off
                check_service(name, key, service, findings, whole=is_whole, once=OFF if name in off else "")
        used = _used(active.values())
        for reference in references(project.root, lambda node: project.bases.get(node.file)):
            if section := _USED.get(reference.kind):
                once = "" if (section, reference.owner) in used else "a service that is on uses it"
            else:
                once = OFF if reference.owner in off else ""
            check_reference(reference, self._tree, findings, once)

    def _check_services(self, project: Project, first: str, whole: Whole) -> None:
        """That there is something to run."""
        findings, listed = self._findings, project.root.get("services")
        services = [service for one in project.all for _, _, service in entries_of(one.root, "services")]
        if not services and not project.is_open and not findings.has_errors:
            file = Node(line=0, column=0, file=posixpath.join(self._directory, first))
            place = file if listed is None else project.root.entries["services"][0]
            findings.error(place, "there are no services", "services: …")
        if services and all(name in whole.off for name in whole.defined["services"]) and not project.is_open:
            key = project.root.entries["services"][0] if listed else services[0]
            hint = f"switch one on with {PROFILES} in {ENV_FILE}"
            findings.warn(key, "every service has a profile that is off, so nothing starts", hint)
        version = project.root.entries.get("version")
        if version:
            findings.warn(version[0], "version means nothing to Compose any more", "leave it out")

    def _check_name(self, project: Project, used: str) -> None:
        """That the name of the project is the one that is used, so that what a person has begun there is taken over."""
        name, said = project.root.get("name"), self.environment().values.get("COMPOSE_PROJECT_NAME", "")
        if not isinstance(name, Scalar) or name.known is not Known.SURE:
            return
        if name.text != name.text.lower():
            hint = "small letters; Composia itself goes by project_name of composia-meta.yaml"
            self._findings.warn(name, "Compose takes this name only where another one is given", hint)
        elif NAME.fullmatch(name.text) and used not in ("", name.text) and not said:
            hint = f"project_name: {name.written or name.text} in composia-meta.yaml, or leave the name out here"
            self._findings.warn(name, f"this is deployed as project {used}", hint)

    def _whole(self, project: Project, merged: Collection[str]) -> Whole:
        defined: dict[str, dict[str, Node]] = {kind: {} for kind in _KINDS}
        for one in project.all:
            for kind in _KINDS:
                for name, key, value in entries_of(one.root, kind):
                    known = defined[kind].setdefault(name, value if kind == "services" else key)
                    is_known = known is value or kind != "services" or name in merged
                    if not is_known and not alike(known, value):
                        self._note_twice(project, name, key, known)
        services = {name: node for name, node in defined["services"].items() if isinstance(node, Yaml)}
        defined["networks"].setdefault("default", project.root)
        on = switched_on(project.variables)
        states: dict[str, set[bool | None]] = {name: set() for name in services}
        for one in project.all:
            for name, _, service in entries_of(one.root, "services"):
                if isinstance(service, Yaml):
                    states[name].add(is_on(service, on))
        return Whole(
            defined=defined,
            active={name: service for name, service in services.items() if states[name] == {True}},
            off=frozenset(name for name in services if False in states[name]),
            is_open=project.is_open,
            profiles_known=project.variables.complete,
        )

    def _note_twice(self, project: Project, name: str, key: Scalar, first: Node) -> None:
        """Of a service that two projects have: where the including one has it, or else the later one."""
        services = project.root.get("services")
        own = services.entries.get(name) if isinstance(services, Yaml) else None
        place, other = (own[0], key.file) if own else (key, first.file)
        self._findings.error(place, f"there are two services {name}", f"the other one is in {other}; rename one")

    def _check_variables(self, variables: Variables) -> None:
        unset = self._loader.unset
        if not unset:
            return
        node = next(iter(unset.values()))
        names = ", ".join(unset)
        if not self._tree.has(ENV_FILE):
            hint = "or give defaults in the Compose file: ${NAME:-value}"
            self._findings.need(node, f"{ENV_FILE} with {names}", hint)
        elif variables.complete:
            hint = f"add {'it' if len(unset) == 1 else 'them'} to {ENV_FILE}, or give defaults: ${{NAME:-value}}"
            self._findings.need(node, f"{names}, which {ENV_FILE} does not set", hint)


def _repeated(projects: Iterable[Project]) -> set[str]:
    """The services that more than one project has."""
    count = Counter(name for one in projects for name, _, _ in entries_of(one.root, "services"))
    return {name for name, times in count.items() if times > 1}


def _used(services: Iterable[Yaml]) -> set[tuple[str, str]]:
    """The secrets and configs that these services are sure to use, by section and name."""
    named = (found for service in services for found in names_of(service))
    return {(kind, name) for kind, node, name in named if not isinstance(node, Scalar) or node.known is Known.SURE}
