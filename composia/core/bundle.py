"""A bundle: the content-addressed archive of a service directory at a revision.

Its digest is made of its listing, not of an archive's bytes, so that any packing of the same files
has the same digest and the receiver can check what it unpacked.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


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
