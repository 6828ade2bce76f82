"""A bundle: the content-addressed archive of a service directory at a revision.

Its digest is made of its listing, not of an archive's bytes, so that any packing of the same files
has the same digest and the receiver can check what it unpacked.

On the wire a bundle is a tar (PAX), gzip-compressed: regular files and symbolic links only, sorted by path, each path
once and relative with `/` between its parts, parent directories implied. Modes are 0644 (FILE) and 0755 (EXECUTABLE);
owners and times are zero. The limits below hold for what is in it; the sender refuses what the receiver would.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

MAX_CONTENT = 512 << 20
"""Bytes of all files of a bundle together."""

MAX_PATHS = 20_000

MAX_PATH = 1024
"""Bytes of one path, in UTF-8."""

MAX_ARCHIVE = MAX_CONTENT + MAX_PATHS * 4096
"""Bytes as sent: content that cannot be compressed, and each path with its headers."""

DIGEST = re.compile(r"sha256:([0-9a-f]{64})")
"""The digest of a bundle; its group is what the bundle lies under."""


class EntryKind(StrEnum):
    """What a path is. Nothing else can be in a bundle."""

    FILE = "file"
    EXECUTABLE = "executable"
    LINK = "link"


@dataclass(frozen=True, kw_only=True, order=True)
class BundleEntry:
    """One path of a bundle. `sha256` is of the content (hex), for a link of its target."""

    path: str
    kind: EntryKind
    sha256: str
    size: int


def bundle_digest(entries: Iterable[BundleEntry]) -> str:
    """`sha256:…` over the sorted lines "kind sha256 path"; the same files give the same digest everywhere."""
    listing = hashlib.sha256(b"composia bundle 1\n")
    for entry in sorted(entries):
        listing.update(f"{entry.kind} {entry.sha256} {entry.path}\0".encode())
    return f"sha256:{listing.hexdigest()}"


def parents(path: str) -> tuple[str, ...]:
    """The directories above a path, from the top."""
    parts = path.split("/")
    return tuple("/".join(parts[:depth]) for depth in range(1, len(parts)))


def link_leaves(path: str, target: str) -> bool:
    """Whether a link at `path` points out of its bundle, or may do so.

    `..` may stand only at the beginning of a target: further on it would depend on where other links lead.
    """
    parts = target.split("/")
    up = next((index for index, part in enumerate(parts) if part != ".."), len(parts))
    return not target or target.startswith("/") or up > path.count("/") or ".." in parts[up:]
