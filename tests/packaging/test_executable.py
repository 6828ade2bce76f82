import subprocess
import time
from pathlib import Path

from composia._version import __version__
from tests.packaging.executable import Executable

DAY_S = 24 * 3600


def test_the_file_alone_prints_its_version_in_any_directory(executable: Executable) -> None:
    done = executable.run("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"composia {__version__}\n", "")


def test_a_warm_start_prints_the_version_within_150_ms(executable: Executable) -> None:
    executable.run("--version")
    assert min(seconds(executable) for _ in range(10)) < 0.150


def seconds(executable: Executable) -> float:
    started = time.perf_counter()
    executable.run("--version")
    return time.perf_counter() - started


def test_two_first_starts_at_once_both_succeed_and_unpack_once(executable: Executable) -> None:
    processes = [executable.start("--version") for _ in range(2)]
    assert [process.communicate() for process in processes] == [(f"composia {__version__}\n", "")] * 2
    assert len(executable.extractions()) == 1


def test_a_relative_cache_directory_is_taken_from_where_the_start_was(executable: Executable) -> None:
    done = executable.run("--version", COMPOSIA_CACHE="below/here")
    assert done.stdout == f"composia {__version__}\n"
    assert (executable.directory / "below" / "here").is_dir()


def test_settings_meant_for_another_shiv_program_are_ignored(executable: Executable) -> None:
    done = executable.run("--version", SHIV_ENTRY_POINT="platform:node", SHIV_ROOT="/nowhere", SHIV_INTERPRETER="1")
    assert done.stdout == f"composia {__version__}\n"
    assert len(executable.extractions()) == 1


def test_a_python_of_another_version_is_refused_with_what_is_needed(executable: Executable) -> None:
    old = executable.directory / "python3"
    old.write_text("#!/bin/sh\necho python3.9\n")
    old.chmod(0o755)
    done = executable.run("--version", COMPOSIA_PYTHON=str(old))
    assert (done.returncode, done.stdout) == (69, "")
    assert done.stderr == (
        f"composia: no fitting Python: one of python3.11 python3.12 python3.13 is needed, and there is {old} (python3.9)\n"
        "hint: install one, or name it: COMPOSIA_PYTHON=/path/to/python\n"
    )


def test_a_machine_without_python_is_told_so(executable: Executable) -> None:
    done = executable.run("--version", COMPOSIA_PYTHON="/nonexistent/python3")
    assert (done.returncode, done.stdout) == (69, "")
    assert done.stderr.startswith(
        "composia: no fitting Python: one of python3.11 python3.12 python3.13 is needed, and there is none at all\n"
    )


def test_without_a_private_place_to_unpack_it_says_how_to_name_one(built_file: Path) -> None:
    script = built_file.read_bytes().partition(b"\nexec ")[0]
    done = subprocess.run(
        ["sh", "-c", '[ "$(id -u)" = 0 ] && exec setpriv --reuid=65534 --regid=65534 --clear-groups sh -s; exec sh -s'],
        input=script,
        env={"PATH": "/usr/bin:/bin", "HOME": "/proc"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 73
    assert b"hint: name one that only this user can write to: COMPOSIA_CACHE=/path/to/directory\n" in done.stderr
