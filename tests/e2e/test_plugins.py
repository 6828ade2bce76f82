"""Plugins of third parties work from the one file and change what a real deploy does; a broken one is survived."""

import os
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from tests.e2e.fleet import Fleet, sleeper, wait_until
from tests.e2e.one_file import FILE, ROOT
from tests.e2e.testbed.engine import Engine
from tests.e2e.testbed.registry import Registry

pytestmark = pytest.mark.engine

FREEZE = """
    from composia.plugins import Provider, hookimpl
    from composia.plugins.scheduler import Held, Schedule

    class Freeze:
        def choose(self, offered, load, now_ms):
            held = tuple(Held(task=task.id, reason="change freeze until Monday") for task in offered)
            return Schedule(start=(), held=held)

    async def open_freeze(config, context):
        return Freeze()

    @hookimpl
    def composia_scheduler():
        return Provider(name="freeze", open=open_freeze)
"""

LAST = """
    from composia.plugins import Provider, hookimpl

    class Last:
        def rank(self, service, candidates):
            return tuple(sorted((candidate.node for candidate in candidates), reverse=True))

    async def open_last(config, context):
        return Last()

    @hookimpl
    def composia_node_selector():
        return Provider(name="last", open=open_last)
"""


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    fleet = Fleet(directory=tmp_path, command=(str(FILE),))
    try:
        yield fleet
    finally:
        fleet.end()


def configure(fleet: Fleet, text: str) -> str:
    file = fleet.directory / "server.yaml"
    file.write_text(text)
    return str(file)


def put_service(fleet: Fleet, image: str, name: str, where: str) -> None:
    fleet.write(name, sleeper(image), "node-a")
    (fleet.repo / name / "composia-meta.yaml").write_text(
        f"name: {name}\n{where}\ndeploy: {{health: {{stable_for: 300ms}}}}\n"
    )
    fleet.commit()


def test_a_single_file_holds_a_deploy_back_and_a_broken_one_beside_it_is_reported_and_survived(
    fleet: Fleet, registry: Registry, engine_a: Engine
) -> None:
    plugins = fleet.server_data / "plugins"
    plugins.mkdir(parents=True, mode=0o755)
    (plugins / "freeze.py").write_text(dedent(FREEZE))
    (plugins / "broken.py").write_text("import nothing_of_that_name\n")
    name = f"frozen-{os.getpid():x}"
    put_service(fleet, registry.name("fixture:1"), name, "nodes: [node-a]")
    fleet.start_server("--config", configure(fleet, "scheduler: {provider: freeze}\n"))
    fleet.start_agent("node-a", engine_a)

    (deployment,) = fleet.deploy(name, "--detach")
    task = deployment["tasks"][0]["id"]
    waiting = wait_until(lambda: fleet.ask("task", "show", task)["waiting"], "the task says why it waits")
    found = {plugin["name"]: plugin for plugin in fleet.ask("plugin", "list")["plugins"]}

    assert waiting == "change freeze until Monday"
    assert found["freeze"]["provides"] == ["scheduler/freeze"]
    assert found["broken"]["error"].startswith("ModuleNotFoundError: No module named 'nothing_of_that_name'")
    assert fleet.containers("node-a", name) == {}


def test_an_installed_package_chooses_where_a_service_runs(
    fleet: Fleet, registry: Registry, engine_a: Engine, engine_b: Engine
) -> None:
    wheel = fleet.directory / "composia_last-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("composia_last.py", dedent(LAST))
        info = "composia_last-1.0.dist-info"
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: composia-last\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/entry_points.txt", "[composia]\nlast = composia_last\n")
        archive.writestr(f"{info}/RECORD", "")
    library = fleet.server_data / "plugins" / "lib"
    library.mkdir(parents=True, mode=0o755)
    install = [str(ROOT / ".tools/bin/uv"), "pip", "install", "-q", "--no-deps", "--target", str(library), str(wheel)]
    subprocess.run(install, check=True, capture_output=True)
    name = f"placed-{os.getpid():x}"
    put_service(fleet, registry.name("fixture:1"), name, "placement: {count: 1}")
    fleet.start_server("--config", configure(fleet, "node_selector: {provider: last}\n"))
    fleet.start_agent("node-a", engine_a)
    fleet.start_agent("node-b", engine_b)

    (deployment,) = fleet.deploy(name)

    assert [(task["node"], task["state"]) for task in deployment["tasks"]] == [("node-b", "succeeded")]
    assert (len(fleet.containers("node-a", name)), len(fleet.containers("node-b", name))) == (0, 1)
