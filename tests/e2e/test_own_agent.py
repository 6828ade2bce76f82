"""A server with an agent of its own, and what two agents on one engine are told; on real engines."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.fleet import Fleet, sleeper, wait_until
from tests.e2e.joining import join_string, membership, start_host, stopped, wait_online
from tests.e2e.testbed.engine import Engine
from tests.e2e.testbed.process import is_alive
from tests.relay import Relay

pytestmark = pytest.mark.engine

WEB = f"own-{os.getpid():x}"
NODE = "node-a"


@pytest.fixture
def fleet(tmp_path: Path, engine_a: Engine) -> Iterator[Fleet]:
    """A repository, and an engine that agents of `node-a` and `node-b` work on. Nothing runs yet."""
    fleet = Fleet(directory=tmp_path)
    fleet.commit()
    fleet.engines = {NODE: engine_a, "node-b": engine_a}
    fleet.prefixes = {NODE: "", "node-b": "b-"}
    try:
        yield fleet
    finally:
        fleet.end()


def start_with_agent(fleet: Fleet) -> None:
    """Start the server with an agent of its own on the engine of `node-a`."""
    config = fleet.directory / "agent.yaml"
    config.write_text(f"executor: {{provider: compose, docker_host: '{fleet.engines[NODE].docker_host}'}}\n")
    data = ("--agent-data", str(fleet.agent_data(NODE)))
    fleet.start_server("--with-agent", NODE, *data, "--agent-config", str(config))
    wait_online(fleet, NODE)


def agents(fleet: Fleet) -> list[int]:
    """The processes of agents on the data directory of `node-a`."""
    wanted = [b"agent", str(fleet.agent_data(NODE)).encode()]
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                words = (process / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if all(word in words for word in wanted):
                found.append(int(process.name))
    return [pid for pid in found if is_alive(pid)]


def test_a_server_with_an_agent_of_its_own_is_all_that_one_host_needs(fleet: Fleet, image: str) -> None:
    fleet.write(WEB, sleeper(image), NODE)
    fleet.commit()
    start_with_agent(fleet)
    (deployed,) = fleet.deploy(WEB)
    (pid,) = agents(fleet)

    assert deployed["state"] == "succeeded"
    assert "cpj1_" not in Path(f"/proc/{pid}/cmdline").read_text()
    assert "joined node=node-a" in fleet.log("server")


def test_it_ends_with_the_server_that_is_stopped_and_is_the_same_node_after_its_start(fleet: Fleet) -> None:
    start_with_agent(fleet)
    token = membership(fleet.agent_data(NODE))["token"]
    fleet.kill("server", signal.SIGTERM)
    assert agents(fleet) == []

    start_with_agent(fleet)
    assert membership(fleet.agent_data(NODE))["token"] == token
    assert [node["name"] for node in fleet.ask("node", "list")["nodes"]] == [NODE]


def test_it_is_started_again_when_it_dies(fleet: Fleet) -> None:
    start_with_agent(fleet)
    (first,) = agents(fleet)
    os.kill(first, signal.SIGKILL)

    (second,) = wait_until(lambda: [pid for pid in agents(fleet) if pid != first], "there is another one")
    wait_online(fleet, NODE)
    assert agents(fleet) == [second]


def test_a_killed_server_leaves_no_agent_but_what_that_has_begun(fleet: Fleet, slow_registry: Relay) -> None:
    fleet.write(WEB, sleeper(f"{slow_registry.address}/fixture:1"), NODE)
    fleet.commit()
    start_with_agent(fleet)
    (started,) = fleet.ask("deploy", WEB, "--detach")["deployments"]
    task = started["tasks"][0]["id"]
    assert slow_registry.asked.wait(60)
    (shell,) = [int(file.read_text().split()[0]) for file in _children(fleet) if not (file.parent / "exit").exists()]

    fleet.kill("server")
    wait_until(lambda: not agents(fleet), "the agent is gone")
    assert is_alive(shell)
    slow_registry.let_go()
    start_with_agent(fleet)
    wait_until(lambda: fleet.ask("task", "show", task)["state"] == "succeeded", "it goes on")
    assert fleet.ask("task", "show", task)["attempt"] == 1


def _children(fleet: Fleet) -> list[Path]:
    """Who runs the calls of Compose, as the journals tell."""
    return list((fleet.agent_data(NODE) / "attempts").glob("*/executor/**/process"))


def test_a_second_agent_on_an_engine_is_refused_with_both_names_unless_its_projects_are_told_apart(
    fleet: Fleet,
) -> None:
    engine = ("--docker-host", fleet.engines[NODE].docker_host)
    fleet.start_server()
    start_host(fleet, NODE, "--join", join_string(fleet, "--node", NODE), executor=engine)
    wait_online(fleet, NODE)
    start_host(fleet, "node-b", "--join", join_string(fleet, "--node", "node-b"), executor=engine)
    refusal = 'reason="node node-b: the agent of node node-a works on the same Docker engine"'
    wait_until(lambda: refusal in fleet.log("agent-node-b"), "it is told so")
    assert fleet.processes["agent-node-b"].poll() is None
    assert fleet.node("node-b")["state"] == ""
    stopped(fleet, "node-b")

    start_host(fleet, "node-b", "--project-prefix", "b-", executor=engine)
    wait_online(fleet, "node-b")
    assert fleet.node(NODE)["state"] == "online"
