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

pytestmark = pytest.mark.engine


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


def everything_on(*engines: Engine) -> list[set[str]]:
    kinds = (("ps", "-aq"), ("network", "ls", "-q"), ("volume", "ls", "-q"))
    return [listed(engine, *kind) for engine in engines for kind in kinds]


def show_and_interrupt(command: list[str], temporary: Path, image: str, *engines: Engine) -> str:
    """Run the demo until it has shown everything, then interrupt it; returns what it had said by then."""
    temporary.mkdir()
    output = temporary.with_name("output")
    with output.open("wb") as out:
        demo = subprocess.Popen(
            [*command, "demo", *(f"--engine={engine.docker_host}" for engine in engines), f"--image={image}"],
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
    assert code == 0, output.read_text()
    assert list(temporary.iterdir()) == []
    return said


SHOWN = [
    ["jobs", "node-a", "running", "1/1", "+1", "done"],
    ["jobs", "node-b", "running", "1/1", "+1", "done"],
    ["notes", "node-b", "running", "2/2"],
    ["web", "node-a", "running", "1/1"],
]


def rows(said: str) -> list[list[str]]:
    """The table of services, as far as it is the same at each run."""
    lines = [line.split() for line in said.splitlines() if " running " in line]
    return [row[: len(shown)] for row, shown in zip(lines, SHOWN, strict=True)]


def test_the_demo_shows_three_services_and_an_interrupt_leaves_nothing(
    tmp_path: Path, engine_a: Engine, engine_b: Engine, registry: Registry
) -> None:
    before = everything_on(engine_a, engine_b)

    said = show_and_interrupt(
        [str(FILE)], tmp_path / "temporary", registry.name("library/busybox:1.36"), engine_a, engine_b
    )

    assert rows(said) == SHOWN
    assert everything_on(engine_a, engine_b) == before


def test_the_demo_runs_on_a_bare_machine_with_one_engine(
    tmp_path: Path, bare: list[str], engine_a: Engine, registry: Registry
) -> None:
    before = everything_on(engine_a)

    said = show_and_interrupt(
        [*bare, "/composia"], tmp_path / "shared" / "temporary", registry.name("library/busybox:1.36"), engine_a
    )

    assert rows(said) == SHOWN
    assert everything_on(engine_a) == before
