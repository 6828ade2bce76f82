"""Compose files on disk that may become services, and the services that are there already."""

import os
import posixpath
import re
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from composia.core.definition.meta import COMPOSE_FILES, OVERRIDES
from composia.core.definition.tree import Tree
from composia.core.service import META_FILE

NOT_ENTERED = frozenset({"node_modules", "vendor", "venv", "__pycache__"})
"""Directories of other people's files; those whose name begins with a dot are left out too."""

_ALIKE = re.compile(r"(docker-)?compose([._-].*)?\.ya?ml")


@dataclass(frozen=True, kw_only=True)
class Skipped:
    """A directory, relative to where the search began, that becomes no service, and why."""

    directory: str
    reason: str


@dataclass(kw_only=True)
class Survey:
    """What was found below a directory. All paths are relative to it and have `/` between their parts; `.` is itself."""

    fresh: list[str] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)


def survey(root: Path) -> Survey:
    """Look for Compose files; those that lie least deep come first. `OSError` where `root` itself cannot be read."""
    next(root.iterdir(), None)  # what is below may be closed to us, but not this
    found = Survey()
    above = _service_above(root)
    closed: list[str] = []
    places = [(_relative(root, place), place, names) for place, names in _walk(root, closed)]
    existing = {directory for directory, _, names in places if META_FILE in names}
    for directory, place, names in places:
        alike = sorted(name for name in names if _ALIKE.fullmatch(name))
        if directory in existing:
            reason = f"has a {META_FILE}"
        elif not alike:
            continue
        elif outer := above or _outer(directory, {*existing, *found.fresh}):
            reason = f"lies inside of the service in {outer}"
        else:
            reason = _unfit(directory, alike, place, existing)
        if reason:
            found.skipped.append(Skipped(directory=directory, reason=reason))
        else:
            found.fresh.append(directory)
    found.fresh.sort(key=lambda directory: (directory.count("/"), directory))
    found.skipped += [Skipped(directory=os.path.relpath(path, root), reason="cannot be read") for path in closed]
    return found


def tree_of(place: Path) -> Tree:
    """The files and links of a service directory; what Git keeps for itself and what is closed to us is left out."""
    files, links = set(), {}
    for directory, names, file_names in os.walk(place):
        names[:] = [name for name in names if name != ".git"]
        for name in (*file_names, *names):
            path = Path(directory, name)
            relative = path.relative_to(place).as_posix()
            with suppress(OSError):
                mode = os.lstat(path).st_mode
                if stat.S_ISLNK(mode):
                    links[relative] = str(path.readlink())
                elif stat.S_ISREG(mode):
                    files.add(relative)
    return Tree(files=frozenset(files), links=links)


def usual_files(tree: Tree) -> tuple[str, ...]:
    """The files that Compose takes unless it is told which."""
    first = (next((name for name in names if tree.file(name)), "") for names in (COMPOSE_FILES, OVERRIDES))
    return tuple(name for name in first if name)


def definitions_around(root: Path) -> Iterator[Path]:
    """Every `composia-meta.yaml` of the repository that a directory belongs to, or of the directory itself."""
    top = next((place for place in (root, *root.parents) if (place / ".git").exists()), root)
    for place, names in _walk(top, []):
        if META_FILE in names:
            yield place / META_FILE


def _walk(root: Path, closed: list[str]) -> Iterator[tuple[Path, list[str]]]:
    def note(error: OSError) -> None:
        closed.append(str(error.filename))

    for directory, names, file_names in os.walk(root, onerror=note):
        names[:] = sorted(name for name in names if not name.startswith(".") and name not in NOT_ENTERED)
        yield Path(directory), file_names


def _relative(root: Path, place: Path) -> str:
    return place.relative_to(root).as_posix()


def _service_above(root: Path) -> Path | None:
    """The service of the same repository that a directory lies in."""
    for place in root.parents if not (root / ".git").exists() else ():
        if (place / META_FILE).is_file():
            return place
        if (place / ".git").exists():
            return None
    return None


def _outer(directory: str, services: set[str]) -> str | None:
    while directory != ".":
        directory = posixpath.dirname(directory) or "."
        if directory in services:
            return directory
    return None


def _unfit(directory: str, alike: list[str], place: Path, existing: set[str]) -> str:
    if not any((place / name).is_file() for name in COMPOSE_FILES):
        return f"Compose does not look for {', '.join(alike)}; write a {META_FILE} that names it in compose_files"
    prefix = "" if directory == "." else f"{directory}/"
    below = sorted(path for path in existing if path.startswith(prefix) and path != directory)
    return f"a service lies inside of it, in {below[0]}" if below else ""
