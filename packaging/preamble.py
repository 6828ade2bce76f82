"""Runs inside the one-file executable, after shiv has put the unpacked code on the path and before Composia starts.

It refuses a Python or a machine that the compiled modules are not made for. It keeps the directory that this process
runs from alive, and removes those that nothing has run from for a week: an upgrade leaves the old one behind, and a
process that was started from it still loads modules from there.
"""

import fcntl
import os
import shutil
import sys
import time
from contextlib import suppress
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

KEEP_S = 7 * 24 * 3600
EX_UNAVAILABLE = 69


def refuse_misfit(site_packages: Path) -> None:
    """End with a clear message where the compiled modules of this file cannot be loaded."""
    package = site_packages / "msgspec"  # any library that is compiled for each Python
    if (package / f"_core{EXTENSION_SUFFIXES[0]}").exists():
        return
    made_for = sorted(path.name.split(".")[1] for path in package.glob("_core.*.so"))
    print(
        f"composia: this file is made for {', '.join(made_for)}; {sys.executable} is {EXTENSION_SUFFIXES[0].split('.')[1]}\n"
        "hint: take the file for this machine, or name a Python that fits: COMPOSIA_PYTHON=/path/to/python",
        file=sys.stderr,
    )
    sys.exit(EX_UNAVAILABLE)


def hold(extraction: Path) -> bool:
    """Lock the directory for as long as this process lives and note that it was used now; whether it is still there."""
    try:
        lock = os.open(extraction, os.O_RDONLY | os.O_DIRECTORY)
        fcntl.flock(lock, fcntl.LOCK_SH)
        if not os.path.samestat(os.fstat(lock), extraction.stat()):
            return False
    except FileNotFoundError:
        return False
    with suppress(OSError):  # what lies on a read-only disk is never removed
        os.utime(extraction)
    return True


def remove_stale(extraction: Path) -> None:
    """Remove the siblings of `extraction` that are old and that no process holds."""
    name = extraction.name.rpartition("_")[0]
    for sibling in extraction.parent.glob(f"{name}_*"):
        if sibling != extraction:
            with suppress(OSError):  # a process holds it, or another one sets it aside at this moment
                set_aside_if_stale(sibling)
    for doomed in extraction.parent.glob(f".{name}_*.gone"):
        shutil.rmtree(doomed, ignore_errors=True)


def set_aside_if_stale(extraction: Path) -> None:
    """Rename one old extraction, so that nothing starts from half a tree; BlockingIOError while a process holds it."""
    if time.time() - extraction.stat().st_mtime < KEEP_S:
        return
    lock = os.open(extraction, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        extraction.rename(extraction.with_name(f".{extraction.name}.gone"))
    finally:
        os.close(lock)


def main(site_packages: Path) -> None:
    """Check, hold the own extraction, drop stale ones, and let no child inherit shiv's settings."""
    refuse_misfit(site_packages)
    if not hold(site_packages.parent):
        os.execv(sys.executable, [sys.executable, "-IS", *sys.argv])  # removed while starting: unpack it again
    remove_stale(site_packages.parent)
    for name in [name for name in os.environ if name.startswith("SHIV_")]:
        del os.environ[name]


if __name__ == "__main__":
    main(Path(globals()["site_packages"]))
