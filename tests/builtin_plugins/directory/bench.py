"""A directory as the origin of a source under test."""

import shutil
from pathlib import Path

from composia.builtin_plugins import directory
from composia.clock import ManualClock
from composia.core.file import FileKind
from composia.plugins import Context
from composia.plugins.source import Source
from composia.plugins.testing.source_bench import Bench, Files


class DirectoryBench(Bench):
    """Its files are simply there."""

    def __init__(self, root: Path) -> None:
        self.path = root / "services"
        self.path.mkdir()
        self.data = root / "data"

    async def open(self) -> Source:
        config = directory.DirectoryConfig(path=str(self.path))
        return await directory.composia_source().open(config, Context(data=self.data, clock=ManualClock()))

    def write(self, files: Files) -> None:
        shutil.rmtree(self.path)
        self.path.mkdir()
        put_files(self.path, files)

    def rewrite(self, files: Files) -> None:
        self.write(files)

    def leave(self) -> None:
        self.path.rename(self.path.with_suffix(".away"))

    def come_back(self) -> None:
        self.path.with_suffix(".away").rename(self.path)

    def make_ambiguous(self) -> str:
        (self.path / "another").touch()
        return "dir-"


def put_files(directory: Path, files: Files) -> None:
    """Write files and links into a directory."""
    for name, put in files.items():
        place = directory / name
        place.parent.mkdir(parents=True, exist_ok=True)
        if put.kind is FileKind.LINK:
            place.symlink_to(put.content.decode())
        else:
            place.write_bytes(put.content)
            place.chmod(0o755 if put.kind is FileKind.EXECUTABLE else 0o644)
