"""The Compose Specification's JSON schema, and what it has against a project.

The schema is data of this package and read once, as an import would be; it is the only file that `core` reads. The
library that checks by it takes its time to load, so it is loaded when the first Compose file is checked.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from composia.core.definition.document import Mapping, Node, Scalar, Sequence, resolve
from composia.core.definition.interpolation import Known

if TYPE_CHECKING:
    import jsonschema_rs

SCHEMA_FILE = "compose-schema.json"
Value = str | int | float | bool | list[Any] | dict[str, Any] | None
Path = tuple[str | int, ...]

_TYPE = "type"


@dataclass(frozen=True, kw_only=True)
class Complaint:
    """What the schema has against a value: `rule` is its keyword, `argument` what it allows or what it names."""

    path: Path
    rule: str
    argument: Any
    schema: dict[str, Any]
    """The part of the schema that has the rule."""


@cache
def schema() -> dict[str, Any]:
    """The schema. Raises `FileNotFoundError` in a clone that was never built (`./dev build`)."""
    text = (resources.files("composia.core.definition") / SCHEMA_FILE).read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


@cache
def service_keys() -> frozenset[str]:
    """The keys that a service may have."""
    return frozenset(schema()["definitions"]["service"]["properties"])


def service_hint(name: str) -> str:
    """What would be right where something that is no service stands among them."""
    return f"indent {name} below its service" if name in service_keys() else f"{name}: {{image: …}}"


def complaints(root: Mapping) -> Iterator[Complaint]:
    """All that the schema has against a project, each for the value that it concerns."""
    done: dict[int, Value] = {}
    value = {name: _value(node, done) for name, (_, node) in root.entries.items() if not name.startswith("x-")}
    for error in _validator().iter_errors(value):
        yield from _simple(error, root)


def locate(root: Node, path: Path) -> Node | None:
    """The value at a path."""
    node: Node | None = root
    for step in path:
        if isinstance(node, Mapping):
            node = node.get(str(step))
        elif isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
        else:
            return None
    return node


def alike(one: Node, other: Node) -> bool:
    """Whether two values say the same."""
    return _value(one, {}) == _value(other, {})


@cache
def _validator() -> "jsonschema_rs.Validator":
    import jsonschema_rs  # noqa: PLC0415 - 40 ms that only validation pays

    return jsonschema_rs.validator_for(schema())


def _simple(error: "jsonschema_rs.ValidationError", root: Node) -> Iterator[Complaint]:
    """An error without alternatives: of those the one counts that the value is nearest to."""
    path = tuple(error.instance_path)
    node = locate(root, path)
    if isinstance(node, Scalar) and node.known is Known.UNKNOWN:
        return
    kind: Any = error.kind
    if kind.name not in ("oneOf", "anyOf"):
        yield Complaint(path=path, rule=kind.name, argument=kind.value, schema=_part(tuple(error.schema_path)[:-1]))
        return
    if not hasattr(kind, "context"):
        return  # it fits more than one alternative, which is no harm
    branches = [[complaint for inner in branch for complaint in _simple(inner, root)] for branch in kind.context]
    others = [branch for branch in branches if not any(_is_of_kind(complaint, path) for complaint in branch)]
    if others:
        yield from min(others, key=len)
        return
    types = [word for branch in branches for one in branch if _is_of_kind(one, path) for word in one.argument]
    yield Complaint(path=path, rule=_TYPE, argument=list(dict.fromkeys(types)), schema={})


def _is_of_kind(complaint: Complaint, path: Path) -> bool:
    """Whether it says that the whole value is of the wrong kind."""
    return complaint.rule == _TYPE and complaint.path == path


def _part(path: Path) -> dict[str, Any]:
    part: Any = schema()
    for step in path:
        part = part[step]
    assert isinstance(part, dict)
    return part


def _value(node: Node, done: dict[int, Value]) -> Value:
    """A value as the schema sees it; a text that is not known here as an empty one, about which nobody asks."""
    if id(node) in done:
        return done[id(node)]
    value: Value = None
    if isinstance(node, Scalar):
        value = "" if node.known is Known.UNKNOWN else resolve(node)
    elif isinstance(node, Sequence):
        value = [_value(item, done) for item in node.items]
    elif isinstance(node, Mapping):
        value = {name: _value(item, done) for name, (_, item) in node.entries.items()}
    done[id(node)] = value
    return value
