"""Runs inside the one-file executable, after shiv has put the unpacked code on the path and before Composia starts.

It keeps the directory that this process runs from alive, and removes those that nothing has run from for a week: an
upgrade leaves the old one behind, and a process that was started from it still loads modules from there.
"""

import fcntl
import os
import shutil
import time
from contextlib import suppress
from pathlib import Path

KEEP_S = 7 * 24 * 3600


def hold(extraction: Path) -> None:
    """Lock the directory for as long as this process lives, and note that it was used now."""
    lock = os.open(extraction, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    fcntl.flock(lock, fcntl.LOCK_SH)
    with suppress(OSError):  # an extraction on a read-only disk is never stale
        os.utime(extraction)


def remove_stale(extraction: Path) -> None:
    """Remove the siblings of `extraction` that are old and that no process holds."""
    stem = extraction.name.rpartition("_")[0]
    for sibling in extraction.parent.glob(f"{stem}_*"):
        if sibling != extraction and sibling.suffix != ".tmp":
            with suppress(OSError):  # held by a process, or removed by another one at this moment
                remove_if_stale(sibling)


def remove_if_stale(extraction: Path) -> None:
    """Remove one extraction that is old; raises BlockingIOError while a process holds it."""
    if time.time() - extraction.stat().st_mtime < KEEP_S:
        return
    lock = os.open(extraction, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Renamed first, so that nothing can start from half a tree.
        doomed = extraction.with_name(f".{extraction.name}.gone")
        extraction.rename(doomed)
        shutil.rmtree(doomed)
        extraction.with_name(f".{extraction.name}_lock").unlink(missing_ok=True)
    finally:
        os.close(lock)


def main(site_packages: Path) -> None:
    """Hold the own extraction, drop stale ones, and let no child inherit shiv's settings."""
    hold(site_packages.parent)
    remove_stale(site_packages.parent)
    for name in [name for name in os.environ if name.startswith("SHIV_")]:
        del os.environ[name]


if __name__ == "__main__":
    main(Path(globals()["site_packages"]))
