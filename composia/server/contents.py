"""What is known of the content of a service's files, and what of it no bundle can hold."""

import hashlib
import posixpath
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass

import anyio.to_thread

from composia.core.bundle import MAX_CONTENT, MAX_PATH, MAX_PATHS, link_leaves
from composia.core.definition.tree import inside
from composia.core.file import FileKind
from composia.core.problem import Problem, Severity
from composia.errors import TooLarge
from composia.plugins.source import Snapshot, SnapshotFile

LFS_POINTER = b"version https://git-lfs.github.com/spec/"

MIB = 1 << 20

NAMED = 3
"""How many of the largest files, or directories, an error names."""

AT_ONCE = 50
"""How many small files are read at once."""

MOST_TEXTS = 20
"""How many texts are kept for whoever reads the definition next."""

ContentKey = tuple[str, FileKind]
"""A file's object id and kind; equal ones have equal content."""


@dataclass(frozen=True, kw_only=True)
class Content:
    """A file's content without its bytes; of a link, its target. `too_large` says why it was not read."""

    sha256: str = ""
    size: int = 0
    target: str = ""
    is_lfs_pointer: bool = False
    too_large: str = ""


@dataclass(frozen=True, kw_only=True)
class Contents:
    """What is known of a service's files, by path relative to its directory, and some texts that were at hand."""

    known: Mapping[str, Content]
    texts: Mapping[str, bytes]


async def read_contents(
    snapshot: Snapshot, files: Mapping[str, SnapshotFile], known: Mapping[ContentKey, Content]
) -> Contents:
    """Read what is not `known` yet. What is more than a bundle can hold is not read."""
    found: dict[str, Content] = {}
    texts: dict[str, bytes] = {}
    size = 0
    async for name, content, data in _contents(snapshot, files, known):
        found[name] = content
        if data is not None and "/" not in name and name.endswith((".yaml", ".yml")) and len(texts) < MOST_TEXTS:
            texts[name] = data
        size += content.size
        if content.too_large or size > MAX_CONTENT:
            break
    return Contents(known=found, texts=texts)


async def _contents(
    snapshot: Snapshot, files: Mapping[str, SnapshotFile], known: Mapping[ContentKey, Content]
) -> AsyncIterator[tuple[str, Content, bytes | None]]:
    """Each file by name, links first, since where they lead is asked for whatever is too large; and data that was read."""
    if len(files) > MAX_PATHS:
        return
    unknown: list[tuple[str, SnapshotFile]] = []
    for name, file in sorted(files.items(), key=lambda item: item[1].kind is not FileKind.LINK):
        same = known.get((file.object_id, file.kind))
        if same is not None:
            yield name, same, None
        elif file.kind is not FileKind.SUBMODULE:
            unknown.append((name, file))
    for begin in range(0, len(unknown), AT_ONCE):
        batch = unknown[begin : begin + AT_ONCE]
        small = await snapshot.read_small([file for _, file in batch])
        for (name, file), data in zip(batch, small, strict=True):
            content = await _read(snapshot, file) if data is None else _content(file.kind, data)
            yield name, content, data


async def _read(snapshot: Snapshot, file: SnapshotFile) -> Content:
    try:
        content = await snapshot.read(file, most=MAX_CONTENT)
    except TooLarge as error:
        return Content(too_large=error.message)
    return await anyio.to_thread.run_sync(_content, file.kind, content)


def _content(kind: FileKind, content: bytes) -> Content:
    is_link = kind is FileKind.LINK
    return Content(
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        target=content.decode("utf-8", "surrogateescape") if is_link else "",
        is_lfs_pointer=not is_link and content.startswith(LFS_POINTER),
    )


def content_problems(
    directory: str, files: Mapping[str, SnapshotFile], contents: Mapping[str, Content]
) -> Iterator[Problem]:
    """What keeps a service's files from travelling as a bundle. Keys are paths relative to `directory`."""
    for name, file in files.items():
        yield from _name_problems(name, file)
        if file.kind is FileKind.SUBMODULE:
            yield _error(file.path, "this is a submodule, which is not brought to nodes", "copy its files here")
        elif name in contents:
            yield from _problems_of(name, file, contents[name])
    if len(files) > MAX_PATHS:
        hint = f"keep data out of Git; {_fullest(files)}"
        yield _error(directory, f"{len(files)} files, a service may have {MAX_PATHS}", hint)
    if sum(content.size for content in contents.values()) > MAX_CONTENT:
        message = f"more than {MAX_CONTENT >> 20} MiB of files, which is the most that a service may have"
        yield _error(directory, message, f"keep data out of Git; {_largest(contents)}")


def _largest(contents: Mapping[str, Content]) -> str:
    """The largest of the files that were read until it was too much."""
    found = sorted(contents.items(), key=lambda item: (-item[1].size, item[0]))[:NAMED]
    return "the largest: " + ", ".join(f"{shown(name)} ({content.size / MIB:.0f} MiB)" for name, content in found)


def _fullest(files: Mapping[str, SnapshotFile]) -> str:
    """Where most of the files lie."""
    counts = Counter(name.partition("/")[0] if "/" in name else "." for name in files)
    found = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:NAMED]
    return "most are in " + ", ".join(f"{shown(name)} ({count})" for name, count in found)


def _name_problems(name: str, file: SnapshotFile) -> Iterator[Problem]:
    if not _is_text(name):
        yield _error(file.path, "the name of this file is not UTF-8", "rename it")
    elif len(name.encode()) > MAX_PATH:
        yield _error(file.path, f"this path has more than {MAX_PATH} bytes", "shorten it")
    elif any(part in ("", ".", "..") for part in name.split("/")) or "\0" in name:
        yield _error(file.path, "this is no path inside of a directory", "remove it")


def _problems_of(name: str, file: SnapshotFile, content: Content) -> Iterator[Problem]:
    if content.too_large:
        yield _error(file.path, content.too_large, "keep data out of Git")
    if content.is_lfs_pointer:
        yield _error(file.path, "this is a Git LFS pointer and not the file", "commit the file itself")
    if file.kind is FileKind.LINK and (not _is_text(content.target) or link_leaves(name, content.target)):
        end = inside(posixpath.join(posixpath.dirname(name), content.target))
        turns = end is not None and ".." in content.target.split("/") and _is_text(content.target)
        what = ".. stands in the middle of this link" if turns else "this link leaves the service directory"
        message = f"{what}: {shown(content.target)}"
        yield _error(file.path, message, "let it lead to a file inside, with .. only at its beginning")


def shown(path: str) -> str:
    """A path for people and for JSON: bytes that are not UTF-8 as `\\xff`."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _is_text(path: str) -> bool:
    return shown(path) == path


def _error(file: str, message: str, hint: str) -> Problem:
    return Problem(severity=Severity.ERROR, message=message, file=shown(file), hint=hint)
