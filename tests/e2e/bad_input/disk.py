"""A small disk for an agent's data, which a test fills and makes read-only."""

import contextlib
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Disk:
    """A file system in memory, mounted at `place`."""

    place: Path

    def fill(self) -> None:
        """Leave not one page free."""
        with (self.place / "filler").open("ab", buffering=0) as filler, contextlib.suppress(OSError):
            while True:
                filler.write(bytes(4096))

    def clear(self) -> None:
        """Make room again."""
        (self.place / "filler").unlink()

    @contextlib.contextmanager
    def read_only(self) -> Iterator[None]:
        """A block in which nothing can be written there. It is mounted once more, for what is open keeps it writable."""
        subprocess.run(["mount", "--bind", self.place, self.place], check=True)
        try:
            subprocess.run(["mount", "-o", "remount,bind,ro", self.place], check=True)
            yield
        finally:
            subprocess.run(["umount", "--lazy", self.place], check=True)


@contextlib.contextmanager
def mounted(place: Path, size_mib: int) -> Iterator[Disk]:
    """A new disk of that size, until the block ends."""
    place.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size_mib}m", "tmpfs", place], check=True)
    try:
        yield Disk(place=place)
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)
