"""The Pythons of this machine."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path


def find(version: str) -> Path | None:
    """A Python of that version, such as 3.12: on PATH, where distributions put it, or where pyenv and uv keep theirs."""
    return next((python for path in _candidates(version) if (python := _real(path, version))), None)


def _candidates(version: str) -> Iterator[Path]:
    home = Path.home()
    directories = [*os.environ["PATH"].split(os.pathsep), "/usr/bin", "/usr/local/bin"]
    yield from (Path(directory) / f"python{version}" for directory in directories)
    kept = (Path(os.environ.get("PYENV_ROOT", home / ".pyenv")) / "versions", home / ".local/share/uv/python")
    for place in kept:
        yield from sorted(place.glob(f"*{version}*/bin/python{version}"))


def _real(path: Path, version: str) -> Path | None:
    """The Python itself, asked: a shim of that name leads elsewhere, or nowhere."""
    if not os.access(path, os.X_OK):
        return None
    asked = [str(path), "-ISc", "import sys; print('%d.%d' % sys.version_info[:2], sys.executable)"]
    said = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    found, _, executable = said.partition(" ")
    return Path(executable) if found == version else None
