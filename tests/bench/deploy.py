"""How long a deploy takes beside bare `docker compose up -d`: `python -m tests.bench.deploy [ROUNDS]`.

One service with one container whose image is there, on one engine of a test bed. The two are run in turns; printed are
medians in seconds and their ratio. The health gate's stability window, which is a wait by choice, is set to nothing. What
is measured is the task on the agent and the whole command, which includes starting Python and the way to the server.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.e2e.fleet import Fleet
from tests.e2e.testbed import claim
from tests.e2e.testbed.engine import Engine
from tests.e2e.testbed.testbed import Testbed

COMPOSE = """services:
  main:
    image: {image}
    command: [/bin/fixture, sleep]
    stop_grace_period: 1s
    environment: {{TURN: "{turn}"}}
"""
META = "deploy: {health: {stable_for: 0s}}\n"


def timed(action: Callable[[], object]) -> float:
    """Seconds that an action takes."""
    begun = time.perf_counter()
    action()
    return time.perf_counter() - begun


class Bench:
    """A fleet of one node beside a plain directory with the same Compose file."""

    def __init__(self, fleet: Fleet, engine: Engine, image: str) -> None:
        self._fleet = fleet
        self._engine = engine
        self._image = image
        self._plain = fleet.directory / "plain"
        self._plain.mkdir()

    def change(self, turn: int) -> None:
        """Another configuration, for both."""
        text = COMPOSE.format(image=self._image, turn=turn)
        self._fleet.write("bench", text, "node-a", meta=META)
        self._fleet.commit(f"turn {turn}")
        (self._plain / "compose.yaml").write_text(text)

    def composia(self) -> tuple[float, float]:
        """Seconds of the whole command, and of the task alone."""
        command = timed(lambda: self._fleet.deploy("bench"))
        (task, *_) = self._fleet.ask("task", "list", "--limit", "1")["tasks"]
        steps = self._fleet.ask("task", "show", task["id"])["steps"]
        return command, sum(step["duration_ms"] for step in steps) / 1000

    def compose(self) -> float:
        """Seconds of `docker compose up -d`."""
        environment = {**os.environ, "DOCKER_HOST": self._engine.docker_host}
        command = ["docker", "compose", "-p", "bench-plain", "up", "-d", "--quiet-pull"]
        return timed(lambda: subprocess.run(command, cwd=self._plain, env=environment, capture_output=True, check=True))


def measure(bench: Bench, rounds: int) -> dict[str, list[tuple[float, float, float]]]:
    """Rows of (compose, task, command) for a changed and for an unchanged service."""
    found: dict[str, list[tuple[float, float, float]]] = {"changed": [], "unchanged": []}
    for turn in range(rounds + 1):
        bench.change(turn)
        for kind in ("changed", "unchanged"):
            plain = bench.compose()
            command, task = bench.composia()
            if turn:  # the first round warms caches
                found[kind].append((plain, task, command))
    return found


def main(rounds: int) -> None:
    """Measure and print."""
    testbed = Testbed.up(f"bench-{os.getpid()}", engines=1, user=claim.own_user())
    engine = testbed.engine(1)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory:
        fleet = Fleet(directory=Path(directory))
        try:
            fleet.start_server()
            fleet.start_agent("node-a", engine)
            found = measure(Bench(fleet, engine, testbed.registry.name("fixture:1")), rounds)
        finally:
            engine.remove_project("bench-plain")
            fleet.end()
            testbed.release(claim.own_user())
    print(f"{'':10} {'compose':>8} {'task':>8} {'ratio':>6} {'command':>8} {'ratio':>6}")
    for kind, rows in found.items():
        plain, task, command = (statistics.median(column) for column in zip(*rows, strict=True))
        print(f"{kind:10} {plain:8.2f} {task:8.2f} {task / plain:6.1f} {command:8.2f} {command / plain:6.1f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
