"""Clocks of server, agent and people that do not agree."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.fleet import Fleet, wait_until

HOUR_S = 3600
DAY_S = 24 * HOUR_S
PROGRAM = str(Path(__file__).with_name("with_clock.py"))


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    fleet = Fleet(directory=tmp_path)
    fleet.write("web", "services: {main: {image: busybox}}\n", "a")
    fleet.commit()
    try:
        yield fleet
    finally:
        for name in list(fleet.processes):
            fleet.kill(name)


def set_clock(fleet: Fleet, seconds: float) -> None:
    """What is started from now on has its clock off by so many seconds."""
    fleet.program = (sys.executable, PROGRAM, str(seconds))


@pytest.mark.parametrize(("server_s", "agent_s"), [(HOUR_S, -HOUR_S), (-HOUR_S, HOUR_S)])
def test_an_hour_between_server_agent_and_people_hinders_nobody(fleet: Fleet, server_s: int, agent_s: int) -> None:
    set_clock(fleet, server_s)
    fleet.start_server()
    joining = fleet.cli("node", "join-token", "--node", "a", "--ttl", "10m").strip()
    set_clock(fleet, agent_s)
    fleet.start("agent-a", "agent", "--join", joining, "--data", str(fleet.agent_data("a")), "--executor", "simulated")
    wait_until(lambda: fleet.node("a")["state"] == "online", f"the node is online: {fleet.log('agent-a')}")

    (deployed,) = fleet.deploy("web")
    fleet.cli("stop", "web")

    assert (deployed["state"], [task["attempt"] for task in deployed["tasks"]]) == ("succeeded", [1])
    assert fleet.node("a")["state"] == "online"
    assert fleet.instance("web", "a")["stopped"]


def test_a_server_whose_clock_is_days_ahead_is_told_to_people_and_agents_as_that(fleet: Fleet) -> None:
    set_clock(fleet, 3 * DAY_S)
    fleet.start_server()
    token = fleet.directory / "token"
    token.write_text((fleet.server_data / "admin.token").read_text())
    ca = str(fleet.server_data / "ca.pem")
    fleet.start(
        "agent-a",
        *(
            "agent",
            "--server",
            fleet.url,
            "--node",
            "a",
            "--data",
            str(fleet.agent_data("a")),
            "--executor",
            "simulated",
        ),
        *("--token-file", str(token), "--ca-file", ca),
    )

    done = fleet.run("node", "list")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"composia: {fleet.url}: the server's certificate is not valid yet: it is from ")
    assert "UTC on, and here it is " in done.stderr
    assert done.stderr.endswith(
        "\n  hint: set the clock of this machine, or that of the server: one of them is wrong\n"
    )
    wait_until(lambda: "the server's certificate is not valid yet" in fleet.log("agent-a"), "the agent says so")


def test_a_server_whose_clock_was_days_ahead_is_reached_again_once_it_is_right(fleet: Fleet) -> None:
    set_clock(fleet, 0)
    fleet.start_server()
    fleet.kill("server")
    set_clock(fleet, 200 * DAY_S)
    fleet.start_server("--public-url", "https://localhost:1")  # another name, so there is another certificate
    fleet.kill("server")
    fleet.url = ""
    set_clock(fleet, 0)
    fleet.start_server()

    done = fleet.run("node", "list")
    assert done.returncode == 0, (done.stderr, fleet.processes["server"].poll(), fleet.log("server"))
