import os
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import preamble
import pytest

LONG_AGO_S = 8 * 24 * 3600


@pytest.fixture
def extraction(tmp_path: Path) -> Path:
    """An unpacked file that fits this Python, used now."""
    return unpack(tmp_path, "now", age_s=0)


def unpack(cache: Path, build: str, *, age_s: float) -> Path:
    compiled = cache / f"composia_{build}" / "site-packages" / "msgspec"
    compiled.mkdir(parents=True)
    (compiled / f"_core{EXTENSION_SUFFIXES[0]}").touch()
    then = time.time() - age_s
    os.utime(cache / f"composia_{build}", (then, then))
    return cache / f"composia_{build}"


def names(cache: Path) -> list[str]:
    return sorted(path.name for path in cache.iterdir())


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Path]:
    """An old extraction that another process still runs from."""
    old = unpack(tmp_path, "running", age_s=LONG_AGO_S)
    program = "import os, sys; lock = os.open(sys.argv[1], os.O_RDONLY); import fcntl; fcntl.flock(lock, fcntl.LOCK_SH); print(); input()"
    with subprocess.Popen(
        [sys.executable, "-c", program, old], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout
        process.stdout.readline()
        yield old
        process.communicate(b"\n")


def test_an_extraction_that_nothing_used_for_a_week_is_removed(extraction: Path) -> None:
    unpack(extraction.parent, "old", age_s=LONG_AGO_S)
    unpack(extraction.parent, "recent", age_s=60)
    preamble.main(extraction / "site-packages")
    assert names(extraction.parent) == ["composia_now", "composia_recent"]


def test_an_extraction_that_a_process_runs_from_is_kept_however_old(extraction: Path, running: Path) -> None:
    preamble.main(extraction / "site-packages")
    assert names(extraction.parent) == ["composia_now", "composia_running"]


def test_what_a_killed_start_left_half_unpacked_or_half_removed_goes_too(extraction: Path) -> None:
    unpack(extraction.parent, "killed.tmp", age_s=LONG_AGO_S)
    (extraction.parent / ".composia_older.gone" / "site-packages").mkdir(parents=True)
    preamble.main(extraction / "site-packages")
    assert names(extraction.parent) == ["composia_now"]


def test_other_programs_beside_it_are_left_alone(extraction: Path) -> None:
    other = extraction.parent / "other_123"
    other.mkdir()
    os.utime(other, (0, 0))
    preamble.main(extraction / "site-packages")
    assert names(extraction.parent) == ["composia_now", "other_123"]


def test_a_start_holds_its_extraction_and_makes_it_young_again(tmp_path: Path) -> None:
    old = unpack(tmp_path, "old", age_s=LONG_AGO_S)
    assert preamble.hold(old)
    assert time.time() - old.stat().st_mtime < 60
    os.utime(old, (0, 0))
    with pytest.raises(BlockingIOError):
        preamble.set_aside_if_stale(old)


def test_a_start_notices_that_its_extraction_was_removed_meanwhile(tmp_path: Path) -> None:
    assert not preamble.hold(tmp_path / "composia_gone")


def test_a_start_that_waited_for_a_removal_does_not_take_its_successor_for_the_same(
    extraction: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def removed_and_unpacked_again(*_: int) -> None:
        extraction.rename(extraction.with_name("removed"))
        extraction.mkdir()

    monkeypatch.setattr("fcntl.flock", removed_and_unpacked_again)
    assert not preamble.hold(extraction)


def test_children_inherit_none_of_shivs_settings(extraction: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHIV_ROOT", "/var/cache")
    preamble.main(extraction / "site-packages")
    assert [name for name in os.environ if name.startswith("SHIV_")] == []


def test_a_machine_that_the_compiled_modules_are_not_for_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    compiled = tmp_path / "msgspec"
    compiled.mkdir()
    for suffix in ("cpython-311-riscv64-linux-gnu", "cpython-312-riscv64-linux-gnu"):
        (compiled / f"_core.{suffix}.so").touch()
    with pytest.raises(SystemExit) as ended:
        preamble.refuse_misfit(tmp_path)
    assert ended.value.code == 69
    here = EXTENSION_SUFFIXES[0].split(".")[1]
    assert capsys.readouterr().err == (
        f"composia: this file is made for cpython-311-riscv64-linux-gnu, cpython-312-riscv64-linux-gnu; {sys.executable} is {here}\n"
        "hint: take the file for this machine, or name a Python that fits: COMPOSIA_PYTHON=/path/to/python\n"
    )
