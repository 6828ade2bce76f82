"""Tests that need a Docker engine are left out only by hand, and never on the build server."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

TEST = "tests/e2e/test_images.py::test_nodes_know_library_images_by_their_short_names"


def run(*arguments: str, start: str = "pass", **environment: str) -> subprocess.CompletedProcess[str]:
    """Run pytest on the one test, after `start`, as a person would: not on the build server."""
    inherited = {key: value for key, value in os.environ.items() if key != "CI"}
    program = f"import os, sys, pytest; {start}; sys.exit(pytest.main(sys.argv[1:]))"
    words = [sys.executable, "-c", program, "-p", "no:cacheprovider", *arguments, TEST]
    root = Path(__file__).parents[2]
    return subprocess.run(
        words, cwd=root, env=inherited | environment, capture_output=True, text=True, check=False, timeout=100
    )


def test_they_are_left_out_with_the_option_and_visibly() -> None:
    done = run("--no-engine")
    assert "SKIPPED [1] tests/e2e/test_images.py:" in done.stdout
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("processes", [(), ("-n1",)], ids=["in one process", "side by side"])
def test_on_the_build_server_the_option_makes_them_fail(processes: tuple[str, ...]) -> None:
    done = run("--no-engine", *processes, CI="1")
    assert "skipped, which CI does not allow a test with a Docker engine" in done.stdout
    assert done.returncode == 1


def test_without_root_they_fail_with_an_instruction() -> None:
    done = run(start="os.geteuid = lambda: 1000")
    assert "no Docker engine to test with: a test bed needs root" in done.stdout
    assert "or leave such tests out: --no-engine" in done.stdout
    assert done.returncode == 1
