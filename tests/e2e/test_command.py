"""The command line of the test bed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.testbed import claim, network
from tests.e2e.testbed.engine import Engine
from tests.e2e.testbed.testbed import Testbed
from tests.e2e.testbed.traces import traces

pytestmark = pytest.mark.engine

PORT = 18080
PUBLISHED = f"--publish={PORT}:80"


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the test bed's command line."""
    words = [sys.executable, "-m", "tests.e2e.testbed", *arguments]
    root = Path(__file__).parents[2]
    return subprocess.run(words, cwd=root, capture_output=True, text=True, check=False, timeout=300)


def test_the_command_line_says_what_is_there(testbed: Testbed) -> None:
    done = command("--name", testbed.place.name, "env")
    assert json.loads(done.stdout) == testbed.describe()


def test_the_command_line_does_not_take_down_what_tests_use(testbed: Testbed) -> None:
    done = command("--name", testbed.place.name, "down")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"{testbed.place.name} is used by the processes {claim.own_user()}" in done.stderr
    assert testbed.registry.answers()


def test_the_command_line_names_the_test_beds_there_are(testbed: Testbed) -> None:
    done = command("--name", "no-such", "env")
    assert (done.returncode, done.stdout) == (1, "")
    assert "no test bed named no-such is up; there is: " in done.stderr
    assert testbed.place.name in done.stderr


def test_the_command_line_reaches_every_verb_of_a_node(testbed: Testbed, engine_c: Engine) -> None:
    def verb(*words: str) -> str:
        done = command("--name", testbed.place.name, "node", "3", *words)
        assert done.returncode == 0, done.stderr
        return engine_c.state()

    states = [verb(word) for word in ("kill", "start", "hang", "resume", "powerloss", "start", "stop", "start")]
    assert states == ["down", "up", "hung", "up", "down", "up", "down", "up"]
    verb("cut")
    assert network.is_cut(testbed.place, 3)
    verb("heal")
    assert not network.is_cut(testbed.place, 3)
    assert command("--name", testbed.place.name, "node", "3", "exec", "sh", "-c", "exit 7").returncode == 7


def test_the_demo_gets_two_engines_and_an_image_that_runs_on_them(testbed: Testbed) -> None:
    demo = json.loads(command("demo-engines").stdout)
    place = claim.find(f"demo-{os.getpid()}")
    assert place is not None
    assert len(demo["engines"]) == 2
    for host in demo["engines"]:
        said = subprocess.run(
            ["docker", "-H", host, "run", "--rm", demo["image"], "echo", "hello"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert (said.returncode, said.stdout) == (0, "hello\n")
    subprocess.run(demo["release"], cwd=Path(__file__).parents[2], check=True)
    assert traces(place) == []
