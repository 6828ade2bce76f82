"""A placed service goes from one real engine to another; its volume stays, and a server that is killed in between goes on."""

import os

import pytest

from tests.e2e.fleet import Fleet, sleeper, wait_until
from tests.e2e.testbed.engine import Engine

pytestmark = pytest.mark.engine

WEB = f"moved-{os.getpid():x}"


def write(fleet: Fleet, compose: str) -> None:
    fleet.write(WEB, compose, meta="placement: {count: 1}\ndeploy: {health: {deadline: 20s, stable_for: 2s}}\n")
    fleet.commit()


def with_volume(image: str) -> str:
    return sleeper(image, "    volumes: ['data:/data']\n") + "volumes: {data: {}}\n"


@pytest.fixture
def fleet(fleet: Fleet, engine_b: Engine, image: str) -> Fleet:
    """It runs on node-a, which then is drained; node-b is there too."""
    write(fleet, with_volume(image))
    fleet.deploy(WEB)
    fleet.start_agent("node-b", engine_b)
    fleet.ask("node", "drain", "node-a", "--keep")
    return fleet


def test_a_server_that_is_killed_between_the_halves_of_a_move_finishes_it_and_the_volume_stays(
    fleet: Fleet, engine_a: Engine
) -> None:
    started = fleet.ask("deploy", WEB, "--move", "--detach")["deployments"][0]
    wait_until(lambda: fleet.containers("node-b", WEB), "it runs on node-b, and is not yet known to be healthy")
    fleet.kill("server")
    fleet.start_server()

    ended = wait_until(
        lambda: (d := fleet.ask("deployment", "show", started["id"])["deployments"][0])["ended"] and d, "it has ended"
    )
    assert ended["state"] == "succeeded"
    assert [(task["kind"], task["node"], task["state"]) for task in ended["tasks"]] == [
        ("deploy", "node-b", "succeeded"),
        ("down", "node-a", "succeeded"),
    ]
    assert "node-a keeps its directory and its volumes (data), for volumes do not move" in started["notes"]
    wait_until(lambda: not fleet.containers("node-a", WEB), "node-a has none of it")
    assert fleet.containers("node-b", WEB)
    assert fleet.ask("service", "show", WEB)["placed"] == ["node-b"]


def test_when_the_new_node_fails_the_old_instance_keeps_running(fleet: Fleet, image: str) -> None:
    before = fleet.containers("node-a", WEB)
    write(fleet, sleeper(image).replace("sleep", "no-such-verb"))

    failed = fleet.deploy(WEB, "--move", code=1)[0]

    assert failed["state"] == "failed"
    assert f"node-a: {WEB} stays here, since the deploy on node-b failed" in failed["reason"]
    assert fleet.containers("node-a", WEB) == before
