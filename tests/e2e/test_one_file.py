"""The one file is all that a machine needs: it runs where there is no pip, git, compiler or Node.js."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from tests.e2e.fleet import Fleet, wait_until
from tests.e2e.one_file import FILE, BareMachine
from tests.e2e.testbed.engine import Engine
from tests.e2e.testbed.registry import Registry

pytestmark = [pytest.mark.engine, pytest.mark.timeout(300)]


@pytest.fixture(scope="module", autouse=True)
def file_is_built() -> None:
    if not FILE.exists():
        pytest.fail("dist/composia is not there; make it: ./dev build", pytrace=False)


@pytest.fixture
def bare(tmp_path: Path, engine_a: Engine) -> list[str]:
    docker = shutil.which("docker")
    assert docker is not None
    shared = tmp_path / "shared"
    shared.mkdir()
    machine = BareMachine(root=tmp_path / "root", docker=Path(docker).resolve(), shared=(shared, engine_a.run))
    script = machine.prepare()
    return ["unshare", "--mount", str(script)]


def test_server_agent_and_command_line_run_on_a_bare_machine(
    tmp_path: Path, bare: list[str], engine_a: Engine, registry: Registry
) -> None:
    tools = "command -v pip git gcc node make uv; test $? -eq 127 -o $? -eq 1"
    assert subprocess.run([*bare, "sh", "-c", tools], capture_output=True, text=True, check=True).stdout == ""
    web = f"bare-{os.getpid():x}"
    fleet = Fleet(directory=tmp_path / "shared", command=(*bare, "/composia"))
    try:
        fleet.write(
            web,
            f"services:\n  main:\n    image: {registry.name('fixture:1')}\n    command: [/bin/fixture, sleep]\n",
            "node-a",
        )
        fleet.commit()
        fleet.start_server()
        fleet.start_agent("node-a", engine_a)
        (deployed,) = fleet.deploy(web)

        assert deployed["state"] == "succeeded"
        assert len(fleet.containers("node-a", web)) == 1
    finally:
        fleet.end()


def listed(engine: Engine, *what: str) -> set[str]:
    return set(engine.docker(*what).split())


def test_the_demo_shows_three_services_and_an_interrupt_leaves_nothing(
    tmp_path: Path, engine_a: Engine, engine_b: Engine, registry: Registry
) -> None:
    everything = (("ps", "-aq"), ("network", "ls", "-q"), ("volume", "ls", "-q"))
    before = [[listed(engine, *what) for what in everything] for engine in (engine_a, engine_b)]
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    output = tmp_path / "output"
    with output.open("wb") as out:
        demo = subprocess.Popen(
            [
                *(str(FILE), "demo", "--engine", engine_a.docker_host, "--engine", engine_b.docker_host),
                *("--image", registry.name("library/busybox:1.36")),
            ],
            stdout=out,
            stderr=out,
            env={**os.environ, "TMPDIR": str(temporary)},
        )
    try:
        wait_until(lambda: b"Ctrl-C ends the demo" in output.read_bytes() or demo.poll() is not None, "it shows", 120)
        said = output.read_text()
        demo.send_signal(signal.SIGINT)
        code = demo.wait(60)
    finally:
        demo.kill()

    rows = [line.split()[:3] for line in said.splitlines() if " running " in line]
    assert rows == [
        ["jobs", "node-a", "running"],
        ["jobs", "node-b", "running"],
        ["notes", "node-b", "running"],
        ["web", "node-a", "running"],
    ], said
    assert code == 0, output.read_text()
    assert list(temporary.iterdir()) == []
    assert [[listed(engine, *what) for what in everything] for engine in (engine_a, engine_b)] == before
