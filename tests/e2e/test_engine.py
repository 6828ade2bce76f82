"""A node of the test bed is a Docker engine with a network of its own."""

import subprocess
from pathlib import Path

import pytest

from tests.e2e.lifetime import Own, Run
from tests.e2e.testbed import claim
from tests.e2e.testbed.engine import Engine
from tests.e2e.testbed.registry import Registry
from tests.e2e.testbed.testbed import Testbed

pytestmark = pytest.mark.engine

PORT = 18080
PUBLISHED = f"--publish={PORT}:80"


def test_engines_have_containers_and_ports_of_their_own(engine_a: Engine, engine_b: Engine, run: Run) -> None:
    on_a = run(engine_a, "web", PUBLISHED)
    on_b = run(engine_b, "unhealthy", PUBLISHED)
    for engine, here, there in ((engine_a, on_a, on_b), (engine_b, on_b, on_a)):
        listed = engine.docker("ps", "--quiet", "--no-trunc").split()
        assert here in listed
        assert there not in listed
    assert engine_a.page(PORT, "/healthz") == (200, "ok")
    assert engine_b.page(PORT, "/healthz")[0] == 404


def test_a_third_engine_comes_up_on_demand(engine_c: Engine) -> None:
    assert engine_c.state() == "up"
    assert engine_c.docker("info", "--format", "{{.DockerRootDir}}") == str(engine_c.data / "docker")


def test_bringing_up_what_is_up_changes_nothing(testbed: Testbed, engine_a: Engine, run: Run) -> None:
    container = run(engine_a, "web", PUBLISHED)

    def facts() -> list[object]:
        names = (testbed.place.switch, engine_a.namespace)
        networks = [Path("/run/netns", name).stat().st_ino for name in names]
        return [networks, engine_a.page(PORT), engine_a.inspect(container, "{{.State.Pid}}"), testbed.describe()]

    before = facts()
    assert Testbed.up(testbed.place.name, engines=2, user=claim.own_user()) == testbed
    assert facts() == before


def test_more_projects_find_a_network_than_dockers_own_pools_hold(engine_b: Engine, owned: Own) -> None:
    label = f"--label=com.docker.compose.project={owned(engine_b, 'many')}"
    for number in range(35):
        engine_b.docker("network", "create", label, f"many-{number}")
    assert len(engine_b.docker("network", "ls", "--quiet", "--filter=name=many-").split()) == 35


def test_removing_a_project_removes_its_containers_networks_and_volumes_and_no_others(
    engine_a: Engine, registry: Registry, owned: Own
) -> None:
    for project in ("mine", "theirs"):
        owned(engine_a, project)
        label = f"--label=com.docker.compose.project={project}"
        engine_a.docker("network", "create", label, project)
        engine_a.docker("volume", "create", label, project)
        use = (f"--name={project}", f"--network={project}", f"--volume={project}:/data")
        engine_a.docker("run", "--detach", label, *use, registry.name("fixture:1"), "/bin/fixture", "sleep")
    engine_a.remove_project("mine")
    assert engine_a.docker("ps", "--all", "--format={{.Names}}", "--filter=name=mine|theirs") == "theirs"
    assert engine_a.docker("network", "ls", "--format={{.Name}}", "--filter=name=mine|theirs") == "theirs"
    assert engine_a.docker("volume", "ls", "--format={{.Name}}", "--filter=name=mine|theirs") == "theirs"


def test_a_command_runs_in_the_nodes_network_with_its_engine(engine_b: Engine) -> None:
    command = engine_b.command("sh", "-c", 'ip -4 -o address show eth0; echo "$DOCKER_HOST"')
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert f"inet {engine_b.address}/24" in said
    assert said.splitlines()[-1] == engine_b.docker_host
