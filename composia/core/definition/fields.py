"""Reading typed fields out of located YAML: what does not fit becomes a problem with its place, and reading goes on."""

from collections.abc import Callable, Collection, Iterable
from typing import TypeVar

from composia.core.definition.document import Mapping, Node, Scalar, Sequence, resolve
from composia.core.definition.durations import LONGEST_S, parse_duration
from composia.core.problem import Problem, Severity
from composia.core.suggest import did_you_mean

Value = str | int | float | bool | Node | None
Default = TypeVar("Default")
Result = TypeVar("Result")


class Fields:
    """The fields of one mapping. Every `take_*` returns the default where the key is absent or wrong."""

    def __init__(self, mapping: Mapping, file: str, problems: list[Problem], path: str = "") -> None:
        self.mapping = mapping
        self._file = file
        self._problems = problems
        self._path = path

    def refuse_unknown(self, known: Iterable[str], accepted: Collection[str] = ()) -> None:
        """A problem for each key that is neither known nor accepted; `x-` keys are free."""
        known = tuple(known)
        for name, (key, _) in self.mapping.entries.items():
            if name not in known and name not in accepted and not name.startswith("x-"):
                self.error(key, f"unknown key {self._path}{name}", hint=did_you_mean(name, known))

    def take_text(self, key: str, default: Default) -> str | Default:
        """A text that is not empty."""
        return self._take(key, default, "a text", lambda value: value if isinstance(value, str) and value else None)

    def take_bool(self, key: str, default: bool) -> bool:
        """`true` or `false`."""
        return self._take(key, default, "true or false", lambda value: value if isinstance(value, bool) else None)

    def take_count(self, key: str, default: int, *, least: int) -> int:
        """A whole number of at least `least`, and at most ten thousand."""

        def count(value: Value) -> int | None:
            return (
                value if isinstance(value, int) and not isinstance(value, bool) and least <= value <= 10_000 else None
            )

        return self._take(key, default, f"a whole number from {least} to 10000", count)

    def take_seconds(self, key: str, default: float, *, positive: bool = False) -> float:
        """A duration of at most a week."""

        def seconds(value: Value) -> float | None:
            return parse_duration(value) if isinstance(value, str) else None

        found = self._take(key, default, "a duration such as 90s or 2m", seconds)
        if found > LONGEST_S or (positive and not found):
            node = self.mapping.entries[key][1]
            self._wrong(node, f"{self._path}{key}", f"{'more than 0s and ' if positive else ''}at most 168h")
            return default
        return found

    def take_word(self, key: str, words: Iterable[str], default: str) -> str:
        """One of some words."""
        words = tuple(words)
        right = f"one of {', '.join(words)}"
        return self._take(
            key, default, right, lambda value: value if isinstance(value, str) and value in words else None
        )

    def take_texts(self, key: str) -> tuple[Scalar, ...]:
        """A list of texts, each with its place."""
        node = self.mapping.get(key)
        if node is None:
            return ()
        if not isinstance(node, Sequence):
            self._wrong(node, f"{self._path}{key}", "a list", f"{key}: [{_text(node) or '…'}]")
            return ()
        good = []
        for position, item in enumerate(node.items):
            if isinstance(item, Scalar) and isinstance(resolve(item), str) and item.text:
                good.append(item)
            else:
                self._wrong(item, f"{self._path}{key}[{position}]", "a text", quoted(item))
        return tuple(good)

    def take_labels(self, key: str) -> tuple[tuple[str, str], ...]:
        """A mapping of texts; numbers and booleans count as they are written."""
        node = self.mapping.get(key)
        if node is None:
            return ()
        if not isinstance(node, Mapping):
            self._wrong(node, f"{self._path}{key}", "a mapping", f"{key}: {{name: value}}")
            return ()
        labels = []
        for name, (_, value) in node.entries.items():
            if isinstance(value, Scalar) and resolve(value) is not None:
                labels.append((name, value.text))
            else:
                self._wrong(value, f"{self._path}{key}.{name}", "a text")
        return tuple(sorted(labels))

    def take_section(self, key: str) -> "Fields | None":
        """A mapping of its own."""
        node = self.mapping.get(key)
        if node is None:
            return None
        if not isinstance(node, Mapping):
            self._wrong(node, f"{self._path}{key}", "a mapping")
            return None
        return Fields(node, self._file, self._problems, f"{self._path}{key}.")

    def error(self, node: Node, message: str, *, hint: str = "") -> None:
        """Note an error at a value."""
        self._problems.append(problem_at(node, self._file, Severity.ERROR, message, hint))

    def warn(self, node: Node, message: str, *, hint: str = "") -> None:
        """Note a warning at a value."""
        self._problems.append(problem_at(node, self._file, Severity.WARNING, message, hint))

    def _take(
        self, key: str, default: Default, right: str, accept: Callable[[Value], Result | None]
    ) -> Result | Default:
        node = self.mapping.get(key)
        if node is None:
            return default
        result = accept(resolve(node) if isinstance(node, Scalar) else node)
        if result is None:
            self._wrong(node, f"{self._path}{key}", right, quoted(node) if right == "a text" else "")
            return default
        return result

    def _wrong(self, node: Node, name: str, right: str, hint: str = "") -> None:
        self.error(node, f"{name} must be {right}, not {kind_of(node)}", hint=hint)


def problem_at(
    node: Node | None, file: str, severity: Severity, message: str, hint: str = "", *, on_node: bool = False
) -> Problem:
    """A problem with the place and the text of a value."""
    return Problem(
        severity=severity,
        message=message,
        file=file,
        line=node.line if node else 0,
        column=node.column if node else 0,
        value=_text(node),
        hint=hint,
        on_node=on_node,
    )


def _text(node: Node | None) -> str:
    return node.written or node.text if isinstance(node, Scalar) else ""


def quoted(node: Node) -> str:
    """What to write where a number or a boolean was meant as a text."""
    return f'"{node.text}"' if isinstance(node, Scalar) and node.plain and resolve(node) is not None else ""


def kind_of(node: Node) -> str:
    """What a value is, for people: the text itself where it is one."""
    if isinstance(node, Sequence):
        return "a list"
    if isinstance(node, Mapping):
        return "a mapping"
    assert isinstance(node, Scalar)
    if node.written:
        return f"the text {node.written[:80]!r}"
    value = resolve(node)
    if value is None or value == "":
        return "nothing"
    return node.text if isinstance(value, bool) else f"the text {value[:80]!r}" if isinstance(value, str) else node.text
