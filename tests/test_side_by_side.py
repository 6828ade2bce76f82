"""An interrupt lets every process of the tests end what its fixtures have started, whoever it reaches, and how often."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.fleet import wait_until

ROOT = Path(__file__).resolve().parents[1]

CONFTEST = "from tests.conftest import pytest_addoption, pytest_configure, pytest_keyboard_interrupt\n"

TESTS = """
import signal
from pathlib import Path
import pytest
from tests.e2e.fleet import wait_until

@pytest.fixture
def started(worker_id):
    yield
    Path(f"stopped-{worker_id}").touch()

@pytest.mark.parametrize("number", range(4))
def test_that_would_never_end(number, started, worker_id):
    try:
        Path(f"begun-{worker_id}").touch()
        signal.pause()
    finally:
        Path(f"ending-{worker_id}").touch()
        wait_until(Path("interrupted-again").exists, "there is a second interrupt")
        Path(f"ended-{worker_id}").touch()
"""

Interrupt = Callable[[int, int], None]


@pytest.mark.parametrize("interrupt", [os.kill, os.killpg], ids=["the first process", "all of them"])
def test_tests_and_fixtures_end_in_every_process_and_a_second_interrupt_breaks_nothing_off(
    tmp_path: Path, interrupt: Interrupt
) -> None:
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_it.py").write_text(TESTS)
    options = (
        "-n2",
        "--dist=worksteal",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:randomly",
        "--rootdir=.",
        "-c",
        os.devnull,
    )
    with (tmp_path / "output").open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "pytest", *options, "test_it.py"],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        wait_until(lambda: made(tmp_path, "begun") == 2, "both run a test")
        interrupt(process.pid, signal.SIGINT)
        wait_until(lambda: made(tmp_path, "ending") == 2, "both end what they started")
        interrupt(process.pid, signal.SIGINT)
        (tmp_path / "interrupted-again").touch()
        assert process.wait(60) == pytest.ExitCode.INTERRUPTED
    finally:
        process.kill()  # its workers then end by themselves
    assert (made(tmp_path, "ended"), made(tmp_path, "stopped")) == (2, 2)
    said = (tmp_path / "output").read_text()
    assert said.count("INTERRUPTED test_it.py::test_that_would_never_end[") == 2


def made(directory: Path, what: str) -> int:
    """How many processes have come so far."""
    return len(list(directory.glob(f"{what}-*")))
