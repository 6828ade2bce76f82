import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.timeout(600)
def test_two_builds_in_two_directories_give_the_same_bytes(tmp_path: Path) -> None:
    first = copy_of_the_sources(ROOT, tmp_path / "first")
    second = copy_of_the_sources(first, tmp_path / "a" / "longer way" / "second")
    digests = {
        build(first, umask=0o022, TZ="UTC", LANG="C.UTF-8", PYTHONHASHSEED="1"),
        build(second, umask=0o077, TZ="Asia/Tokyo", LANG="C", PYTHONHASHSEED="2"),
    }
    assert len(digests) == 1


def copy_of_the_sources(origin: Path, target: Path) -> Path:
    """What a clone holds, and the tools that were made for this one."""
    made = shutil.ignore_patterns(".*", "node_modules", "static", "build", "dist", "__pycache__")
    shutil.copytree(origin, target, ignore=made)
    shutil.copytree(origin / "web" / "static", target / "web" / "static")
    shutil.copy(origin / ".gitignore", target)
    shutil.copy(origin / "web" / ".npmrc", target / "web")
    (target / ".tools").symlink_to(ROOT / ".tools")
    return target


def build(directory: Path, *, umask: int, **environment: str) -> str:
    output = directory / "dist" / "composia"
    subprocess.run(
        [sys.executable, directory / "packaging" / "build.py", "--output", output],
        umask=umask,
        env={**os.environ, **environment},
        check=True,
    )
    return hashlib.sha256(output.read_bytes()).hexdigest()
