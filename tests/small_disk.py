"""A file system of a few megabytes, to fill it really."""

import contextlib
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True, kw_only=True)
class SmallDisk:
    """Where it is mounted."""

    place: Path

    def fill(self) -> None:
        """Leave not one page free."""
        with (self.place / "filler").open("ab", buffering=0) as filler, contextlib.suppress(OSError):
            while True:
                filler.write(bytes(4096))

    def clear(self) -> None:
        """Make room again."""
        (self.place / "filler").unlink()

    @contextmanager
    def read_only(self) -> Iterator[None]:
        """A block in which nobody can write there; what a process has open for writing stays so."""
        with read_only(self.place):
            yield


@contextmanager
def read_only(place: Path) -> Iterator[None]:
    """Mount a directory once more, over itself and so that nothing can be written, as long as the block lasts."""
    subprocess.run(["mount", "--bind", place, place], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", place], check=True)
        yield
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


@contextmanager
def small_disk(place: Path, size: str = "4m") -> Iterator[SmallDisk]:
    """Mount one there, as long as the block lasts; the test is skipped where that cannot be done."""
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", place], check=False)
    if mounted.returncode:
        pytest.skip("file systems cannot be mounted here")
    try:
        yield SmallDisk(place=place)
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)
