"""YAML as Compose reads it, each value with its line and column.

Compose uses a YAML 1.2-like reader: `no` and `22:22` are texts, `0755` is octal, unknown tags are kept, a duplicate
key is an error. Aliases are not copied but shared, and what they would expand to is counted first, because a few
hundred bytes can stand for billions of values.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache

import yaml

from composia.core.definition.interpolation import Known
from composia.core.definition.scalars import meaning
from composia.core.problem import Problem, Severity

MAX_BYTES = 4 << 20
MAX_NODES = 200_000
"""Values of a file, each counted as often as aliases repeat it."""

MAX_DEPTH = 100

_BEGIN = re.compile(rb"[ \t]*(?:-[ \t]+)*")
"""What stands before the text of a line."""

_HINTS = {
    "this quote is never closed": "end the text with the same quote",
    "found character that cannot start any token": "put the text in quotes",
    "found unknown escape character": "put the text in single quotes, or write \\\\ for \\",
    "mapping values are not allowed in this context": "put a text with a colon in quotes; keys of one mapping begin in one column",
    "block sequence entries are not allowed in this context": "put the text in quotes, or begin the list in the next line",
    "could not find expected ':'": "KEY: VALUE, with a space behind the colon",
}
"""What would be right, by what the parser says."""

_MERGE = "tag:yaml.org,2002:merge"
"""The tag that some programs write before `<<`."""

_TYPES = frozenset(f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int", "float"))


@dataclass(frozen=True, kw_only=True, eq=False)
class Node:
    """A value and where it stands. Lines and columns count from 1."""

    line: int
    column: int
    file: str = ""
    tag: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class Scalar(Node):
    """A text; `plain` when it was written without quotes, so that it may mean a number, a boolean or nothing."""

    text: str
    plain: bool = False
    known: Known = Known.SURE
    written: str = ""
    """What stands in the file, where variables in it were replaced."""


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


def dig(node: Node | None, *path: str) -> Node | None:
    """What lies below a value by the keys of mappings; None where it ends earlier."""
    for key in path:
        node = node.get(key) if isinstance(node, Mapping) else None
    return node


def resolve(scalar: Scalar) -> str | int | float | bool | None:
    """What a text means: quoted it is a text; plain it may be a number, a boolean or nothing."""
    return meaning(scalar.text) if scalar.plain or scalar.tag in _TYPES else scalar.text


def read_documents(content: bytes, file: str) -> tuple[Node, ...]:
    """The documents of a file; empty ones are left out. Raises `Unreadable` with the place of the first problem."""
    documents, problems = parse_documents(content, file)
    if problems:
        raise Unreadable(problems[0])
    return documents


@lru_cache(maxsize=4)  # a definition is read again with the files that it asks for
def parse_documents(content: bytes, file: str) -> tuple[tuple[Node, ...], tuple[Problem, ...]]:
    """The documents of a file, and its duplicate keys, of which the first one counts. Raises `Unreadable`."""
    if len(content) > MAX_BYTES:
        raise _unreadable(file, 0, 0, f"more than {MAX_BYTES >> 20} MiB of YAML")
    builder = _Builder(file)
    try:
        documents = builder.build(content)
    except yaml.MarkedYAMLError as error:
        is_open = (
            error.context == "while scanning a quoted scalar" and error.problem == "found unexpected end of stream"
        )
        mark = error.context_mark if is_open else error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        problem = "this quote is never closed" if is_open else str(error.problem or error.context)
        message, hint = _explain(problem, content, line)
        raise _unreadable(file, line, column, message, hint) from error
    except yaml.reader.ReaderError as error:
        before = content[: error.position]
        line, column = before.count(b"\n") + 1, error.position - before.rfind(b"\n")
        raise _unreadable(file, line, column, f"no text in UTF-8: {error.reason}") from error
    return documents, tuple(builder.problems)


def _explain(problem: str, content: bytes, line: int) -> tuple[str, str]:
    lines = content.split(b"\n")
    text = lines[line - 1] if 0 < line <= len(lines) else b""
    begin = _BEGIN.match(text)
    if begin and b"\t" in begin[0]:
        return "a tab indents this line", "indent with spaces"
    return problem, _HINTS.get(problem, "")


def _unreadable(file: str, line: int, column: int, message: str, hint: str = "") -> Unreadable:
    return Unreadable(Problem(severity=Severity.ERROR, message=message, file=file, line=line, column=column, hint=hint))


@dataclass(kw_only=True)
class _Open:
    """A list or mapping that is being read."""

    node: Sequence | Mapping
    anchor: str | None
    begin: int
    """What was counted before it."""

    depth: int = 1
    key: Scalar | None = None
    merged: set[str] = field(default_factory=set)
    """The keys that came by `<<`; the mapping's own replace them."""

    merge_key: Scalar | None = None


@dataclass(frozen=True, kw_only=True)
class _Anchored:
    node: Node
    weight: int
    depth: int


class _Builder:
    """Builds values from the parser's events, without recursion, so that no nesting can exhaust the stack."""

    def __init__(self, file: str) -> None:
        self.problems: list[Problem] = []
        self._file = file
        self._anchors: dict[str, _Anchored] = {}
        self._stack: list[_Open] = []
        self._count = 0
        self._roots: list[Node] = []

    def build(self, content: bytes) -> tuple[Node, ...]:
        for event in yaml.parse(content, Loader=yaml.CSafeLoader):
            match event:
                case yaml.DocumentStartEvent():
                    self._anchors = {}
                case yaml.ScalarEvent():
                    self._scalar(event)
                case yaml.AliasEvent():
                    self._alias(event)
                case yaml.SequenceStartEvent() | yaml.MappingStartEvent():
                    self._open(event)
                case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                    self._close()
        return tuple(root for root in self._roots if not _is_empty(root))

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        line, column = _place(event)
        tag = event.tag or ""
        node = Scalar(
            line=line, column=column, file=self._file, tag=tag, text=event.value, plain=not event.style and not tag
        )
        self._weigh(1, node)
        self._finish(node, event.anchor, weight=1, depth=0)

    def _alias(self, event: yaml.AliasEvent) -> None:
        line, column = _place(event)
        anchored = self._anchors.get(event.anchor or "")
        if anchored is None:
            raise _unreadable(self._file, line, column, f"no anchor &{event.anchor} ends before this alias")
        self._weigh(anchored.weight, Node(line=line, column=column))
        self._finish(anchored.node, None, weight=anchored.weight, depth=anchored.depth)

    def _open(self, event: yaml.SequenceStartEvent | yaml.MappingStartEvent) -> None:
        line, column = _place(event)
        kind = Sequence if isinstance(event, yaml.SequenceStartEvent) else Mapping
        node = kind(line=line, column=column, file=self._file, tag=event.tag or "")
        self._stack.append(_Open(node=node, anchor=event.anchor, begin=self._count))
        self._weigh(1, node)
        self._check_depth(len(self._stack), node)

    def _close(self) -> None:
        done = self._stack.pop()
        self._finish(done.node, done.anchor, weight=self._count - done.begin, depth=done.depth)

    def _finish(self, node: Node, anchor: str | None, *, weight: int, depth: int) -> None:
        """Put a finished value where it belongs."""
        if anchor:
            self._anchors[anchor] = _Anchored(node=node, weight=weight, depth=depth)
        if not self._stack:
            self._roots.append(node)
            return
        parent = self._stack[-1]
        parent.depth = max(parent.depth, depth + 1)
        self._check_depth(len(self._stack) + depth, node)
        if isinstance(parent.node, Sequence):
            parent.node.items.append(node)
        elif parent.key is None:
            if not isinstance(node, Scalar):
                raise _unreadable(self._file, node.line, node.column, "a key must be a text")
            parent.key = node
        else:
            self._put(parent, parent.node, parent.key, node)
            parent.key = None

    def _put(self, parent: _Open, mapping: Mapping, key: Scalar, value: Node) -> None:
        is_merge = key.text == "<<" and (key.plain or key.tag == _MERGE)
        entry = None if key.text in parent.merged else mapping.entries.get(key.text)
        known = parent.merge_key if is_merge else entry[0] if entry else None
        if known is not None and value.tag != "!reset" and not any(one.node.tag == "!reset" for one in self._stack):
            message = f"key {key.text} is given twice, here and in line {known.line}"
            self.problems.append(_unreadable(self._file, key.line, key.column, message, "keep one of them").problem)
        elif is_merge:
            parent.merge_key = key
            self._merge(parent, mapping, key, value)
        else:
            parent.merged.discard(key.text)
            mapping.entries[key.text] = (key, value)

    def _merge(self, parent: _Open, mapping: Mapping, key: Scalar, value: Node) -> None:
        for source in value.items if isinstance(value, Sequence) else [value]:
            if not isinstance(source, Mapping):
                raise _unreadable(self._file, key.line, key.column, "<< takes a mapping or a list of mappings")
            for name, entry in source.entries.items():
                if name not in mapping.entries:
                    parent.merged.add(name)
                    mapping.entries[name] = entry

    def _weigh(self, weight: int, node: Node) -> None:
        self._count += weight
        if self._count > MAX_NODES:
            message = f"more than {MAX_NODES} values, each counted as often as aliases repeat it"
            raise _unreadable(self._file, node.line, node.column, message)

    def _check_depth(self, depth: int, node: Node) -> None:
        if depth > MAX_DEPTH:
            raise _unreadable(self._file, node.line, node.column, f"nested deeper than {MAX_DEPTH} levels")


def _is_empty(root: Node) -> bool:
    return isinstance(root, Scalar) and root.plain and not root.text


def _place(event: yaml.Event) -> tuple[int, int]:
    mark = event.start_mark
    return (mark.line + 1, mark.column + 1) if mark else (0, 0)
