"""Names that are made from other names."""

import re
from collections.abc import Collection

from composia.core.service import NAME

_NOT_OF_A_NAME = re.compile(r"[^a-z0-9_-]+")
_NOT_OF_A_PROJECT = re.compile(r"[^a-z0-9_-]")


def as_name(text: str) -> str:
    """A text as the name of a service: in small letters, with - for what a name cannot have; empty where nothing is left."""
    return _NOT_OF_A_NAME.sub("-", text.lower()).strip("-_")


def as_project(text: str) -> str:
    """The name that Compose makes of a directory's name for a project: what cannot be in one is left out."""
    return _NOT_OF_A_PROJECT.sub("", text.lower()).lstrip("-_")


def free_name(path: str, taken: Collection[str]) -> str:
    """A name for the service in a directory that is not `taken`: the directory's own, else with those above it in front,
    else with a number behind."""
    parts = [part for part in map(as_name, path.split("/")) if part]
    own = parts[-1] if parts else "service"
    longer = ["-".join(parts[-count:]) for count in range(2, len(parts) + 1)]
    for name in (own, *longer):
        if name not in taken and NAME.fullmatch(name):
            return name
    number = 2
    while f"{own}-{number}" in taken:
        number += 1
    return f"{own}-{number}"
