"""How the files of a service differ between two revisions."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import anyio.to_thread

from composia.core.bundle import MAX_PATHS
from composia.core.difference import difference
from composia.core.file import ChangeKind, Comparison, FileChange, FileKind, LineKind
from composia.errors import TooLarge
from composia.plugins.source import Snapshot, SnapshotFile
from composia.server.contents import shown
from composia.server.repository import Repository
from composia.server.service_files import directory_of, relative

SIDE = 256 << 10
"""Bytes that a file may have, on each side, so that its lines are compared."""

LINES = 10_000
"""Lines that it may have then; to compare more takes too long."""

ALL = 2 << 20
"""Bytes of all files together, of both sides, whose lines are compared."""

COMMITS = 50
"""So many commits are told with a comparison, at most."""

NO_TEXT = "this is no text"


@dataclass(frozen=True, kw_only=True)
class _Side:
    """What lies in a service's directory at a revision, by path relative to it; nothing where there is no such service."""

    snapshot: Snapshot | None = None
    files: Mapping[str, SnapshotFile] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class _Text:
    """A side's text, or why there is none to compare."""

    text: str = ""
    size: int = 0
    why: str = ""


async def compare(repository: Repository, service: str, older: str, newer: str) -> Comparison:
    """The files that differ, and the commits between. The service is found by its name on each side, so that it may have moved;
    `NotFound` where neither has it. An empty `older` is before there was anything."""
    new = await repository.files(newer)
    old = await repository.files(older) if older else None
    there = await repository.directory(service, new) if service else None
    here = await repository.directory(service, old) if service and old else None
    if there is None and here is None:
        await directory_of(repository, service, new)  # which says so
    is_same = here is not None and there is not None and here.object_id == there.object_id
    changes = () if is_same else await _changes(await _side(old, here), await _side(new, there))
    begin = old.revision if old else ""
    since = await repository.history.since(begin, new.revision, service, COMMITS)
    return Comparison(older=begin, newer=new.revision, commits=since.commits, more_commits=since.more, files=changes)


async def _side(snapshot: Snapshot | None, directory: SnapshotFile | None) -> _Side:
    if snapshot is None or directory is None:
        return _Side()
    found = await snapshot.below(directory, most=2 * MAX_PATHS)
    files = {relative(file, directory): file for file in found if file.kind is not FileKind.DIRECTORY}
    return _Side(snapshot=snapshot, files=files)


async def _changes(old: _Side, new: _Side) -> tuple[FileChange, ...]:
    paths = [path for path in sorted(old.files.keys() | new.files.keys()) if not _alike(old, new, path)]
    if len(paths) > MAX_PATHS:
        raise TooLarge(f"{len(paths)} files differ, more than {MAX_PATHS}", hint="keep data out of Git")
    changes = []
    left = ALL
    for path in paths:
        change, read = await _change(old, new, path, left)
        changes.append(change)
        left -= read
    return tuple(changes)


def _alike(old: _Side, new: _Side, path: str) -> bool:
    one, other = old.files.get(path), new.files.get(path)
    return one is not None and other is not None and (one.object_id, one.kind) == (other.object_id, other.kind)


async def _change(old: _Side, new: _Side, path: str, left: int) -> tuple[FileChange, int]:
    """How a file differs, and how many bytes were read for it, of those that are left."""
    one, other = old.files.get(path), new.files.get(path)
    kind = ChangeKind.ADDED if one is None else ChangeKind.CHANGED if other else ChangeKind.REMOVED
    change = FileChange(path=shown(path), kind=kind)
    if note := _note(one, other):
        return replace(change, note=note), 0
    if left <= 0:
        return replace(change, note=f"not compared: the files are more than {ALL >> 20} MiB together"), 0
    before, after = await _text(old.snapshot, one), await _text(new.snapshot, other)
    read = before.size + after.size
    if why := before.why or after.why:
        return replace(change, note=why), read
    return await anyio.to_thread.run_sync(_compared, change, before.text, after.text), read


def _note(one: SnapshotFile | None, other: SnapshotFile | None) -> str:
    """What there is to say of a file that has no lines to show."""
    kinds = [file.kind for file in (one, other) if file is not None]
    if FileKind.SUBMODULE in kinds:
        return "a submodule, whose files are in another repository"
    if one is None or other is None:
        return ""
    if FileKind.LINK in kinds and len(set(kinds)) > 1:
        return "a file was put in the place of a link" if one.kind is FileKind.LINK else "a link was put in its place"
    if one.object_id == other.object_id:
        return "it is executable now" if other.kind is FileKind.EXECUTABLE else "it is executable no more"
    return ""


async def _text(snapshot: Snapshot | None, file: SnapshotFile | None) -> _Text:
    if snapshot is None or file is None:
        return _Text()
    try:
        content = await snapshot.read(file, most=SIDE)
    except TooLarge:
        return _Text(why=f"larger than {SIDE >> 10} KiB")
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return _Text(size=len(content), why=NO_TEXT)
    if "\0" in text:
        return _Text(size=len(content), why=NO_TEXT)
    too_long = text.count("\n") >= LINES
    return _Text(text=text, size=len(content), why=f"more than {LINES} lines" if too_long else "")


def _compared(change: FileChange, old: str, new: str) -> FileChange:
    hunks = difference(old, new)
    counts = Counter(kind for hunk in hunks for kind in hunk.kinds)
    return replace(
        change,
        hunks=hunks,
        added=counts[LineKind.ADDED],
        removed=counts[LineKind.REMOVED],
        note="" if hunks else "it is empty",
    )
