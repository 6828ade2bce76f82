"""Tests that need a Docker engine are left out only by hand, and never on the build server."""

import os
import subprocess
import sys
from pathlib import Path

TEST = "tests/e2e/test_images.py::test_nodes_know_library_images_by_their_short_names"


def pytest_with(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {key: value for key, value in os.environ.items() if key != "CI"}
    words = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments, TEST]
    root = Path(__file__).parents[2]
    return subprocess.run(
        words, cwd=root, env=inherited | environment, capture_output=True, text=True, check=False, timeout=100
    )


def test_they_are_skipped_with_the_option_and_visibly() -> None:
    done = pytest_with("--no-engine")
    assert "SKIPPED [1] tests/e2e/test_images.py:" in done.stdout
    assert (done.returncode, "1 skipped" in done.stdout) == (0, True)


def test_on_the_build_server_the_option_makes_them_fail() -> None:
    done = pytest_with("--no-engine", CI="1")
    assert "which CI does not allow" in done.stdout
    assert (done.returncode, "1 error" in done.stdout or "1 failed" in done.stdout) == (1, True)


def test_without_an_engine_they_fail_with_an_instruction() -> None:
    done = pytest_with(PATH="/nowhere")
    assert "no Docker engine to test with: " in done.stdout
    assert "--no-engine" in done.stdout
    assert done.returncode == 1
