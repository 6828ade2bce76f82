"""What people hear of a node's images, volumes and networks."""

import json
import os

import pytest

from tests.e2e.fleet import Fleet, sleeper

pytestmark = pytest.mark.engine

WEB = f"stock-{os.getpid():x}"


def test_what_a_node_has_is_listed_with_what_is_unused(fleet: Fleet, image: str) -> None:
    fleet.write(WEB, sleeper(image, "    volumes: [data:/data]\nvolumes: {data: {}}\n"), "node-a")
    fleet.commit()
    fleet.deploy(WEB)
    container = f"{WEB}-main-1"

    images = fleet.ask("node", "images", "node-a")["images"]
    [used] = [one for one in images if image in one["tags"]]
    [volume] = [v for v in fleet.ask("node", "volumes", "node-a")["volumes"] if v["name"] == f"{WEB}_data"]
    networks = {one["name"]: one for one in fleet.ask("node", "networks", "node-a")["networks"]}
    listed = fleet.ask("node", "containers", "node-a")

    assert (container in used["containers"], used["unused"]) == (True, False)
    assert used["size_bytes"] > 0
    assert (volume["containers"], volume["unused"], volume["project"]) == ([container], False, WEB)
    assert volume["size_bytes"] == 0
    assert networks[f"{WEB}_default"]["containers"] == [container]
    assert not networks["bridge"]["unused"]
    assert container in [one["name"] for one in listed["containers"]]
    assert container not in [one["name"] for one in listed["others"]]

    fleet.cli("down", WEB)
    unused = fleet.ask("node", "volumes", "node-a", "--unused")["volumes"]
    assert f"{WEB}_data" in [one["name"] for one in unused]
    fleet.engines["node-a"].docker("volume", "rm", f"{WEB}_data")


def test_a_dry_run_of_a_prune_says_what_the_prune_then_removes(fleet: Fleet, image: str) -> None:
    engine = fleet.engines["node-a"]
    tag = f"pruned-{os.getpid():x}:1"
    engine.docker("pull", "-q", image)
    container = engine.docker("create", image, "true").strip()
    engine.docker("commit", container, tag)
    engine.docker("rm", container)

    doomed = fleet.ask("node", "prune", "node-a", "--unused-images", "--dry-run")
    kept = fleet.ask("node", "prune", "node-a", "--dry-run")
    said = [name for one in doomed["images"] for name in one["tags"]]
    assert tag in said
    assert tag not in [name for one in kept["images"] for name in one["tags"]]
    assert doomed["images_bytes"] == sum(one["size_bytes"] for one in doomed["images"])
    assert tag in engine.docker("images", "--format", "{{.Repository}}:{{.Tag}}")
    engine.docker("rmi", tag)


def test_a_node_that_is_away_and_one_that_there_is_not_are_said(fleet: Fleet) -> None:
    fleet.kill("agent-node-a")
    away = fleet.run("node", "images", "node-a", "-o", "json")
    unknown = fleet.run("node", "images", "node-b", "-o", "json")

    assert (away.returncode, json.loads(away.stderr)["code"]) == (1, "unavailable")
    assert (unknown.returncode, json.loads(unknown.stderr)["code"]) == (1, "not_found")
