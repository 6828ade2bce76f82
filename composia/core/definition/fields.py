"""Reading typed fields out of located YAML: what does not fit becomes a problem with its place, and reading goes on."""

from collections.abc import Iterable
from typing import TypeVar

from composia.core.definition.document import Mapping, Node, Scalar, Sequence, resolve
from composia.core.definition.durations import parse_duration
from composia.core.problem import Problem, Severity
from composia.core.suggest import did_you_mean

Default = TypeVar("Default")


class Fields:
    """The fields of one mapping. Every `take_*` returns the default where the key is absent or wrong."""

    def __init__(self, mapping: Mapping, file: str, problems: list[Problem], path: str = "") -> None:
        self.mapping = mapping
        self._file = file
        self._problems = problems
        self._path = path

    def refuse_unknown(self, known: Iterable[str]) -> None:
        """A problem for each key that is not known; `x-` keys are free."""
        known = tuple(known)
        for name, (key, _) in self.mapping.entries.items():
            if name not in known and not name.startswith("x-"):
                self.error(key, f"unknown key {self._path}{name}", hint=did_you_mean(name, known))

    def take_text(self, key: str, default: Default) -> str | Default:
        """A text that is not empty."""
        node = self.mapping.get(key)
        if node is None:
            return default
        value = _value(node)
        if isinstance(value, str) and value:
            return value
        return self._wrong(node, key, "a text", default)

    def take_bool(self, key: str, default: bool) -> bool:
        """`true` or `false`."""
        node = self.mapping.get(key)
        if node is None:
            return default
        value = _value(node)
        return value if isinstance(value, bool) else self._wrong(node, key, "true or false", default)

    def take_count(self, key: str, default: int, *, least: int) -> int:
        """A whole number of at least `least`."""
        node = self.mapping.get(key)
        if node is None:
            return default
        value = _value(node)
        if isinstance(value, int) and not isinstance(value, bool) and value >= least:
            return value
        return self._wrong(node, key, f"a whole number of at least {least}", default)

    def take_seconds(self, key: str, default: float) -> float:
        """A duration."""
        node = self.mapping.get(key)
        if node is None:
            return default
        value = _value(node)
        seconds = parse_duration(value) if isinstance(value, str) else None
        return self._wrong(node, key, "a duration such as 90s or 2m", default) if seconds is None else seconds

    def take_word(self, key: str, words: Iterable[str], default: str) -> str:
        """One of some words."""
        node = self.mapping.get(key)
        if node is None:
            return default
        words = tuple(words)
        value = _value(node)
        if isinstance(value, str) and value in words:
            return value
        return self._wrong(node, key, f"one of {', '.join(words)}", default)

    def take_texts(self, key: str) -> tuple[Scalar, ...]:
        """A list of texts, each with its place."""
        node = self.mapping.get(key)
        if node is None:
            return ()
        if not isinstance(node, Sequence):
            return self._wrong(node, key, "a list", ())
        good = []
        for item in node.items:
            if isinstance(item, Scalar) and isinstance(resolve(item), str) and item.text:
                good.append(item)
            else:
                self._wrong(item, key, "a list of texts", None)
        return tuple(good)

    def take_labels(self, key: str) -> tuple[tuple[str, str], ...]:
        """A mapping of texts; numbers and booleans count as they are written."""
        node = self.mapping.get(key)
        if node is None:
            return ()
        if not isinstance(node, Mapping):
            return self._wrong(node, key, "a mapping of labels", ())
        labels = []
        for name, (_, value) in node.entries.items():
            if isinstance(value, Scalar) and value.text:
                labels.append((name, value.text))
            else:
                self._wrong(value, f"{key}.{name}", "a text", None)
        return tuple(sorted(labels))

    def take_section(self, key: str) -> "Fields | None":
        """A mapping of its own."""
        node = self.mapping.get(key)
        if node is None:
            return None
        if not isinstance(node, Mapping):
            return self._wrong(node, key, "a mapping", None)
        return Fields(node, self._file, self._problems, f"{self._path}{key}.")

    def error(self, node: Node, message: str, *, hint: str = "") -> None:
        """Note an error at a value."""
        self._note(Severity.ERROR, node, message, hint)

    def warn(self, node: Node, message: str, *, hint: str = "") -> None:
        """Note a warning at a value."""
        self._note(Severity.WARNING, node, message, hint)

    def _wrong(self, node: Node, key: str, right: str, default: Default) -> Default:
        self.error(node, f"{self._path}{key} is not {right}", hint=f"give {right}")
        return default

    def _note(self, severity: Severity, node: Node, message: str, hint: str) -> None:
        self._problems.append(
            Problem(
                severity=severity,
                message=message,
                file=self._file,
                line=node.line,
                column=node.column,
                value=node.text if isinstance(node, Scalar) else "",
                hint=hint,
            )
        )


def _value(node: Node) -> str | int | float | bool | Node | None:
    return resolve(node) if isinstance(node, Scalar) else node
