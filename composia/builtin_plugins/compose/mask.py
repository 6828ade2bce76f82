"""Keeps secrets out of what is said: known values are replaced wherever they stand."""

import re
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from composia.builtin_plugins.compose.written import beginning

_SECRET_KEY = re.compile(r"PASS|PWD|(?:^|_)PW|SECRET|TOKEN|KEY|CREDENTIAL|PRIVATE|AUTH|SALT|COOKIE", re.IGNORECASE)
_IN_URL = re.compile(r"://[^:/@\s]*:([^@\s]+)@")
_SHORTEST = 4
"""Shorter values would hide ordinary words and numbers."""
_LARGEST = 65_536
"""Bytes of a file that are looked at."""


@dataclass(frozen=True)
class Mask:
    """Values that nobody may read."""

    values: tuple[str, ...] = ()

    @classmethod
    def of(cls, rendered: dict[str, Any], files: Iterable[Path]) -> "Mask":
        """What looks secret in a rendered configuration, and the content of its secret files."""
        return cls._of({*_in_environments(rendered), *(line for file in files for line in _lines(file))})

    @classmethod
    def of_variables(cls, directories: Iterable[Path]) -> "Mask":
        """What looks secret in the files with variables in these directories, before anything is rendered."""
        files = (file for directory in directories for file in directory.glob("*.env*"))
        assigned = (line.partition("=") for file in files for line in _lines(file))
        return cls._of({value.strip().strip("\"'") for key, _, value in assigned if _SECRET_KEY.search(key)})

    def joined(self, other: "Mask") -> "Mask":
        """Hides what either hides."""
        return self._of({*self.values, *other.values})

    @classmethod
    def _of(cls, values: AbstractSet[str]) -> "Mask":
        return cls(tuple(sorted((value for value in values if len(value) >= _SHORTEST), key=lambda v: (-len(v), v))))

    def hide(self, text: str) -> str:
        """The text without them."""
        for value in self.values:
            text = text.replace(value, "***")
        return text


def _in_environments(rendered: dict[str, Any]) -> Iterator[str]:
    for service in rendered["services"].values():
        arguments = (service.get("build") or {}).get("args") or {}
        for key, value in {**(service.get("environment") or {}), **arguments}.items():
            text = "" if value is None else str(value)
            if _SECRET_KEY.search(key):
                yield text
            yield from _IN_URL.findall(text)


def _lines(file: Path) -> list[str]:
    return [line.strip() for line in beginning(file, _LARGEST).decode(errors="replace").splitlines()]
