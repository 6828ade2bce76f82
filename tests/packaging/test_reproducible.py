import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.timeout(600)
def test_a_build_in_another_directory_gives_the_same_bytes(built_file: Path, tmp_path: Path) -> None:
    """By somebody else, in another place of the world."""
    elsewhere = copy_of_the_sources(ROOT, tmp_path / "a" / "longer way" / "elsewhere")
    built = build(elsewhere, umask=0o077, TZ="Asia/Tokyo", LANG="C", PYTHONHASHSEED="2")
    assert digest(built) == digest(built_file)


def copy_of_the_sources(origin: Path, target: Path) -> Path:
    """What a clone holds, and the tools that were made for this one."""
    made = shutil.ignore_patterns(".*", "node_modules", "static", "build", "dist", "__pycache__")
    shutil.copytree(origin, target, ignore=made)
    shutil.copytree(origin / "web" / "static", target / "web" / "static")
    shutil.copy(origin / ".gitignore", target)
    shutil.copy(origin / "web" / ".npmrc", target / "web")
    (target / ".tools").symlink_to(ROOT / ".tools")
    return target


def build(directory: Path, *, umask: int, **environment: str) -> Path:
    output = directory / "dist" / "composia"
    subprocess.run(
        [sys.executable, directory / "packaging" / "build.py", "--output", output],
        umask=umask,
        env={**os.environ, **environment},
        check=True,
    )
    return output


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
