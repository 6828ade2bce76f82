"""The libraries inside the one-file executable: one tree that serves every Python it supports.

A compiled module's file name says which Python it is for, so the wheels of several versions fit into one tree. What
lies at the same path must be the same file; if a release ever breaks that, the build stops and names the file.
"""

import hashlib
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
LOCK = ROOT / "requirements" / "runtime.txt"
UV = ROOT / ".tools" / "bin" / "uv"

# What a program that only runs never reads. Licences stay.
UNUSED = (
    "bin",
    ".lock",
    "apsw/sqlite_extra_binaries",
    "**/__pycache__",
    "**/tests",
    *(f"**/*.{suffix}" for suffix in ("pyi", "c", "h", "pyx", "pxd", "pxi", "typed")),
    *(
        f"*.dist-info/{name}"
        for name in ("RECORD", "INSTALLER", "REQUESTED", "WHEEL", "direct_url.json", "uv_*", "sboms")
    ),
)


def install(pythons: Iterable[str], machine: str) -> Path:
    """The directory with all locked libraries for these Pythons on this machine, made anew when the lock changes."""
    pythons = tuple(pythons)
    inputs = [LOCK.read_bytes(), Path(__file__).read_bytes(), repr((pythons, machine)).encode()]
    tree = BUILD / f"libraries-{hashlib.sha256(b''.join(inputs)).hexdigest()[:12]}"
    if tree.is_dir():
        return tree
    for old in BUILD.glob("libraries-*"):
        shutil.rmtree(old)
    merged = BUILD / "libraries"
    shutil.rmtree(merged, ignore_errors=True)
    for python in pythons:
        single = BUILD / f"libraries-{python}"
        install_for(python, machine, single)
        prune(single)
        merge(single, merged)
        shutil.rmtree(single)
    return merged.rename(tree)


def install_for(python: str, machine: str, target: Path) -> None:
    """Install the wheels for one Python, whatever Python runs here."""
    command: list[str | Path] = [UV, "pip", "install", "--quiet", "--no-deps", "--require-hashes", "--link-mode=copy"]
    command += ["--only-binary=:all:", f"--python-version={python}", f"--python-platform={machine}-manylinux_2_28"]
    subprocess.run([*command, "--target", target, "--requirement", LOCK], check=True, cwd=ROOT)


def prune(tree: Path) -> None:
    """Remove what is never used at run time."""
    for pattern in UNUSED:
        for path in list(tree.glob(pattern)):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()


def merge(source: Path, target: Path) -> None:
    """Move the files of `source` into `target`; equal paths must be equal files."""
    for path in sorted(path for path in source.rglob("*") if path.is_file()):
        place = target / path.relative_to(source)
        if path.suffix == ".so" and place.with_name(f"{path.name.partition('.')[0]}.abi3.so").exists():
            continue  # the module that serves every Python is there already
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            path.rename(place)
        elif place.read_bytes() != path.read_bytes():
            raise SystemExit(
                f"build: {path.relative_to(source)} differs between the Pythons; it needs a place of its own"
            )
