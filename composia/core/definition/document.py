"""YAML as Compose reads it, each value with its line and column.

Compose uses a YAML 1.2-like reader: `no` and `22:22` are texts, `0755` is octal, unknown tags are kept, a duplicate
key is an error. Aliases are not copied but shared, and what they would expand to is counted first, because a few
hundred bytes can stand for billions of values.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml

from composia.core.problem import Problem, Severity

MAX_BYTES = 4 << 20
MAX_NODES = 500_000
MAX_DEPTH = 100


@dataclass(frozen=True, kw_only=True, eq=False)
class Node:
    """A value and where it stands. Lines and columns count from 1."""

    line: int
    column: int
    tag: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class Scalar(Node):
    """A text; `plain` when it was written without quotes, so that it may mean a number, a boolean or nothing."""

    text: str
    plain: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class Sequence(Node):
    """A list of values."""

    items: list[Node] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True, eq=False)
class Mapping(Node):
    """Keys and values in order, merge keys (`<<`) already merged in behind the mapping's own."""

    entries: dict[str, tuple[Scalar, Node]] = field(default_factory=dict)

    def get(self, key: str) -> Node | None:
        """The value of a key."""
        entry = self.entries.get(key)
        return entry[1] if entry else None


class Unreadable(Exception):
    """A text that is no YAML, or more of it than is good for anybody."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def read_documents(content: bytes, file: str) -> tuple[Node, ...]:
    """The documents of a file; empty ones are left out. Raises `Unreadable` with the place of what is wrong."""
    if len(content) > MAX_BYTES:
        raise _unreadable(file, 0, 0, f"more than {MAX_BYTES >> 20} MiB of YAML")
    try:
        return tuple(_Builder(file).build(content))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        raise _unreadable(file, line, column, _explain(str(error.problem or error.context), content, line)) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise _unreadable(file, 0, 0, f"not YAML: {str(error).splitlines()[0]}") from error


def _explain(problem: str, content: bytes, line: int) -> str:
    text = content.splitlines()[line - 1] if 0 < line <= len(content.splitlines()) else b""
    if b"\t" in text[: len(text) - len(text.lstrip())]:
        return "a tab indents here, YAML wants spaces"
    return problem


def _unreadable(file: str, line: int, column: int, message: str, hint: str = "") -> Unreadable:
    return Unreadable(Problem(severity=Severity.ERROR, message=message, file=file, line=line, column=column, hint=hint))


class _Builder:
    """Builds values from the parser's events, without recursion, so that no nesting can exhaust the stack."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._anchors: dict[str, Node] = {}
        self._weights: dict[int, int] = {}
        self._stack: list[tuple[Sequence | Mapping, str | None]] = []
        self._key: Scalar | None = None
        self._outer_keys: list[Scalar | None] = []
        self._merged: set[Scalar] = set()

    def build(self, content: bytes) -> Iterator[Node]:
        root: Node | None = None
        for event in yaml.parse(content, Loader=yaml.CSafeLoader):
            match event:
                case yaml.DocumentStartEvent():
                    root, self._anchors, self._weights = None, {}, {}
                case yaml.DocumentEndEvent():
                    if root is not None and not (isinstance(root, Scalar) and root.plain and not root.text):
                        yield root
                case yaml.ScalarEvent():
                    root = self._add(self._scalar(event), event.anchor) or root
                case yaml.AliasEvent():
                    root = self._add(self._alias(event), None) or root
                case yaml.SequenceStartEvent() | yaml.MappingStartEvent():
                    self._open(event)
                case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                    node, anchor = self._stack.pop()
                    self._key = self._outer_keys.pop()
                    root = self._add(node, anchor) or root

    def _scalar(self, event: yaml.ScalarEvent) -> Scalar:
        line, column = self._place(event)
        return Scalar(
            line=line, column=column, tag=event.tag or "", text=event.value, plain=not event.style and not event.tag
        )

    def _alias(self, event: yaml.AliasEvent) -> Node:
        node = self._anchors.get(event.anchor or "")
        if node is None:
            raise _unreadable(self._file, *self._place(event), f"no anchor &{event.anchor} stands before this alias")
        return node

    def _open(self, event: yaml.SequenceStartEvent | yaml.MappingStartEvent) -> None:
        if len(self._stack) >= MAX_DEPTH:
            raise _unreadable(self._file, *self._place(event), f"nested deeper than {MAX_DEPTH} levels")
        line, column = self._place(event)
        kind = Sequence if isinstance(event, yaml.SequenceStartEvent) else Mapping
        self._stack.append((kind(line=line, column=column, tag=event.tag or ""), event.anchor))
        self._outer_keys.append(self._key)
        self._key = None

    def _add(self, node: Node, anchor: str | None) -> Node | None:
        """Put a finished value where it belongs; returns it when it is the document's root."""
        if anchor:
            self._anchors[anchor] = node
        self._weigh(node)
        if not self._stack:
            return node
        parent, _ = self._stack[-1]
        if isinstance(parent, Sequence):
            parent.items.append(node)
        elif self._key is None:
            if not isinstance(node, Scalar):
                raise _unreadable(self._file, node.line, node.column, "a key must be a text")
            self._key = node
        else:
            self._put(parent, self._key, node)
            self._key = None
        return None

    def _put(self, mapping: Mapping, key: Scalar, value: Node) -> None:
        if key.text == "<<" and key.plain:
            self._merge(mapping, key, value)
            return
        known = mapping.entries.get(key.text)
        if known is not None and known[0] not in self._merged:
            raise _unreadable(
                self._file, key.line, key.column, f"{key.text} stands here and in line {known[0].line}", "keep one"
            )
        mapping.entries[key.text] = (key, value)

    def _merge(self, mapping: Mapping, key: Scalar, value: Node) -> None:
        sources = value.items if isinstance(value, Sequence) else [value]
        for source in sources:
            if not isinstance(source, Mapping):
                raise _unreadable(self._file, key.line, key.column, "<< takes a mapping or a list of mappings")
            for name, (inner, node) in source.entries.items():
                if name not in mapping.entries:
                    stand_in = Scalar(line=inner.line, column=inner.column, text=name, plain=inner.plain)
                    self._merged.add(stand_in)
                    mapping.entries[name] = (stand_in, node)

    def _weigh(self, node: Node) -> None:
        """Count what a value expands to; shared values count as often as they are referred to."""
        children: list[Node] = []
        if isinstance(node, Sequence):
            children = node.items
        elif isinstance(node, Mapping):
            children = [value for _, value in node.entries.values()]
        weight = 1 + sum(self._weights.get(id(child), 1) for child in children)
        if weight > MAX_NODES:
            raise _unreadable(
                self._file, node.line, node.column, f"aliases expand this to more than {MAX_NODES} values"
            )
        self._weights[id(node)] = weight

    def _place(self, event: yaml.Event) -> tuple[int, int]:
        mark = event.start_mark
        return (mark.line + 1, mark.column + 1) if mark else (0, 0)


_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9_]*|0o?[0-7_]+|0x[0-9a-fA-F_]+|0b[01_]+)")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9][0-9_]*(\.[0-9_]*)?)([eE][-+]?[0-9]+)?")
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
}


def resolve(scalar: Scalar) -> str | int | float | bool | None:
    """What a text means: quoted it is a text; plain it may be a number, a boolean or nothing."""
    if not scalar.plain:
        return scalar.text
    if scalar.text in _WORDS:
        return _WORDS[scalar.text]
    if _INTEGER.fullmatch(scalar.text):
        return _integer(scalar.text.replace("_", ""))
    if _FLOAT.fullmatch(scalar.text):
        return float(scalar.text.replace("_", ""))
    return scalar.text


def _integer(text: str) -> int:
    sign, digits = (-1, text[1:]) if text[0] == "-" else (1, text.lstrip("+"))
    if digits[:2].lower() in ("0x", "0o", "0b"):
        return sign * int(digits, 0)
    return sign * (int(digits, 8) if len(digits) > 1 and digits[0] == "0" else int(digits))
