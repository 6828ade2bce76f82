"""The one file runs on every Python that it is made for, and refuses others. Those not found are named as skipped."""

import shutil
from pathlib import Path

import pytest

from composia._version import __version__
from tests.e2e.fleet import Fleet, wait_until
from tests.packaging import interpreters
from tests.packaging.executable import Executable

COMPOSE = "services: {app: {image: 'app:1'}}\n"


@pytest.fixture(params=["3.11", "3.12", "3.13"])
def python(request: pytest.FixtureRequest) -> Path:
    found = interpreters.find(request.param)
    if found is None:
        pytest.skip(f"there is no Python {request.param} on this machine")
    return found


def test_server_agent_and_command_line_run_on_each_python_that_the_file_is_made_for(
    python: Path, built_file: Path, tmp_path: Path
) -> None:
    where = (f"COMPOSIA_PYTHON={python}", f"COMPOSIA_CACHE={tmp_path / 'cache'}")
    fleet = Fleet(directory=tmp_path, command=("env", *where, str(built_file)))
    try:
        fleet.write("web", COMPOSE, "node-a")
        fleet.commit()
        fleet.start_server()
        token = tmp_path / "node-a.token"
        token.write_text(fleet.cli("token", "create", "--role", "node", "--node", "node-a", "-q"))
        fleet.start(
            "agent-node-a",
            *("agent", "--server", fleet.url, "--node", "node-a", "--data", str(fleet.agent_data("node-a"))),
            *("--token-file", str(token), "--ca-file", str(fleet.server_data / "ca.pem"), "--executor", "simulated"),
        )
        wait_until(lambda: fleet.node("node-a")["state"] == "online", "the node is online")
        (deployed,) = fleet.deploy("web")

        assert deployed["state"] == "succeeded"
        assert fleet.node("node-a")["version"] == __version__
        for process in fleet.processes.values():
            assert Path(f"/proc/{process.pid}/exe").resolve() == python.resolve()
    finally:
        fleet.end()


@pytest.mark.parametrize("version", ["3.10", "3.14"])
def test_a_python_that_is_too_old_or_too_new_is_refused_with_what_is_needed(
    executable: Executable, version: str
) -> None:
    python = interpreters.find(version) or stand_in(executable.directory / "python3", version)
    done = executable.run("--version", COMPOSIA_PYTHON=str(python))
    assert (done.returncode, done.stdout) == (69, "")
    assert done.stderr == (
        "composia: no fitting Python: one of python3.11 python3.12 python3.13 is needed, and there is "
        f"{python} (python{version})\nhint: install one, or name it: COMPOSIA_PYTHON=/path/to/python\n"
    )


def stand_in(path: Path, version: str) -> Path:
    """What answers the one question that a Python is asked before it is refused."""
    path.write_text(f"#!{shutil.which('sh')}\necho python{version}\n")
    path.chmod(0o755)
    return path
