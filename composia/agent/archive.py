"""Unpacking a bundle's archive: whatever is in it, nothing lands outside of the directory, and not too much inside."""

import hashlib
import os
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from composia.core.bundle import (
    MAX_ARCHIVE,
    MAX_CONTENT,
    MAX_PATH,
    MAX_PATHS,
    BundleEntry,
    EntryKind,
    link_leaves,
    parents,
)
from composia.errors import Invalid, TooLarge

CHUNK = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How much one bundle may hold: bytes as sent, bytes of content, paths, bytes of one path."""

    archive: int = MAX_ARCHIVE
    content: int = MAX_CONTENT
    paths: int = MAX_PATHS
    path: int = MAX_PATH


def unpack(archive: IO[bytes], directory: Path, limits: Limits) -> tuple[BundleEntry, ...]:
    """Unpack a gzip-compressed tar into an empty directory, and return what is there then. `Invalid` or `TooLarge` half way leave a part."""
    entries: dict[str, BundleEntry] = {}
    directories: set[str] = set()
    left = limits.content
    try:
        with tarfile.open(fileobj=archive, mode="r|gz") as tar:
            for member in tar:
                if member.isdir():
                    continue
                if len(entries) >= limits.paths:
                    raise TooLarge(f"a bundle may hold at most {limits.paths} files")
                if (left := left - member.size) < 0:
                    raise TooLarge(f"a bundle may hold at most {limits.content} bytes", where=_shown(member.name))
                _check_path(member.name, limits)
                directories.update(parents(member.name))
                if (
                    member.name in entries
                    or member.name in directories
                    or not entries.keys().isdisjoint(parents(member.name))
                ):
                    raise Invalid("two entries of the archive have one place", where=member.name)
                entries[member.name] = _unpack_member(tar, member, directory)
    except (tarfile.TarError, EOFError) as error:
        raise Invalid(f"the archive cannot be read: {error}") from error
    return tuple(sorted(entries.values()))


def _unpack_member(tar: tarfile.TarFile, member: tarfile.TarInfo, directory: Path) -> BundleEntry:
    place = directory / member.name
    place.parent.mkdir(parents=True, exist_ok=True)
    if member.issym():
        if not _is_text(member.linkname) or link_leaves(member.name, member.linkname):
            raise Invalid("a link leaves the service's directory", where=member.name, hint=_shown(member.linkname))
        place.symlink_to(member.linkname)
        target = os.fsencode(member.linkname)
        sha256 = hashlib.sha256(target).hexdigest()
        return BundleEntry(path=member.name, kind=EntryKind.LINK, sha256=sha256, size=len(target))
    source = tar.extractfile(member) if member.isreg() else None
    if source is None:
        raise Invalid("the archive holds something that is neither a file nor a link", where=member.name)
    executable = bool(member.mode & 0o100)
    digest = hashlib.sha256()
    mode = 0o755 if executable else 0o644
    with source, os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        os.fchmod(file.fileno(), mode)
        while chunk := source.read(CHUNK):
            digest.update(chunk)
            file.write(chunk)
    kind = EntryKind.EXECUTABLE if executable else EntryKind.FILE
    return BundleEntry(path=member.name, kind=kind, sha256=digest.hexdigest(), size=member.size)


def _check_path(path: str, limits: Limits) -> None:
    if len(os.fsencode(path)) > limits.path:
        raise TooLarge(f"a path may have at most {limits.path} bytes", where=_shown(path))
    if any(part in ("", ".", "..") for part in path.split("/")) or not _is_text(path):
        raise Invalid("a path of the archive is not one inside of a directory", where=_shown(path))


def _is_text(path: str) -> bool:
    return "\0" not in path and not any("\ud800" <= character <= "\udfff" for character in path)


def _shown(path: str) -> str:
    return path if len(path) <= 100 and path.isprintable() else f"{path[:100]!a}…"
