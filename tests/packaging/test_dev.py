import os
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

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


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What ./dev is made of, which builds nothing, starts nothing and looks for no browser."""
    script: dict[str, Any] = runpy.run_path(str(DEV))["test"].__globals__
    monkeypatch.setitem(script, "build", lambda _: None)
    monkeypatch.setitem(script, "ended", lambda words: pytest.fail(f"{words} was started"))
    monkeypatch.setattr(chromium, "find", lambda: "")
    monkeypatch.setattr(os, "execv", lambda _program, words: pytest.fail(f"it became {words}"))
    monkeypatch.chdir(DEV.parent)
    return script


@pytest.mark.parametrize("arguments", [["tests/core"], ["-n", "4", "--dist=loadfile"]])
def test_with_arguments_it_becomes_pytest_with_these(
    script: dict[str, Any], monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    became: list[list[str]] = []

    def become(_program: str, words: list[str]) -> None:
        became.append(words)
        raise SystemExit

    monkeypatch.setattr(os, "execv", become)
    with pytest.raises(SystemExit):
        script["test"](arguments)
    assert became == [[str(environment.PYTHON), "-m", "pytest", *arguments]]


def test_a_part_that_a_signal_ends_is_told_from_one_whose_tests_fail() -> None:
    ended = runpy.run_path(str(DEV))["ended"]
    killed = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    assert ended([sys.executable, "-c", killed]) == 137
    assert ended([sys.executable, "-c", "raise SystemExit(1)"]) == 1


@pytest.mark.parametrize(
    ("codes", "code", "parts"),
    [
        ((0, 0), 0, ["--ignore=tests/web", "tests/web"]),
        ((1, 0), 1, ["--ignore=tests/web", "tests/web"]),
        ((0, 1), 1, ["--ignore=tests/web", "tests/web"]),
        ((137, 0), 137, ["--ignore=tests/web", "tests/web"]),
        ((2, 0), 2, ["--ignore=tests/web"]),
    ],
)
def test_all_tests_run_side_by_side_the_pages_last_and_none_after_an_interrupt(
    script: dict[str, Any], monkeypatch: pytest.MonkeyPatch, codes: tuple[int, ...], code: int, parts: list[str]
) -> None:
    started: list[list[str]] = []
    found: list[int] = []

    def ended(words: list[str]) -> int:
        started.append(words)
        return codes[len(started) - 1]

    monkeypatch.setitem(script, "ended", ended)
    monkeypatch.setattr(chromium, "find", lambda: found.append(len(started)))
    with pytest.raises(SystemExit) as said:
        script["test"]([])
    assert said.value.code == code
    assert found == [0], "a browser is made sure of before the first test"
    beginning = [str(environment.PYTHON), "-m", "pytest", "--numprocesses=2", "--dist=worksteal"]
    assert started == [[*beginning, part] for part in parts]


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
