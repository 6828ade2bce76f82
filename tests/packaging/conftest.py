"""The one-file executable under test."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.packaging.executable import Executable

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def built_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of dist/composia, away from the clone; built first where the sources have changed."""
    subprocess.run([sys.executable, ROOT / "packaging" / "build.py"], check=True)
    return Path(shutil.copy(ROOT / "dist" / "composia", tmp_path_factory.mktemp("executable")))


@pytest.fixture
def executable(built_file: Path, tmp_path: Path) -> Executable:
    """The built file with an empty cache."""
    return Executable(file=built_file, directory=tmp_path, cache=tmp_path / "cache")
