"""Several documents laid over each other, as Compose merges override files, as far as checks need it."""

import operator
from dataclasses import replace

from composia.core.definition.document import Mapping, Node, Scalar, Sequence, resolve

MIXED = "!mixed"
"""The tag of what was merged from values of different kinds: its own kind tells nothing."""

_REPLACED = frozenset({"command", "entrypoint", "test"})
"""Lists of which the later one counts alone."""

_LISTS = frozenset({"tmpfs", "dns", "dns_opt", "dns_search"})
"""Lists, into which Compose makes whatever it lays over another value, even a mapping."""

_NAMED = frozenset({"networks", "models"})
_PAIRS = frozenset(
    {"environment", "labels", "args", "sysctls", "annotations", "additional_contexts", "options", "ssh", "extra_hosts"}
)


def merge_documents(documents: list[Mapping]) -> Mapping:
    """One document from those of a project, in order; `!reset` and `!override` are obeyed."""
    first = documents[0]
    merged: Node = replace(first, entries={})
    for document in documents:
        merged = merge(merged, document)
    assert isinstance(merged, Mapping)
    return merged


def merge(base: Node, over: Node, name: str = "") -> Node:
    """What is left of two values of one key, of which `over` comes later."""
    if over.tag == "!override":
        return _cleaned(over)
    if isinstance(base, Sequence | Mapping) and name not in _REPLACED and _is_nothing(over):
        return base
    if name in _LISTS and (isinstance(base, Mapping) or isinstance(over, Mapping)):
        return Sequence(line=over.line, column=over.column, file=over.file)
    if isinstance(base, Sequence | Mapping) and isinstance(over, Sequence | Mapping) and type(base) is not type(over):
        base, over = _as_mapping(base, name), _as_mapping(over, name)
    if name == "build" and isinstance(base, Mapping | Scalar) and isinstance(over, Mapping | Scalar):
        base, over = _as_build(base), _as_build(over)
    if isinstance(base, Mapping) and isinstance(over, Mapping):
        return _merged_mapping(base, over)
    if name not in _REPLACED and isinstance(base, Sequence) and isinstance(over, Sequence):
        later = _cleaned(over)
        assert isinstance(later, Sequence)
        return replace(over, items=[*base.items, *later.items])
    if type(base) is not type(over) and name not in _REPLACED:
        return replace(_cleaned(over), tag=MIXED)  # of some keys Compose makes lists, and versions differ
    return _cleaned(over)


def _merged_mapping(base: Mapping, over: Mapping) -> Mapping:
    entries = dict(base.entries)
    for name, (key, value) in over.entries.items():
        known = entries.get(name)
        if value.tag == "!reset":
            entries.pop(name, None)
        elif known is not None:
            entries[name] = (key, merge(known[1], value, name))
        else:
            entries[name] = (key, _cleaned(value))
    return replace(base, entries=entries)


def _cleaned(node: Node) -> Node:
    """The value without what is reset in it; the same object where nothing is."""
    if isinstance(node, Mapping):
        done = {name: (key, _cleaned(value)) for name, (key, value) in node.entries.items() if value.tag != "!reset"}
        same = len(done) == len(node.entries) and all(done[name][1] is node.entries[name][1] for name in done)
        return node if same else replace(node, entries=done)
    if isinstance(node, Sequence):
        items = [_cleaned(item) for item in node.items if item.tag != "!reset"]
        same = len(items) == len(node.items) and all(map(operator.is_, items, node.items))
        return node if same else replace(node, items=items)
    return node


def _as_mapping(node: Sequence | Mapping, name: str) -> Node:
    """A list as the mapping that Compose makes of it, where it does."""
    if isinstance(node, Mapping) or not all(isinstance(item, Scalar) for item in node.items):
        return node
    items = [item for item in node.items if isinstance(item, Scalar)]
    if name in _NAMED:
        return _mapping(node, [(item, _nothing(item)) for item in items])
    if name == "depends_on":
        started = [(item, replace(item, text="service_started", written="", plain=False)) for item in items]
        keys = [replace(item, text="condition", written="") for item in items]
        return _mapping(
            node, [(item, _mapping(node, [(key, value)])) for key, (item, value) in zip(keys, started, strict=True)]
        )
    if name in _PAIRS:
        pairs = [(item, _pair(item.text, name)) for item in items]
        return _mapping(
            node,
            [
                (replace(item, text=key), replace(item, text=value, plain=False) if equals else _nothing(item))
                for item, (key, equals, value) in pairs
            ],
        )
    return node


def _pair(text: str, name: str) -> tuple[str, str, str]:
    """Key, what parts it from the value, and value."""
    equals = text.partition("=")
    return text.partition(":") if name == "extra_hosts" and not equals[1] else equals


def _is_nothing(node: Node) -> bool:
    return isinstance(node, Scalar) and resolve(node) is None


def _as_build(node: Mapping | Scalar) -> Node:
    if isinstance(node, Mapping):
        return node
    return _mapping(node, [(replace(node, text="context", written=""), node)])


def _mapping(place: Node, entries: list[tuple[Scalar, Node]]) -> Mapping:
    return Mapping(
        line=place.line,
        column=place.column,
        file=place.file,
        entries={key.text: (key, value) for key, value in entries},
    )


def _nothing(place: Scalar) -> Scalar:
    return Scalar(line=place.line, column=place.column, file=place.file, text="", plain=True)
