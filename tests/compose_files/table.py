"""The table: Compose files of our own making, each with what Compose and we say of it.

A file of `tables/` has up to four lists:

accepted   Compose accepts it, and so do we
refused    Compose refuses it, and we do
node       Compose refuses it, and only the node can say so: `why`
ours       Compose accepts it, and we do not: `why`

In a case, `compose` is its `compose.yaml` and `files` are others; with `compose_files` it names them in its
`composia-meta.yaml`. `✗` stands before the place of an error and `▲` before that of a warning; neither belongs to the
file. `says` has a few words of each problem in the order of the marks, and `whole` those of a file without a place.
`unasked` says why Compose itself must not see the case.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import yaml

from composia.core.definition.reading import Reading, read_definition
from composia.core.definition.tree import Tree
from composia.core.problem import Severity
from composia.core.service import META_FILE

TABLES = Path(__file__).parent / "tables"
MARKS = {"✗": Severity.ERROR, "▲": Severity.WARNING}
_KEYS = {"case", "compose", "files", "compose_files", "links", "says", "whole", "why", "unasked"}


class Verdict(StrEnum):
    """Who accepts a case."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    NODE = "node"
    OURS = "ours"

    @property
    def compose_accepts(self) -> bool:
        """What Compose said of it when the table was made."""
        return self in (Verdict.ACCEPTED, Verdict.OURS)


@dataclass(frozen=True, kw_only=True)
class Expected:
    """A problem: where it is, and words that are said of it."""

    severity: Severity
    place: str
    words: str


@dataclass(frozen=True, kw_only=True)
class Case:
    """A service directory. `unasked` is why Compose must not see it."""

    name: str
    verdict: Verdict
    files: Mapping[str, bytes]
    links: Mapping[str, str]
    compose_files: tuple[str, ...]
    expected: tuple[Expected, ...]
    unasked: str = ""

    def write(self, directory: Path) -> None:
        """Lay it down in an empty directory."""
        for name, content in self.files.items():
            file = directory / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        for name, target in self.links.items():
            (directory / name).symlink_to(target)


def read(files: Mapping[str, bytes], links: Mapping[str, str] | None = None) -> Reading:
    """What we say of a service directory with these files."""
    tree = Tree(files=frozenset(files), links=links or {})
    contents: dict[str, bytes] = {}
    while (reading := read_definition("", tree, contents)).wanted:
        assert contents.keys().isdisjoint(reading.wanted)
        contents |= {name: files[name] for name in reading.wanted}
    return reading


def load() -> tuple[Case, ...]:
    """Every case of every table."""
    cases = []
    for file in sorted(TABLES.glob("*.yaml")):
        for verdict, listed in yaml.safe_load(file.read_text()).items():
            cases += [_case(f"{file.stem}: {row['case']}", Verdict(verdict), row) for row in listed]
    assert len({case.name for case in cases}) == len(cases)
    return tuple(cases)


def _case(name: str, verdict: Verdict, row: dict[str, Any]) -> Case:
    assert row.keys() <= _KEYS, (name, row.keys() - _KEYS)
    assert ("why" in row) == (verdict in (Verdict.NODE, Verdict.OURS)), f"{name} wants a reason, or must not have one"
    texts = ({"compose.yaml": row["compose"]} if "compose" in row else {}) | row.get("files", {})
    marked = [(severity, place) for file, text in texts.items() for severity, place in _marked(file, text)]
    says = row.get("says", [])
    assert len(marked) == len(says), f"{name} has {len(marked)} marks and says {len(says)} things"
    expected = [
        Expected(severity=severity, place=place, words=words)
        for (severity, place), words in zip(marked, says, strict=True)
    ]
    whole = [Expected(severity=Severity.ERROR, place=file, words=words) for file, words in row.get("whole", {}).items()]
    compose_files = tuple(row.get("compose_files", ()))
    files = {file: _unmarked(text).encode() for file, text in texts.items()}
    meta = "name: case\nnodes: [a]\n" + (f"compose_files: [{', '.join(compose_files)}]\n" if compose_files else "")
    return Case(
        name=name,
        verdict=verdict,
        files={META_FILE: meta.encode()} | files,
        links=row.get("links", {}),
        compose_files=compose_files,
        expected=(*whole, *expected),
        unasked=row.get("unasked", ""),
    )


def _marked(file: str, text: str) -> list[tuple[Severity, str]]:
    found = []
    for number, line in enumerate(text.split("\n"), 1):
        before = ""
        for character in line:
            if character in MARKS:
                found.append((MARKS[character], f"{file}:{number}:{len(before) + 1}"))
            else:
                before += character
    return found


def _unmarked(text: str) -> str:
    return "".join(character for character in text if character not in MARKS)
