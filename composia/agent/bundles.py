"""Bundles by their digest: fetched once, checked, unpacked, and kept while somebody needs them."""

import shutil
import tempfile
from collections.abc import AsyncIterable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import anyio.to_thread

from composia.agent.archive import Limits, unpack
from composia.agent.tree import Tree
from composia.core.bundle import DIGEST, BundleEntry, bundle_digest
from composia.durable import make_private
from composia.errors import Invalid, TooLarge

SMALL = 1 << 20
"""Bytes of an archive that arrives in memory; a larger one goes to disk."""


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """A bundle as it lies unpacked."""

    digest: str
    entries: tuple[BundleEntry, ...]
    tree: Tree


class Bundles:
    """The unpacked bundles of a node. A damaged one counts as not there."""

    def __init__(self, directory: Path, limits: Limits | None = None) -> None:
        self._directory = directory
        self._arriving = directory / "arriving"
        self._limits = limits or Limits()

    def open(self) -> None:
        """Make the directory, and remove what was arriving when the agent was ended."""
        if self._arriving.exists():
            shutil.rmtree(self._arriving)
        make_private(self._arriving)

    def find(self, digest: str) -> Bundle | None:
        """The bundle, if it is there whole."""
        place = self.place(digest)
        if not place.is_dir():
            return None
        tree = Tree(place)
        found = [tree.look(path) for path, is_directory in tree.names() if not is_directory]
        entries = tuple(sorted(entry for entry in found if isinstance(entry, BundleEntry)))
        if len(entries) != len(found) or bundle_digest(entries) != digest:
            shutil.rmtree(place)
            return None
        return Bundle(digest=digest, entries=entries, tree=tree)

    async def receive(self, digest: str, chunks: AsyncIterable[bytes]) -> Bundle:
        """Take in a bundle's archive. `Invalid` when it is not the bundle of that digest, `TooLarge`."""
        self.place(digest)
        with tempfile.SpooledTemporaryFile(max_size=SMALL, dir=str(self._arriving)) as archive:
            size = 0
            async for chunk in chunks:
                size += len(chunk)
                if size > self._limits.archive:
                    raise TooLarge(f"a bundle's archive may have at most {self._limits.archive} bytes", where=digest)
                if size <= SMALL:
                    archive.write(chunk)
                else:
                    await anyio.to_thread.run_sync(archive.write, chunk)
            archive.seek(0)
            return await anyio.to_thread.run_sync(self._unpack, digest, archive)

    def _unpack(self, digest: str, archive: IO[bytes]) -> Bundle:
        with tempfile.TemporaryDirectory(dir=self._arriving) as directory:
            aside = Path(directory) / "bundle"
            aside.mkdir()
            entries = unpack(archive, aside, self._limits)
            if (found := bundle_digest(entries)) != digest:
                raise Invalid(f"the archive is that of bundle {found}", where=digest)
            if not self.place(digest).exists():  # another task of the same bundle may have been faster
                aside.rename(self.place(digest))
        return Bundle(digest=digest, entries=entries, tree=Tree(self.place(digest)))

    def prune(self, keep: Collection[str]) -> None:
        """Remove all bundles but those."""
        kept = {self.place(digest) for digest in keep} | {self._arriving}
        for place in self._directory.iterdir():
            if place not in kept:
                shutil.rmtree(place)

    def place(self, digest: str) -> Path:
        """Where a bundle lies. `Invalid` for what is no digest."""
        match = DIGEST.fullmatch(digest)
        if match is None:
            raise Invalid("not the digest of a bundle", where=digest, hint="sha256: and 64 hexadecimal digits")
        return self._directory / match[1]
