"""How a change goes over four nodes, on two real engines, and what a person does to it meanwhile."""

import os
from functools import partial
from typing import Any

import pytest

from composia.core.deployment import DeploymentState
from tests.e2e.api import ask
from tests.e2e.fleet import Fleet, sleeper, wait_until
from tests.e2e.testbed.engine import Engine

pytestmark = pytest.mark.engine

NODES = ("node-a", "node-b", "node-c", "node-d")
WEB = f"web-{os.getpid():x}"


@pytest.fixture
def fleet(fleet: Fleet, engine_a: Engine, engine_b: Engine) -> Fleet:
    """Four nodes."""
    for node, engine, prefix in zip(NODES[1:], (engine_b, engine_a, engine_b), ("", "c-", "d-"), strict=True):
        fleet.start_agent(node, engine, prefix=prefix)
    return fleet


def write(fleet: Fleet, image: str, policy: str, turn: int = 1, *, health: str = "{stable_for: 300ms}") -> str:
    """A revision of the service on all nodes, with that policy."""
    fleet.write(
        WEB,
        sleeper(image, f"    environment: {{TURN: '{turn}'}}\n"),
        *NODES,
        meta=f"deploy: {{health: {health}, {policy}}}\n",
    )
    return fleet.commit(f"turn {turn}")


def deployment(fleet: Fleet, id_: str) -> Any:
    return fleet.ask("deployment", "show", id_)["deployments"][0]


def wait_for(fleet: Fleet, id_: str, state: str) -> Any:
    """Wait until a deployment is in a state; it as it is then."""
    return wait_until(
        lambda: (shown := deployment(fleet, id_))["state"] == state and shown, f"{id_} is {state}", deadline_s=90
    )


def states(shown: Any) -> dict[str, str]:
    return {task["node"]: task["state"] for task in shown["tasks"]}


def times(fleet: Fleet, shown: Any) -> dict[str, tuple[str, str]]:
    """When each node's task started and ended; such texts sort as times do."""
    tasks = [fleet.ask("task", "show", task["id"]) for task in shown["tasks"]]
    return {task["node"]: (task["started"], task["ended"]) for task in tasks}


def test_canaries_go_first_and_then_some_at_a_time_with_a_pause_between(fleet: Fleet, image: str) -> None:
    write(fleet, image, "canary: 1, max_parallel: 2, pause: 1s")

    (done,) = fleet.deploy(WEB)

    assert done["state"] == "succeeded"
    took = times(fleet, done)
    order = sorted(took, key=lambda node: took[node])
    canary, pair, last = order[0], order[1:3], order[3]
    assert all(took[canary][1] < took[node][0] for node in pair)
    assert all(took[node][1] < took[last][0] for node in pair)
    assert max(took[node][0] for node in pair) < min(took[node][1] for node in pair), "the pair ran side by side"


def test_a_batch_that_fails_stops_the_change_and_the_other_nodes_keep_what_they_had(fleet: Fleet, image: str) -> None:
    write(fleet, image, "max_parallel: 2")
    fleet.deploy(WEB)
    before = {node: fleet.containers(node, fleet.prefixes[node] + WEB) for node in NODES}
    write(fleet, "does-not-exist.invalid/image:1", "max_parallel: 2", turn=2)

    stopped = fleet.run("deploy", WEB)
    (shown,) = fleet.ask("deployment", "list", "--service", WEB, "--limit", "1")["deployments"]

    assert stopped.returncode == 1, stopped.stderr
    assert shown["state"] == "paused"
    assert sorted(states(shown).values()) == ["failed", "failed", "pending", "pending"]
    assert f"composia deployment resume {shown['id']}" in stopped.stderr
    assert {node: fleet.containers(node, fleet.prefixes[node] + WEB) for node in NODES} == before

    good = write(fleet, image, "max_parallel: 4", turn=3)
    (newer,) = fleet.deploy(WEB)

    assert (newer["state"], newer["revision"]) == ("succeeded", good)
    assert sorted(states(wait_for(fleet, shown["id"], "failed")).values()) == ["failed"] * 2 + ["superseded"] * 2


def test_what_failed_for_a_reason_on_the_node_is_retried_by_the_stored_orders(fleet: Fleet, image: str) -> None:
    revision = write(fleet, image, "max_parallel: 4")
    for node in NODES:
        fleet.workspace(node, WEB).mkdir(parents=True)
    blocking = fleet.workspace("node-c", WEB) / "compose.yaml"
    blocking.write_text("mine: this was here before\n")
    failed = fleet.run("deploy", WEB, "-o", "json")
    (shown,) = fleet.ask("deployment", "list", "--service", WEB, "--limit", "1")["deployments"]
    write(fleet, image, "max_parallel: 4", turn=2)
    blocking.unlink()

    again = fleet.ask("deployment", "retry", shown["id"])["deployments"][0]

    assert failed.returncode in (1, 5)
    assert states(shown) == {"node-a": "succeeded", "node-b": "succeeded", "node-c": "failed", "node-d": "succeeded"}
    assert (again["state"], again["revision"], states(again)) == ("succeeded", revision, {"node-c": "succeeded"})


def test_a_person_pauses_resumes_and_cancels_a_change(fleet: Fleet, image: str) -> None:
    write(fleet, image, "max_parallel: 1", health="{stable_for: 8s}")
    (started,) = fleet.deploy(WEB, "--detach")
    id_ = started["id"]

    def is_running() -> bool:
        return ask(fleet, lambda server: server.get_deployment(id_)).deployment.state is DeploymentState.RUNNING

    wait_until(is_running, "the first node begins")  # not with commands, which take longer than the first node
    ask(fleet, lambda server: server.pause_deployment(id_))
    paused = wait_until(
        lambda: (shown := deployment(fleet, id_)) and "running" not in states(shown).values() and shown, "none runs"
    )
    waiting = [task for task in paused["tasks"] if task["state"] == "pending"]
    assert paused["state"] == "paused"
    assert {task["waiting"] for task in waiting} == {f"{id_} is paused"}
    assert len(waiting) == len(NODES) - 1

    fleet.cli("deployment", "resume", "--detach", id_)
    wait_until(lambda: list(states(deployment(fleet, id_)).values()).count("succeeded") >= 2, "the second one is up")
    fleet.cli("deployment", "cancel", id_)
    ended = deployment(fleet, id_)

    assert ended["state"] == "cancelled"
    found = list(states(ended).values())
    assert set(found) == {"succeeded", "cancelled"}
    assert found.count("succeeded") in (2, 3)


def test_a_change_goes_on_whenever_the_server_is_killed(fleet: Fleet, image: str) -> None:
    write(fleet, image, "canary: 1, max_parallel: 1, pause: 1s")
    (started,) = fleet.deploy(WEB, "--detach")

    def succeeded() -> int:
        return list(states(deployment(fleet, started["id"])).values()).count("succeeded")

    for ended in range(1, len(NODES)):
        wait_until(partial(lambda least: succeeded() >= least, ended), f"{ended} tasks ended")
        fleet.kill("server")
        fleet.start_server()
    done = wait_for(fleet, started["id"], "succeeded")

    assert [(task["state"], task["attempt"]) for task in done["tasks"]] == [("succeeded", 1)] * len(NODES)
