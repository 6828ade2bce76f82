"""What the schema has against a project, in words."""

from collections.abc import Iterable, Iterator
from typing import Any

from composia.core.definition.document import Mapping, Node, Scalar, Sequence, resolve
from composia.core.definition.fields import kind_of, quoted
from composia.core.definition.findings import Findings
from composia.core.definition.schema import Complaint, Path, complaints, locate, schema, service_hint
from composia.core.definition.values import is_duration
from composia.core.suggest import misspelt

WORDS = {
    "string": "a text",
    "array": "a list",
    "object": "a mapping",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "nothing",
}
NAME_HINT = "letters, digits, ., _ and - make a name"
_TOLERATED = frozenset({"uniqueItems", "deprecated"})
"""What Compose does not insist on."""
_NEWER = frozenset({"pattern"})
"""What may only mean that the node's Compose is older, or newer, than the schema."""


def find_unfit(root: Mapping, findings: Findings) -> None:
    """Note all that does not fit the schema."""
    for complaint in complaints(root):
        if findings.is_full:
            break
        node = locate(root, complaint.path)
        if node is None or complaint.rule in _TOLERATED or _is_tagged(complaint, node):
            continue
        if complaint.path == ("include",) and isinstance(node, Scalar) and not node.text:
            continue
        if complaint.rule == "enum" and _is_mount_type(complaint.path):
            continue  # said as what Docker refuses
        if complaint.rule == "additionalProperties":
            _unknown(complaint, node, findings)
        else:
            message, hint = _said(complaint, node)
            note = findings.warn if complaint.rule in _NEWER or _is_overlooked(complaint.path) else findings.error
            note(node, message, hint)


def shown(path: Path) -> str:
    """A path as people write it: `services.web.ports[0]`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def _is_overlooked(path: Path) -> bool:
    """Whether it is of an item of `include`, or of `post_start` or `pre_stop`, into which not every version looks."""
    return (len(path) > 1 and path[0] == "include") or (len(path) > 2 and path[2] in ("post_start", "pre_stop"))


def _is_mount_type(path: Path) -> bool:
    """Whether it is the type of a mount, which older versions do not look at."""
    return len(path) == 5 and path[2] == "volumes" and path[4] == "type"


def _is_tagged(complaint: Complaint, node: Node) -> bool:
    """Whether it is of a kind that only Compose knows."""
    return complaint.rule == "type" and node.tag not in ("", "!override") and not node.tag.startswith("tag:yaml.org")


def _unknown(complaint: Complaint, node: Node, findings: Findings) -> None:
    assert isinstance(node, Mapping)
    known = list(complaint.schema.get("properties", ()))
    for name in complaint.argument:
        key, value = node.entries[name]
        if name.startswith("x-"):
            continue
        where = shown((*complaint.path, name))
        if len(complaint.path) == 2 and complaint.path[0] == "services" and name in _deploy_keys():
            findings.error(key, f"unknown key {where}", f"it belongs under deploy: {{{name}: …}}")
        elif not complaint.path and _is_service(value):
            findings.error(key, f"unknown key {where}", f"a service belongs under services: {{{name}: …}}")
        elif not known:
            findings.error(key, f"{name!r} is no name for {_place(complaint.path)}", NAME_HINT)
        elif meant := misspelt(name, known):
            note = findings.warn if _is_overlooked(complaint.path) else findings.error
            note(key, f"unknown key {where}", f"did you mean {meant}?")
        else:
            newer = "Compose refuses it, unless the node's is newer and knows it"
            listed = f"; known: {', '.join(known)}" if len(known) <= 10 else ""
            findings.warn(key, f"unknown key {where}", newer + listed)


def _deploy_keys() -> frozenset[str]:
    return frozenset(schema()["definitions"]["deployment"]["properties"]) - {"labels"}


def _is_service(node: Node) -> bool:
    return isinstance(node, Mapping) and ("image" in node.entries or "build" in node.entries)


def _place(path: Path) -> str:
    return shown(path) if len(path) != 1 else f"one of the {path[0]}"


def _said(complaint: Complaint, node: Node) -> tuple[str, str]:
    where, argument = shown(complaint.path), complaint.argument
    match complaint.rule:
        case "type":
            return _wrong_kind(complaint.path, argument, node)
        case "enum":
            return f"{where} must be one of {', '.join(map(str, argument))}, not {kind_of(node)}", _meant(
                node, argument
            )
        case "required":
            names = [argument] if isinstance(argument, str) else argument
            return f"{where} needs {' and '.join(names)}", ", ".join(f"{name}: …" for name in names)
        case "minimum":
            return f"{where} must be at least {argument}", ""
        case "maximum":
            return f"{where} must be at most {argument}", ""
        case "pattern":
            return f"{where} must fit {argument}, not {kind_of(node)}", ""
    return f"{where} does not fit: {complaint.rule} {argument}"[:200], ""


def _wrong_kind(path: Path, types: Iterable[str], node: Node) -> tuple[str, str]:
    where, names = shown(path), sorted(types, key=list(WORDS).index)
    right = " or ".join(WORDS[name] for name in names if name != "null" or len(names) == 1)
    hint = quoted(node) if "string" in names else ""
    if "array" in names and isinstance(node, Scalar) and node.text:
        hint = f"- {node.written or node.text}" if node.plain else f'- "{node.written or node.text}"'
    if path[:1] == ("services",) and len(path) == 2:
        hint = service_hint(str(path[1]))
    elif is_duration(path) and isinstance(node, Scalar) and isinstance(resolve(node), int | float):
        hint = f"{node.text}s"
    return f"{where} must be {right}, not {kind_of(node)}", hint[:100]


def _meant(node: Node, words: Iterable[Any]) -> str:
    meant = misspelt(node.text, map(str, words)) if isinstance(node, Scalar) else ""
    return f"did you mean {meant}?" if meant else ""


def odd_keys(root: Node) -> Iterator[Scalar]:
    """Keys that are no texts, each once; Compose takes no others."""
    seen: set[int] = set()
    left = [root]
    while left:
        node = left.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, Sequence):
            left += node.items[::-1]
        elif isinstance(node, Mapping):
            yield from (key for key, _ in node.entries.values() if not isinstance(resolve(key), str))
            left += [value for _, value in node.entries.values()][::-1]
