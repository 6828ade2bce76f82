"""Variables in the texts of a Compose file: `$X`, `${X:-default}` and the like, replaced as Compose does it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum

GIVEN = frozenset({"COMPOSE_PROJECT_NAME", "HOME", "PATH", "DOCKER_HOST", "DOCKER_CONFIG"})
"""What is set wherever Compose runs, to values that only the node has."""

MOST_NESTED = 20
"""How many defaults inside of defaults are looked into."""

MOST_REPLACED = 4 << 20
"""Characters that variables may come to in all texts of a service together."""

_BEGIN = re.compile(r"\$(?:(?P<escaped>\$)|(?P<bare>[A-Za-z_][A-Za-z0-9_]*)|(?P<brace>\{))")
_NAME = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(:?[-?+]|)")
_LONE = re.compile(r"(?<!\$)\{")


class Known(IntEnum):
    """How well a text is known here."""

    UNKNOWN = 0
    """It depends on a variable of the node."""

    ASSUMED = 1
    """It is a default, which stands unless the node sets the variable."""

    SURE = 2


@dataclass(frozen=True, kw_only=True)
class Variables:
    """The variables of a project. `complete` when the service directory has the file that sets them."""

    values: Mapping[str, str | None] = field(default_factory=dict)
    """None is a value that cannot be told here."""

    complete: bool = False
    refused_line: int = 0
    """Where that file has a line for which Compose refuses all of it."""


@dataclass(frozen=True, kw_only=True)
class Replaced:
    """A text after its variables were replaced."""

    text: str
    known: Known
    invalid: str = ""
    """What cannot be read, from its `$` on; nothing else is told of such a text."""

    unset: tuple[str, ...] = ()
    """The variables that are set nowhere and for which nothing stands in."""


class Room:
    """What variables may still come to. Ten lines that each name the one before it ten times would fill any memory."""

    def __init__(self, most: int = MOST_REPLACED) -> None:
        self._left = most

    @property
    def is_full(self) -> bool:
        """Whether something found no room."""
        return self._left < 0

    def take(self, value: str) -> bool:
        """Whether there is room for a value."""
        if not self.is_full:
            self._left -= len(value)
        return not self.is_full


def replace_variables(text: str, variables: Variables, room: Room | None = None) -> Replaced:
    """Replace the variables in a text. What finds no room is not known."""
    reading = _Reading(variables, room or Room())
    try:
        done, known = reading.read(text, 0)
    except _Invalid as found:
        return Replaced(text=text, known=Known.UNKNOWN, invalid=str(found))
    return Replaced(text=done, known=known, unset=tuple(dict.fromkeys(reading.unset)))


class _Invalid(Exception):
    """The text from a `$` on that Compose cannot read."""


class _Reading:
    def __init__(self, variables: Variables, room: Room) -> None:
        self.unset: list[str] = []
        self._variables = variables
        self._room = room

    def read(self, text: str, depth: int) -> tuple[str, Known]:
        done: list[str] = []
        known = Known.SURE
        for part, certainty in self._parts(text, depth):
            done.append(part)
            known = min(known, certainty)
        return "".join(done), known

    def _parts(self, text: str, depth: int) -> Iterator[tuple[str, Known]]:
        at = 0
        while begin := _BEGIN.search(text, at):
            yield text[at : begin.start()], Known.SURE
            at = begin.end()
            if begin["escaped"]:
                yield "$", Known.SURE
            elif begin["bare"]:
                yield self._value(begin["bare"], "", "", depth)
            else:
                end = _closing(text, at)
                name = _NAME.match(text, at)
                if end is None and name and _LONE.search(text, at) and "}" in text[at:]:
                    yield "", Known.UNKNOWN  # Compose finds an end to some of these
                    return
                if end is None or name is None or (not name[2] and name.end() != end):
                    raise _Invalid(text[begin.start() :])
                yield self._value(name[1], name[2], text[name.end() : end], depth + 1)
                at = end + 1
        yield text[at:], Known.SURE

    def _value(self, name: str, rule: str, argument: str, depth: int) -> tuple[str, Known]:
        unset = len(self.unset)
        other, other_known = self._argument(argument, depth)
        if name in GIVEN:
            return "", Known.UNKNOWN
        if name in self._variables.values:
            value = self._variables.values[name]
            if value is None:
                return "", Known.UNKNOWN
            is_set, known = bool(value) if rule.startswith(":") else True, Known.SURE
        else:
            value, is_set, known = "", False, Known.SURE if self._variables.complete else Known.ASSUMED
        if rule.endswith("-") and not is_set:
            return other, min(known, other_known)
        del self.unset[unset:]  # what is not used need not be set
        if rule.endswith("+"):
            return (other, other_known) if is_set else ("", known)
        if is_set:
            return (value, known) if self._room.take(value) else ("", Known.UNKNOWN)
        self.unset.append(name)
        return "", Known.UNKNOWN

    def _argument(self, text: str, depth: int) -> tuple[str, Known]:
        """What stands behind the rule, read whether it is used or not, as Compose does it."""
        if not text:
            return "", Known.SURE
        if depth > MOST_NESTED or "\n" in text or "{" in text.replace("${", ""):
            return "", Known.UNKNOWN  # versions of Compose differ over where this ends
        return self.read(text, depth)


def _closing(text: str, at: int) -> int | None:
    """Where the brace closes that opened before `at`."""
    left = 1
    while True:
        closes = text.find("}", at)
        if closes < 0:
            return None
        left += text.count("{", at, closes) - 1
        if not left:
            return closes
        at = closes + 1
