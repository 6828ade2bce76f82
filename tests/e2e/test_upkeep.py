"""What keeps a fleet in order, on a real server with simulated nodes: health, doctor, schedules, pausing and draining."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.fleet import Fleet, wait_until

COMPOSE = "services: {app: {image: 'app:1'}}\n"
PLACED = "placement: {count: 1}\ndeploy: {health: {stable_for: 0s}}\n"
NODES = ("node-a", "node-b")

# not due while a test runs, but by hand
CONFIG = """schedules:
  - {name: seldom, cron: "0 0 29 2 *", timezone: Europe/Berlin, do: deploy}
  - {name: bounce, cron: "0 0 29 2 *", do: restart, services: [web, wbe]}
"""


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    """A server with schedules and two simulated nodes."""
    fleet = Fleet(directory=tmp_path)
    config = tmp_path / "server.yaml"
    config.write_text(CONFIG)
    fleet.write("web", COMPOSE, meta=PLACED)
    fleet.commit()
    try:
        fleet.start_server("--config", str(config))
        for node in NODES:
            start(fleet, node)
        yield fleet
    finally:
        for name in list(fleet.processes):
            fleet.kill(name)


def start(fleet: Fleet, node: str) -> None:
    token = fleet.directory / f"{node}.token"
    token.write_text(fleet.cli("token", "create", "--role", "node", "--node", node, "-q"))
    fleet.start(
        f"agent-{node}",
        *("agent", "--server", fleet.url, "--node", node, "--data", str(fleet.agent_data(node))),
        *("--token-file", str(token), "--ca-file", str(fleet.server_data / "ca.pem"), "--executor", "simulated"),
    )
    wait_until(lambda: fleet.node(node)["state"] == "online", fleet.log(f"agent-{node}"))


def page(fleet: Fleet, path: str) -> tuple[str, str]:
    """Status and body, asked without a token."""
    ca = str(fleet.server_data / "ca.pem")
    command = ["curl", "--silent", "--cacert", ca, "--write-out", "%{http_code}", f"{fleet.url}{path}"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    body, status = done.stdout[:-3], done.stdout[-3:]
    return status, body


def where(fleet: Fleet) -> list[str]:
    (shown,) = fleet.ask("status", "web")["services"]
    return [instance["node"] for instance in shown["instances"] if instance["containers"]]


def schedules(fleet: Fleet) -> dict[str, Any]:
    return {one["name"]: one for one in fleet.ask("schedule", "list")["schedules"]}


def test_the_server_says_that_it_lives_and_is_ready_without_a_token(fleet: Fleet) -> None:
    assert page(fleet, "/healthz") == ("200", "ok\n")
    assert page(fleet, "/readyz") == ("200", "ok\n")


def test_the_doctor_asks_the_server_and_every_node_and_names_one_that_is_gone(fleet: Fleet) -> None:
    well = fleet.ask("doctor")
    fleet.kill("agent-node-b")
    wait_until(lambda: fleet.node("node-b")["state"] == "disconnected", "node-b is seen to be gone")
    ill = fleet.ask("doctor", code=1)

    assert set(well) == {"server", "node node-a", "node node-b"}
    names = {check["name"]: check["result"] for check in well["node node-a"]}
    assert names == {"version": "ok", "clock": "ok", "disk": "ok", "permissions": "ok", "docker": "ok"}
    assert {check["result"] for check in well["server"]} == {"ok"}
    assert [check["result"] for check in ill["node node-b"]] == ["error"]
    assert "doctor --agent" in ill["node node-b"][0]["hint"]


def test_a_schedule_runs_by_hand_and_its_state_survives_the_server(fleet: Fleet) -> None:
    fleet.deploy("web")
    before = schedules(fleet)
    ran = fleet.ask("schedule", "run", "bounce")
    fleet.kill("server")
    fleet.start_server("--config", str(fleet.directory / "server.yaml"))
    after = schedules(fleet)

    assert ran["outcome"] == "started"
    assert ran["reason"] == "wbe: no service named wbe"
    assert after["bounce"] == ran
    assert after["bounce"]["next"] == before["bounce"]["next"]
    assert after["seldom"] == before["seldom"]
    assert fleet.ask("deployment", "show", ran["deployments"][0])["deployments"][0]["kind"] == "restart"


def test_a_schedule_that_cannot_be_is_refused_at_the_start_with_its_name(tmp_path: Path) -> None:
    fleet = Fleet(directory=tmp_path)
    (tmp_path / "bad.yaml").write_text("schedules: [{name: night, cron: '0 25 * * *', do: deploy}]\n")
    done = subprocess.run(
        [
            *(*fleet.command, "server", "--data", str(fleet.server_data), "--repo", str(fleet.repo)),
            *("--config", str(tmp_path / "bad.yaml")),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "schedule night: 0 25 * * * is no cron expression: bad hour" in done.stderr


def test_a_paused_node_begins_nothing_and_a_drained_one_hands_over_what_may_move(fleet: Fleet) -> None:
    fleet.deploy("web")
    (first,) = where(fleet)
    (other,) = set(NODES) - {first}
    fleet.cli("node", "pause", other)
    by = fleet.ask("node", "show", other)["paused_by"]
    held = fleet.ask("node", "drain", first, "--detach")
    (task, *_) = held["deployments"][0]["tasks"]
    waiting = wait_until(lambda: fleet.ask("task", "show", task["id"])["waiting"], "it says why it waits")
    fleet.cli("node", "resume", other)
    wait_until(lambda: where(fleet) == [other], f"web has moved to {other}")

    assert waiting == f"{other} is paused by {by}"
    assert fleet.node(first)["drained"]
