"""Files that survive power loss: written aside, forced to disk, then put in place."""

import os
from pathlib import Path


def write_durably(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Put a file in place: after a crash or power loss it has its old content or all of the new, and of two that are
    written one after the other the second is never there without the first. Nobody reads it meanwhile whom `mode` does not let."""
    aside = path.with_name(f".{path.name}.new")
    aside.unlink(missing_ok=True)
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
    force_directory(path.parent)


def remove_durably(path: Path) -> None:
    """Remove a file, if it is there, so that it does not come back after power loss."""
    if path.exists():
        path.unlink()
        force_directory(path.parent)


def make_private(directory: Path) -> None:
    """Make a directory that only its owner can enter, with its parents, unless it is there."""
    if not directory.is_dir():
        make_private(directory.parent)
        directory.mkdir(mode=0o700, exist_ok=True)
        force_directory(directory.parent)


def force_directory(directory: Path) -> None:
    """Force the names in a directory to disk."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
