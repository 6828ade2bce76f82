"""A host whose clock is an hour wrong: nothing is late, nothing is early, and what is shown is by the server's clock."""

import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from tests.e2e.bad_input.refusal import comes_up, refused_file
from tests.e2e.fleet import Fleet, sleeper
from tests.e2e.testbed.engine import Engine

pytestmark = pytest.mark.engine

PROGRAM = str(Path(__file__).with_name("with_clock.py"))
HOUR_S = 3600


@pytest.fixture(params=[HOUR_S, -HOUR_S], ids=["ahead", "behind"])
def fleet(tmp_path: Path, engine_a: Engine, request: pytest.FixtureRequest) -> Iterator[Fleet]:
    """A server, and an agent with the other clock."""
    fleet = Fleet(directory=tmp_path)
    try:
        fleet.start_server()
        fleet.program = (sys.executable, PROGRAM, str(request.param))
        fleet.start_agent("node-a", engine_a)
        yield fleet
    finally:
        fleet.end()


def test_deploys_succeed_and_fail_as_with_a_right_clock(fleet: Fleet, name: str, image: str) -> None:
    began = time.time()
    deployment = comes_up(fleet, name, image)
    shown = fleet.ask("task", "show", deployment["tasks"][0]["id"])
    waits = "    healthcheck: {test: ['CMD', 'false'], interval: 1s, timeout: 1s, retries: 100}\n"
    late = refused_file(fleet, name, sleeper(image, waits), meta="deploy: {health: {deadline: 2s}}\n")
    comes_up(fleet, name, image, "    environment: {A: b}\n")

    times = [datetime.fromisoformat(shown[key]).timestamp() for key in ("created", "started", "ended")]
    assert times == sorted(times)
    assert began - 1 <= times[0] <= times[2] <= time.time() + 1
    assert shown["attempt"] == 1
    assert (late.step, late.error.code) == ("health", "timed_out")
    assert fleet.node("node-a")["seen_age_s"] < HOUR_S / 2
    assert [c["state"] for c in fleet.wait_for_state(name, "node-a", "running")["containers"]] == ["running"]
    assert not [hour for hour in fleet.log("agent-node-a").splitlines() if "Traceback" in hour]
