import os
import runpy
import subprocess
import sys
from pathlib import Path

import chromium
import environment
import pytest

DEV = Path(__file__).resolve().parents[2] / "dev"


def dev(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, DEV, *arguments], capture_output=True, text=True, check=False)


def test_without_a_verb_it_says_what_it_can_do() -> None:
    done = dev()
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("./dev VERB [ARGUMENTS]")


def test_an_unknown_verb_is_a_usage_error_that_lists_the_verbs() -> None:
    done = dev("biuld")
    assert (done.returncode, done.stdout) == (2, "")
    assert (
        done.stderr
        == "dev: no verb 'biuld'; there are: run demo test matrix bench soak web shots check fix build gen lock\n"
    )


@pytest.mark.parametrize(
    ("arguments", "become"),
    [
        ([], ["--numprocesses=2", "--dist=worksteal"]),
        (["tests/core"], ["tests/core"]),
        (["-n", "4", "--dist=loadfile"], ["-n", "4", "--dist=loadfile"]),
    ],
)
def test_all_tests_run_side_by_side_and_with_arguments_it_is_as_these_say(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], become: list[str]
) -> None:
    became: list[list[str]] = []
    script = runpy.run_path(str(DEV))["test"].__globals__
    monkeypatch.setitem(script, "build", lambda _: None)
    monkeypatch.setattr(chromium, "find", lambda: "")
    monkeypatch.setattr(os, "execv", lambda _program, words: became.append(words))
    monkeypatch.chdir(DEV.parent)
    script["test"](arguments)
    assert became == [[str(environment.PYTHON), "-m", "pytest", *become]]


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        ([], True),
        (["-n", "4"], True),
        (["tests/"], True),
        (["tests/web/test_services.py", "-x"], True),
        (["tests/server"], False),
    ],
)
def test_a_browser_is_made_sure_of_when_tests_will_open_the_page(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], *, wanted: bool
) -> None:
    found: list[str] = []
    script = runpy.run_path(str(DEV))["test"].__globals__
    monkeypatch.setitem(script, "build", lambda _: None)
    monkeypatch.setattr(chromium, "find", lambda: found.append("found"))
    monkeypatch.setattr(os, "execv", lambda _program, _words: None)
    monkeypatch.chdir(DEV.parent)
    script["test"](arguments)
    assert bool(found) is wanted


@pytest.mark.parametrize(
    ("version", "fits"),
    [
        ("v18.20.4", False),
        ("v20.18.0", False),
        ("v20.19.0", True),
        ("v21.7.0", False),
        ("v22.12.0", True),
        ("v24.19.0", True),
    ],
)
def test_the_bundler_needs_a_recent_node(tmp_path: Path, version: str, *, fits: bool) -> None:
    node = tmp_path / "node"
    node.write_text(f"#!/bin/sh\necho {version}\n")
    node.chmod(0o755)
    assert environment.is_new_enough(str(node)) is fits


def test_an_environment_is_made_again_when_its_lock_changes_or_it_was_moved(tmp_path: Path) -> None:
    made, lock = tmp_path / "made", tmp_path / "lock.txt"
    made.mkdir()
    lock.write_text("uv==1\n")
    (made / "stamp").write_text(environment.fingerprint(made, lock))
    assert environment.is_stamped(made, environment.fingerprint(made, lock))
    lock.write_text("uv==2\n")
    assert not environment.is_stamped(made, environment.fingerprint(made, lock))
    lock.write_text("uv==1\n")
    moved = made.rename(tmp_path / "moved")
    assert not environment.is_stamped(moved, environment.fingerprint(moved, lock))


def test_a_python_that_cannot_make_environments_is_answered_with_the_package_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = tmp_path / "python3"
    python.write_text("#!/bin/sh\nexit 1\n")
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    package = f"python3.{sys.version_info.minor}-venv"
    with pytest.raises(SystemExit, match=f"install it first: apt-get install {package}"):
        environment.need_venv()
