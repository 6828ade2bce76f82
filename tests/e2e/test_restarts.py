"""A server that is asked to stop, while people follow what it does and an agent works."""

import os
import signal
import subprocess
import time

import pytest

from tests.e2e.fleet import Fleet, sleeper, wait_until

pytestmark = pytest.mark.engine

WEB = f"web-{os.getpid():x}"
STOP_S = 25.0
"""It ends within seconds; the limit is wide, for the machine may be busy."""


def followers(fleet: Fleet, *commands: tuple[str, ...]) -> list[subprocess.Popen[str]]:
    """Commands that follow, each in a process of its own."""
    environment = {
        **os.environ,
        "COMPOSIA_SERVER": fleet.url,
        "COMPOSIA_TOKEN": (fleet.server_data / "admin.token").read_text().strip(),
        "COMPOSIA_CA": str(fleet.server_data / "ca.pem"),
    }
    return [
        subprocess.Popen(
            [*fleet.command, *command], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for command in commands
    ]


def test_it_stops_within_seconds_although_people_follow_and_they_come_back_and_miss_nothing(
    fleet: Fleet, image: str
) -> None:
    fleet.write(WEB, sleeper(image), "node-a", meta="deploy: {health: {stable_for: 8s}}\n")
    fleet.commit()
    (deploying,) = followers(fleet, ("deploy", WEB))
    task = wait_until(lambda: fleet.ask("task", "list", "--state", "running")["tasks"], "it runs")[0]["id"]
    (watching,) = followers(fleet, ("task", "logs", "-f", task))
    wait_until(
        lambda: any(step["name"] == "health" for step in fleet.ask("task", "show", task)["steps"]),
        "it waits at the health gate",
    )

    asked = time.monotonic()
    fleet.kill("server", signal.SIGTERM)
    took = time.monotonic() - asked
    fleet.start_server()
    table, progress = deploying.communicate(timeout=120)
    watched, said = watching.communicate(timeout=30)

    assert took < STOP_S
    assert "Traceback" not in fleet.log("server")
    assert watching.returncode == 0, said
    assert deploying.returncode == 0, progress
    assert f"{WEB}@node-a  succeeded" in progress
    assert "succeeded" in table
    shown = fleet.ask("task", "show", task)
    assert (shown["state"], shown["attempt"]) == ("succeeded", 1)
    assert fleet.cli("task", "logs", task) == watched
