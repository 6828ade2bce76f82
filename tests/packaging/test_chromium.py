from pathlib import Path

import chromium
import pytest


@pytest.fixture
def empty_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory that is all of PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def program(path: Path, text: str = "") -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_the_chromium_on_the_path_is_taken(empty_path: Path) -> None:
    there = program(empty_path / "chromium")
    assert chromium.find() == str(there)


def test_who_may_not_install_packages_is_told_which_to_install(
    empty_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(empty_path / "apt-get")
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(SystemExit, match="apt-get install chromium fonts-dejavu-core"):
        chromium.find()


def test_root_gets_it_installed(empty_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = empty_path / "said"
    program(
        empty_path / "apt-get",
        f': > "{empty_path}/chromium"; /bin/chmod 755 "{empty_path}/chromium"; echo "$@" >> "{said}"',
    )
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert chromium.find() == str(empty_path / "chromium")
    assert [line.split()[3:] for line in said.read_text().splitlines()] == [
        ["update"],
        ["install", "--no-install-recommends", "chromium", "fonts-dejavu-core"],
    ]


def test_an_installation_that_brings_no_browser_is_said(empty_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(empty_path / "apt-get")
    monkeypatch.setattr("os.geteuid", lambda: 0)
    with pytest.raises(SystemExit, match="still no Chromium"):
        chromium.find()
