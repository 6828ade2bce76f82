"""Cancelling and timing out real deploys, in every state, until nothing of them runs any more."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.fleet import Fleet, sleeper, wait_until
from tests.e2e.testbed.engine import Engine

pytestmark = pytest.mark.engine

WEB = f"web-{os.getpid():x}"


@pytest.fixture
def patient(tmp_path: Path, engine_a: Engine) -> Iterator[Fleet]:
    """A server that tries again for a minute, as long as an engine takes to come back on a busy machine; and an agent."""
    fleet = Fleet(directory=tmp_path)
    (tmp_path / "server.yaml").write_text("retries: {attempts: 7, backoff_s: 1}\n")
    try:
        fleet.start_server("--config", str(tmp_path / "server.yaml"))
        fleet.start_agent("node-a", engine_a)
        yield fleet
    finally:
        fleet.end()


def never_healthy(image: str) -> str:
    """It waits at the health gate until its deadline."""
    return sleeper(image) + "    healthcheck: {test: ['CMD', 'false'], interval: 1s, timeout: 1s, retries: 100}\n"


def never_up(image: str) -> str:
    """Its `up` does not end: the second container waits for the first one's health."""
    return (
        never_healthy(image)
        + f"  second:\n    image: {image}\n    command: [/bin/fixture, sleep]\n    stop_grace_period: 1s\n"
        + "    depends_on: {main: {condition: service_healthy}}\n"
    )


def task(fleet: Fleet, started: Any) -> Any:
    """The only task of a deployment, as it is now."""
    return fleet.ask("task", "show", started["tasks"][0]["id"])


def running(fleet: Fleet, started: Any, step: str) -> bool:
    return {s["name"]: s["state"] for s in task(fleet, started)["steps"]}.get(step) == "running"


def children(fleet: Fleet) -> list[str]:
    """The command lines of all processes that work for this test's agent."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except (FileNotFoundError, ProcessLookupError):
                continue
            if WEB in line and str(fleet.directory) in line and "composia-call" in line:
                found.append(line)
    return found


@pytest.mark.parametrize(("step", "compose"), [("up", never_up), ("health", never_healthy)], ids=["up", "health"])
def test_a_running_deploy_is_cancelled_once_nothing_of_it_runs_and_says_what_is_left(
    fleet: Fleet, image: str, step: str, compose: Any
) -> None:
    fleet.write(WEB, compose(image), "node-a")
    fleet.commit()
    (started,) = fleet.deploy(WEB, "--detach")
    wait_until(lambda: running(fleet, started, step), f"{step} runs")
    wait_until(lambda: bool(fleet.containers("node-a", WEB)), "there is a container")

    said = fleet.run("task", "cancel", started["tasks"][0]["id"])
    ended = task(fleet, started)

    assert said.returncode == 0, said.stderr
    assert (ended["state"], ended["error_code"]) == ("cancelled", "cancelled")
    assert f"{WEB}-main-1" in ended["error"]
    assert children(fleet) == []
    fleet.write(WEB, sleeper(image), "node-a")
    fleet.commit()
    assert fleet.deploy(WEB)[0]["state"] == "succeeded"


def test_what_waits_for_its_node_says_so_and_is_cancelled_at_once(fleet: Fleet, image: str) -> None:
    fleet.write(WEB, sleeper(image), "node-a")
    fleet.commit()
    fleet.deploy(WEB)
    fleet.kill("agent-node-a")
    wait_until(lambda: fleet.node("node-a")["state"] != "online", "node-a is gone")
    (started,) = fleet.ask("stop", WEB, "--detach")["deployments"]

    waiting = task(fleet, started)
    fleet.cli("deployment", "cancel", started["id"])
    ended = task(fleet, started)

    assert waiting["state"] == "pending"
    assert waiting["waiting"] in ("node-a disconnected", "node-a offline")
    assert (ended["state"], ended["attempt"]) == ("cancelled", 0)


def test_a_cancel_that_finds_the_agent_away_is_carried_out_when_it_is_back(
    fleet: Fleet, image: str, engine_a: Engine
) -> None:
    fleet.write(WEB, never_up(image), "node-a")
    fleet.commit()
    (started,) = fleet.deploy(WEB, "--detach")
    wait_until(lambda: running(fleet, started, "up"), "up runs")
    fleet.kill("agent-node-a")

    fleet.cli("task", "cancel", "--detach", started["tasks"][0]["id"])
    meanwhile = task(fleet, started)
    fleet.start_agent("node-a", engine_a)
    wait_until(lambda: task(fleet, started)["state"] == "cancelled", "it is cancelled")

    assert meanwhile["state"] == "running"
    assert children(fleet) == []


def test_a_step_has_a_limit_of_its_own(fleet: Fleet, image: str) -> None:
    meta = "deploy: {timeouts: {up: 3s}}\n"
    fleet.write(WEB, never_up(image), "node-a", meta=meta)
    fleet.commit()

    (ended,) = fleet.deploy(WEB, code=4)

    shown = task(fleet, ended)
    assert shown["error_code"] == "timed_out"
    assert "up did not end within 3 s" in shown["error"]
    assert children(fleet) == []


def test_a_task_has_a_limit_as_a_whole(fleet: Fleet, image: str) -> None:
    fleet.write(WEB, never_healthy(image), "node-a", meta="deploy: {timeouts: {task: 4s}}\n")
    fleet.commit()

    (ended,) = fleet.deploy(WEB, code=4)

    assert "not done within 4 s" in task(fleet, ended)["error"]


@pytest.mark.parametrize("hangs", [False, True], ids=["killed", "hangs"])
def test_a_deploy_whose_engine_is_killed_or_hangs_is_tried_again_and_comes_up(
    patient: Fleet, image: str, engine_a: Engine, tmp_path: Path, hangs: bool
) -> None:
    (tmp_path / "well").mkdir()
    check = "{test: ['CMD', 'test', '-e', '/well/yes'], interval: 1s, timeout: 9s, retries: 1000}"
    held = f"    volumes: ['{tmp_path}/well:/well']\n    healthcheck: {check}\n"
    patient.write(WEB, sleeper(image, held), "node-a")
    patient.commit()
    (started,) = patient.deploy(WEB, "--detach")
    wait_until(lambda: running(patient, started, "health"), "health runs")

    if hangs:
        engine_a.hang()
        wait_until(lambda: not running(patient, started, "health"), "the first attempt has ended", 120)
        engine_a.resume()
    else:
        engine_a.kill()
        engine_a.start()
    (tmp_path / "well" / "yes").touch()
    ended = wait_until(lambda: (t := task(patient, started))["state"] == "succeeded" and t, "it came up", 120)

    assert ended["attempt"] in range(2 if hangs else 1, 8)
    assert len(patient.containers("node-a", WEB)) == 1
