"""A service directory made up for a test."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from composia.core.definition.reading import Reading, read_definition
from composia.core.definition.tree import Tree
from composia.core.problem import Problem, Severity
from composia.core.service import META_FILE

META = "name: web\nnodes: [a]\n"
COMPOSE = "services: {web: {image: x}}\n"


def read(files: Mapping[str, str], links: Mapping[str, str] | None = None, sections: Collection[str] = ()) -> Reading:
    """What is read of the directory `apps/web` with these files; every wanted file is given when it is asked for."""
    tree = Tree(files=frozenset(files), links=links or {})
    contents: dict[str, bytes] = {}
    while (reading := read_definition("apps/web", tree, contents, sections)).wanted:
        assert contents.keys().isdisjoint(reading.wanted)
        contents |= {name: files[name].encode() for name in reading.wanted}
    return reading


def read_meta(text: str, *, sections: Collection[str] = ()) -> Reading:
    """What is read of this `composia-meta.yaml` beside a sound Compose file."""
    return read({META_FILE: text, "compose.yaml": COMPOSE}, sections=sections)


def read_compose(text: str, *more: str, links: Mapping[str, str] | None = None) -> tuple[Problem, ...]:
    """The problems of this `compose.yaml` in a sound definition, with `more` files beside it."""
    files = {name: COMPOSE if name.endswith(".yaml") else "" for name in more}
    return read({META_FILE: META, "compose.yaml": text, **files}, links).problems


def error(message: str, place: str, value: str = "", hint: str = "") -> Problem:
    """An error at `file:line:column`, or in a file, of `apps/web`."""
    return _problem(Severity.ERROR, message, place, value, hint)


def warning(message: str, place: str, value: str = "", hint: str = "") -> Problem:
    """A warning at `file:line:column`, or in a file, of `apps/web`."""
    return _problem(Severity.WARNING, message, place, value, hint)


def on_node(message: str, place: str, value: str = "", hint: str = "") -> Problem:
    """A warning of what the node has to have, or to look at."""
    return replace(warning(message, place, value, hint), on_node=True)


def _problem(severity: Severity, message: str, place: str, value: str, hint: str) -> Problem:
    file, _, at = place.partition(":")
    line, _, column = at.partition(":")
    return Problem(
        severity=severity,
        message=message,
        file=f"apps/web/{file}",
        line=int(line or 0),
        column=int(column or 0),
        value=value,
        hint=hint,
    )
