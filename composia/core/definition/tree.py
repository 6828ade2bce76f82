"""The paths of a service directory."""

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

MOST_LINKS = 40
"""How many links a path may lead over; as many as Linux follows."""


def inside(path: str) -> str | None:
    """The normalised path relative to the directory, or None when it is absolute or leaves the directory."""
    if path.startswith(("/", "~")):
        return None
    normal = posixpath.normpath(path)
    return None if normal == ".." or normal.startswith("../") else normal


@dataclass(frozen=True, kw_only=True)
class Tree:
    """Files and links of a directory, by path relative to it; a link with its target."""

    files: frozenset[str]
    links: Mapping[str, str] = field(default_factory=dict)

    def file(self, path: str) -> str | None:
        """The file that a path leads to, over links; None where there is none."""
        end = self._follow(path)
        return end if end in self.files else None

    def has(self, path: str) -> bool:
        """Whether the path leads to a file or a directory."""
        end = self._follow(path)
        return end is not None and (end in self.files or end in self._directories)

    @cached_property
    def _directories(self) -> frozenset[str]:
        found = {""}
        for path in (*self.files, *self.links):
            while path := posixpath.dirname(path):
                found.add(path)
        return frozenset(found)

    def _follow(self, path: str) -> str | None:
        left = path.split("/")[::-1]
        done: list[str] = []
        followed = 0
        while left:
            part = left.pop()
            if part == ".." and not done:
                return None
            if part == "..":
                done.pop()
            elif part not in ("", "."):
                done.append(part)
                target = self.links.get("/".join(done))
                if target is not None:
                    followed += 1
                    if followed > MOST_LINKS or target.startswith("/"):
                        return None
                    done.pop()
                    left += target.split("/")[::-1]
        return "/".join(done)
