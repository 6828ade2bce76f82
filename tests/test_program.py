import sys
from pathlib import Path

import pytest

from composia.program import own_command


def test_the_one_file_starts_itself_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "composia").touch()
    monkeypatch.setattr(sys.modules["__main__"], "__file__", str(tmp_path / "composia" / "__main__.py"), raising=False)
    assert own_command() == (str(tmp_path / "composia"),)


def test_the_package_is_started_again_with_its_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["__main__"], "__file__", str(tmp_path / "composia" / "__main__.py"), raising=False)
    assert own_command() == (sys.executable, "-m", "composia")
