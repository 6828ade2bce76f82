import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import webpage

from composia._version import __version__

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What a clone holds, with the tools and libraries that were made for this one."""
    made = shutil.ignore_patterns(".*", "node_modules", "static", "build", "dist", "__pycache__")
    clone = tmp_path / "clone"
    shutil.copytree(ROOT, clone, ignore=made)
    for name in (".tools", ".venv", "web/static", "web/node_modules"):
        (clone / name).symlink_to(ROOT / name)
    return clone


def test_no_test_runs_when_the_page_cannot_be_built(clone: Path) -> None:
    (clone / "web" / "src" / "routes" / "+layout.svelte").write_text("{#if open}<p>never closed</p>\n")
    done = subprocess.run(
        [sys.executable, "dev", "test", "tests/core/test_age.py"],
        cwd=clone,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "npm run build failed in web/" in done.stderr
    assert "routes/+layout.svelte" in done.stderr
    assert "passed" not in done.stdout


def test_the_page_is_of_the_same_version_as_the_server() -> None:
    """A page that is of another one asks to be loaded anew."""
    assert json.loads((ROOT / "web" / "package.json").read_text())["version"] == __version__


@pytest.fixture
def npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with an npm that fails for the scripts that are named in its file `fails`, in a web/ of its own."""
    web = tmp_path / "web"
    (web / "node_modules").mkdir(parents=True)
    (web / "package.json").write_text('{"devDependencies": {"bundler": "1.0.0"}}')
    (web / "package-lock.json").write_text("{}")
    monkeypatch.setattr(webpage, "WEB", web)
    program = tmp_path / "npm"
    program.write_text(
        f'#!/bin/sh\ncd {tmp_path}\necho "$@" >> said\nfor word; do :; done\n'
        'if grep -qx "$word" fails 2>/dev/null; then echo "$word is wrong"; exit 1; fi\n'
    )
    program.chmod(0o755)
    return tmp_path


def said(npm: Path) -> list[str]:
    return (npm / "said").read_text().splitlines()


def test_all_checks_of_the_page_run_and_each_that_fails_is_shown(npm: Path) -> None:
    (npm / "fails").write_text("lint\ntest\n")
    with pytest.raises(webpage.NpmFailed) as failed:
        webpage.check(npm)
    first, second, *checks = (line.split()[-1] for line in said(npm))
    assert (first, second, sorted(checks)) == ("ci", "sync", ["check", "format", "lint", "test"])
    assert [line for line in str(failed.value).splitlines() if "is wrong" in line] == ["lint is wrong", "test is wrong"]


def test_packages_are_installed_again_only_when_what_is_wanted_has_changed(npm: Path) -> None:
    webpage.install(npm)
    webpage.install(npm)
    (npm / "web" / "package.json").write_text('{"scripts": {}, "devDependencies": {"bundler": "1.0.0"}}')
    webpage.install(npm)
    assert said(npm) == ["ci"]
    (npm / "web" / "package-lock.json").write_text('{"packages": {}}')
    webpage.install(npm)
    assert said(npm) == ["ci", "ci"]


def test_the_loop_says_what_to_do_when_no_server_answers(npm: Path) -> None:
    with pytest.raises(SystemExit, match=r"no server answers at http://127\.0\.0\.1:1; start one"):
        webpage.develop(npm, "http://127.0.0.1:1")
    assert not (npm / "said").exists()


def test_the_loop_gives_the_server_to_the_bundler(npm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    became: list[tuple[Path, str]] = []
    monkeypatch.setattr(webpage, "answers", lambda _: True)
    monkeypatch.setattr(os, "execvpe", lambda program, _, there: became.append((program, there["COMPOSIA_SERVER"])))
    monkeypatch.chdir(npm)
    webpage.develop(npm, "https://127.0.0.1:9")
    assert became == [(npm / "web" / "node_modules" / ".bin" / "vite", "https://127.0.0.1:9")]
