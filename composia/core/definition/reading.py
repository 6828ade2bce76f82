"""From a service directory's files to a definition: the one door to the rest of this package."""

import posixpath
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from composia.core.definition.compose_files import ComposeFiles
from composia.core.definition.demands import demands
from composia.core.definition.dotenv import named_files
from composia.core.definition.meta import read_meta
from composia.core.definition.tree import Tree
from composia.core.problem import Problem, Severity
from composia.core.service import META_FILE, Service


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What was read: the service unless a problem is an error; its name, empty where that could not be read.

    `wanted` are files that the definition refers to and whose content was not given: read again with them.
    """

    name: str
    service: Service | None
    problems: tuple[Problem, ...]
    wanted: tuple[str, ...] = ()
    line: int = 0
    column: int = 0


def read_definition(
    directory: str, tree: Tree, contents: Mapping[str, bytes], sections: Collection[str] = ()
) -> Reading:
    """Read the definition in `directory` from the `contents` of its files, by path relative to it.

    `sections` are the keys of `composia-meta.yaml` that belong to plugins. What is wrong becomes a problem, all of it
    at once.
    """
    place = tree.file(META_FILE)
    file = posixpath.join(directory, META_FILE)
    if place is None:
        message = "this is not a file of the service directory"
        problem = Problem(severity=Severity.ERROR, message=message, file=file, hint="it may be no link that leaves it")
        return Reading(name="", service=None, problems=(problem,))
    if place not in contents:
        return Reading(name="", service=None, problems=(), wanted=(place,))
    meta = read_meta(contents[place], posixpath.join(directory, place), directory, tree, sections)
    compose = ComposeFiles(directory, tree, contents)
    compose.check(meta.draft.compose_files, meta.draft.project)
    shown = posixpath.join(directory, place)
    odd = () if compose.services is None else meta.check_services(compose.services, shown)
    other = meta.check_files(named_files(compose.environment().values), shown)
    problems = (*sorted((*meta.problems, *odd, *other), key=lambda one: (one.line, one.column)), *compose.problems)
    broken = any(problem.severity is Severity.ERROR for problem in problems)
    return Reading(
        name=meta.draft.name,
        service=None if broken else replace(meta.draft, demands=demands(compose.documents)),
        problems=problems,
        wanted=tuple(sorted(compose.wanted)),
        line=meta.line,
        column=meta.column,
    )
