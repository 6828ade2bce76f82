"""What is known of the content of a service's files, and what of it no bundle can hold."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import anyio.to_thread

from composia.core.bundle import MAX_CONTENT, MAX_PATH, MAX_PATHS, link_leaves
from composia.core.problem import Problem, Severity
from composia.errors import TooLarge
from composia.plugins.source import FileKind, Snapshot, SnapshotFile

LFS_POINTER = b"version https://git-lfs.github.com/spec/"
LARGE = 1 << 20

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


async def read_contents(
    snapshot: Snapshot, files: Mapping[str, SnapshotFile], known: Mapping[ContentKey, Content]
) -> dict[str, Content]:
    """What has to be known of each file that is not `known`, read one after the other. What is more than a bundle can
    hold is not read."""
    contents: dict[str, Content] = {}
    if len(files) > MAX_PATHS:
        return contents
    size = 0
    # links first, since where they lead is asked for whatever is too large
    for name, file in sorted(files.items(), key=lambda item: item[1].kind is not FileKind.LINK):
        if file.kind is not FileKind.SUBMODULE:
            content = known.get((file.object_id, file.kind)) or await _read(snapshot, file)
            contents[name] = content
            size += content.size
            if content.too_large or size > MAX_CONTENT:
                break
    return contents


async def _read(snapshot: Snapshot, file: SnapshotFile) -> Content:
    try:
        content = await snapshot.read(file, most=MAX_CONTENT)
    except TooLarge as error:
        return Content(too_large=error.message)
    if len(content) < LARGE:
        return _content(file.kind, content)
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
        yield _error(directory, f"{len(files)} files, a service may have {MAX_PATHS}", "keep data out of Git")
    if sum(content.size for content in contents.values()) > MAX_CONTENT:
        message = f"more than {MAX_CONTENT >> 20} MiB of files, which is the most that a service may have"
        yield _error(directory, message, "keep data out of Git")


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
        message = f"this link leaves the service directory: {shown(content.target)}"
        yield _error(file.path, message, "let it lead to a file inside, with .. only at its beginning")


def shown(path: str) -> str:
    """A path for people and for JSON: bytes that are not UTF-8 as `\\xff`."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _is_text(path: str) -> bool:
    return shown(path) == path


def _error(file: str, message: str, hint: str) -> Problem:
    return Problem(severity=Severity.ERROR, message=message, file=shown(file), hint=hint)
