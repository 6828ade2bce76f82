"""Files of the repository, and how they differ between two revisions."""

from dataclasses import dataclass
from enum import StrEnum

from composia.core.problem import Problem
from composia.core.revision import Revision


class FileKind(StrEnum):
    """What a path of a snapshot is. A submodule has no content here."""

    FILE = "file"
    EXECUTABLE = "executable"
    LINK = "link"
    SUBMODULE = "submodule"
    DIRECTORY = "directory"


@dataclass(frozen=True, kw_only=True)
class FileEntry:
    """A path of a service's directory, relative to it."""

    path: str
    kind: FileKind


@dataclass(frozen=True, kw_only=True)
class FileList:
    """The paths of a service's directory at a revision, sorted. `directory` is relative to the repository."""

    revision: str
    directory: str
    files: tuple[FileEntry, ...] = ()


@dataclass(frozen=True, kw_only=True)
class FileContent:
    """A file of a service's directory at a revision: its bytes, or a link's target. `problems` are those of the branch's
    head."""

    revision: str
    path: str
    kind: FileKind
    data: bytes = b""
    problems: tuple[Problem, ...] = ()


class ChangeKind(StrEnum):
    """How a file differs between two revisions."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


class LineKind(StrEnum):
    """Whether a line of a difference is in both, or in one of them."""

    KEPT = "kept"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, kw_only=True)
class Hunk:
    """Lines that differ, with some around them: `kinds` and `lines` are columns. Line numbers are of the first line in the
    old and the new file, from 1; 0 where the file has none here."""

    old_line: int = 0
    new_line: int = 0
    kinds: tuple[LineKind, ...] = ()
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class FileChange:
    """A file that differs between two revisions. With a `note` there are no hunks: it is no text, or too large, or only
    the mode differs."""

    path: str
    kind: ChangeKind
    hunks: tuple[Hunk, ...] = ()
    added: int = 0
    removed: int = 0
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What lies between two revisions of a service: `commits` after `older` up to `newer` that changed its files, newest
    first. With `more_commits` these are not all, or `older` is not among the ancestors of `newer`."""

    older: str
    newer: str
    commits: tuple[Revision, ...] = ()
    more_commits: bool = False
    files: tuple[FileChange, ...] = ()
