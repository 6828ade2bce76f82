"""Ports that somebody else has, and an engine that has no address left."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.e2e.bad_input.refusal import comes_up, left, refused, refused_file
from tests.e2e.fleet import Fleet, sleeper
from tests.e2e.lifetime import Run, running
from tests.e2e.testbed.daemon import wait_until
from tests.e2e.testbed.engine import Engine
from tests.e2e.testbed.testbed import Testbed

pytestmark = pytest.mark.engine

PORT, OTHER = 18_090, 18_091


def published(port: int) -> str:
    return f"    ports: ['{port}:80']\n"


def test_a_port_that_a_container_has_is_named_with_it_before_anything_changes(
    host: Fleet, name: str, image: str, engine_a: Engine, run: Run
) -> None:
    holder = engine_a.inspect(run(engine_a, "sleep", f"--publish={PORT}:80"), "{{.Name}}").removeprefix("/")
    comes_up(host, name, image)
    before = host.containers("node-a", name)

    refusal = refused_file(host, name, sleeper(image, published(PORT)))

    assert (refusal.step, refusal.error.code, refusal.exit_code) == ("render", "conflict", 5)
    assert refusal.told == (
        "service main",
        f"port {PORT} of this node is taken by container {holder} of project testbed",
        "publish another port, or stop that container",
    )
    assert host.containers("node-a", name) == before
    engine_a.docker("rm", "--force", holder)
    comes_up(host, name, image, published(PORT))


def test_a_port_that_a_program_of_the_host_has_is_said_to_be_so(
    host: Fleet, name: str, image: str, engine_a: Engine
) -> None:
    with running(engine_a.command("busybox", "nc", "-l", "-p", str(OTHER))):
        wait_until(lambda: _is_taken(engine_a), timeout=60)
        refusal = refused_file(host, name, sleeper(image, published(OTHER)))

    assert (refusal.step, refusal.error.code, refusal.exit_code) == ("up", "conflict", 5)
    assert refusal.told == (
        f"container {name}-main-1",
        f"port 0.0.0.0:{OTHER} of this node is taken by a program that is no container",
        f"on the node, `ss -lntp sport = :{OTHER}` says which; stop it, or publish another port",
    )
    assert left(host, name) == {f"{name}-main-1": "created"}
    comes_up(host, name, image, published(OTHER))


def _is_taken(engine: Engine) -> bool:
    tables = Path(f"/proc/{engine.dockerd.pid()}/net")
    return any(f":{OTHER:04X} 0000" in (tables / kind).read_text() for kind in ("tcp", "tcp6"))


@pytest.fixture
def cramped(testbed: Testbed) -> Iterator[Engine]:
    """An engine with addresses for its own bridge and one network more."""
    engine = replace(testbed.engine(4), address_pool={"base": "172.29.0.0/23", "size": 24})
    engine.start()
    yield engine
    engine.power_loss()
    shutil.rmtree(engine.data)  # else it counts as one that has to be up


def test_an_engine_without_addresses_left_names_the_network_and_works_once_there_are_some(
    tmp_path: Path, cramped: Engine, image: str, name: str
) -> None:
    fleet = Fleet(directory=tmp_path)
    first, second = f"{name}-first", f"{name}-second"
    try:
        fleet.start_server()
        fleet.start_agent("node-a", cramped)
        comes_up(fleet, first, image)
        refusal = refused_file(fleet, second, sleeper(image))

        assert (refusal.step, refusal.error.code, refusal.told) == (
            "up",
            "not_possible",
            (
                f"network {second}_default",
                "the engine has no range of addresses left for it",
                "remove networks that nobody uses (docker network prune), or give the engine more default-address-pools",
            ),
        )
        assert left(fleet, second) == {}
        assert refused(fleet, second).error == refusal.error
        fleet.cli("down", first)
        comes_up(fleet, second, image)
    finally:
        fleet.end()
