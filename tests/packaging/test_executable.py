import os
import resource
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from composia._version import __version__
from tests.packaging.executable import Executable

SETTINGS_OF_SHIV = (
    *("ROOT", "INTERPRETER", "ENTRY_POINT", "CONSOLE_SCRIPT", "MODULE", "FORCE_EXTRACT", "COMPILE_PYC"),
    *("COMPILE_WORKERS", "EXTEND_PYTHONPATH", "PREPEND_PYTHONPATH"),
)


def test_the_file_alone_prints_its_version_in_any_directory(executable: Executable) -> None:
    done = executable.run("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"composia {__version__}\n", "")


def test_the_file_carries_the_built_web_page_the_schema_and_every_licence(built_file: Path) -> None:
    with zipfile.ZipFile(built_file) as archive:
        names = set(archive.namelist())
    assert "site-packages/composia/core/definition/compose-schema.json" in names
    assert "site-packages/composia/builtin_plugins/web_ui/static/index.html" in names
    assert "site-packages/composia/builtin_plugins/web_ui/static/index.html.br" in names
    assert "site-packages/composia/builtin_plugins/api_reference/static/index.html" in names
    libraries = {name.split("/")[1] for name in names if ".dist-info/" in name and "composia-" not in name}
    licensed = {name.split("/")[1] for name in names if "LICEN" in name.upper() and ".dist-info/" in name}
    assert libraries - licensed == set()


def test_a_warm_start_takes_fifteen_times_of_a_processor_what_python_alone_takes_at_most(
    executable: Executable,
) -> None:
    python = str(Path(sys.executable).resolve())
    executable.run("--version", COMPOSIA_PYTHON=python)
    starts = [seconds(lambda: executable.run("--version", COMPOSIA_PYTHON=python)) for _ in range(10)]
    alone = [seconds(lambda: subprocess.run([python, "-IS", "-c", "pass"], check=True)) for _ in range(10)]
    assert min(starts) < 15 * min(alone)


def seconds(start: Callable[[], object]) -> float:
    """What a start takes of processors, by itself and in its children; how long that takes depends on who else works."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_two_first_starts_at_once_both_succeed_and_unpack_once(executable: Executable) -> None:
    processes = [executable.start("--version") for _ in range(2)]
    assert [process.communicate() for process in processes] == [(f"composia {__version__}\n", "")] * 2
    assert len(executable.extractions()) == 1


def test_python_gets_an_absolute_cache_directory_and_no_settings_meant_for_another_program(
    executable: Executable,
) -> None:
    python = executable.directory / "python3.11"
    python.write_text("#!/bin/sh\nenv | grep -E '^(SHIV|COMPOSIA)_' | sort\necho \"$@\"\n")
    python.chmod(0o755)
    meant_for_others = {f"SHIV_{name}": "1" for name in SETTINGS_OF_SHIV}
    done = executable.run(
        "status", "-o", "json", COMPOSIA_PYTHON=str(python), COMPOSIA_CACHE="below/here", **meant_for_others
    )
    assert done.stdout.splitlines() == [
        f"COMPOSIA_CACHE={executable.directory}/below/here",
        f"COMPOSIA_PYTHON={python}",
        f"SHIV_ROOT={executable.directory}/below/here",
        f"-IS {executable.file} status -o json",
    ]


def test_a_machine_without_python_is_told_so(executable: Executable) -> None:
    done = executable.run("--version", COMPOSIA_PYTHON="/nonexistent/python3")
    assert (done.returncode, done.stdout) == (69, "")
    assert done.stderr.startswith(
        "composia: no fitting Python: one of python3.11 python3.12 python3.13 is needed, and there is none at all\n"
    )


def test_without_a_private_place_to_unpack_it_says_how_to_name_one(built_file: Path) -> None:
    done = start_as_nobody(built_file, HOME="/proc")
    assert done.returncode == 73
    assert "hint: name one that only this user can write to: COMPOSIA_CACHE=/path/to/directory\n" in done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a directory that is somebody else's")
def test_a_cache_directory_that_is_somebody_elses_is_not_used(built_file: Path) -> None:
    with tempfile.TemporaryDirectory() as home:
        for directory in (home, f"{home}/.cache", f"{home}/.cache/composia"):
            Path(directory).mkdir(exist_ok=True)
            Path(directory).chmod(0o777)
        done = start_as_nobody(built_file, HOME=home)
    assert done.returncode == 73


def start_as_nobody(file: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the script in front of the archive, up to where it would hand over to Python, as a user who owns nothing."""
    script = file.read_bytes().partition(b"\nexec ")[0].decode()
    shell = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "sh"] if os.geteuid() == 0 else ["sh"]
    environment = {"PATH": "/usr/bin:/bin", **environment}
    return subprocess.run([*shell, "-s"], input=script, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_stream_that_is_closed_makes_no_failure_and_lends_its_number_to_no_file(
    executable: Executable, closed: str, tmp_path: Path
) -> None:
    (tmp_path / "services").mkdir()
    (tmp_path / "services" / "compose.yaml").write_text("services: {web: {image: x}}\n")
    for words in ("config example", f"init {tmp_path}/services"):
        program = f"exec {executable.file} {words} {closed}"
        done = subprocess.run(
            ["sh", "-c", program], env=os.environ | {"COMPOSIA_CACHE": str(executable.cache)}, check=False
        )
        assert done.returncode == 0
    assert (tmp_path / "services" / "composia-meta.yaml").exists()
