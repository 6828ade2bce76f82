"""A host whose Docker is not as it has to be: no engine, no right to it, no Compose, or one that is too old."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from composia.builtin_plugins.compose.config import ComposeConfig
from composia.builtin_plugins.compose.program import PLUGINS, find
from tests.e2e.bad_input.refusal import comes_up, left, refused_file
from tests.e2e.fleet import Fleet, sleeper, wait_until
from tests.e2e.testbed.engine import Engine

pytestmark = pytest.mark.engine

INSTALL = "install Docker's Compose plugin, 2.19 or newer"
HIDDEN = ("/root/.docker/cli-plugins", *PLUGINS)
WITHOUT_COMPOSE = (
    *("unshare", "--mount", "sh", "-c"),
    f'for d in {" ".join(HIDDEN)}; do if [ -d $d ]; then mount -t tmpfs none $d || exit; fi; done; exec "$@"',
    "sh",
)
WITHOUT_RIGHTS = ("setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all")


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    """A server that tries again at once; the tests start the agent."""
    fleet = Fleet(directory=tmp_path)
    (tmp_path / "server.yaml").write_text("retries: {attempts: 2, backoff_s: 0.1}\n")
    try:
        fleet.start_server("--config", str(tmp_path / "server.yaml"))
        yield fleet
    finally:
        fleet.end()


def problem(fleet: Fleet, is_so: Callable[[str], bool], what: str) -> Any:
    """The node once its problem is so."""

    def shown() -> Any:
        node = fleet.node("node-a")
        return node if node["state"] == "online" and is_so(node["problem"]) else None

    return wait_until(shown, what, 30)


def well(fleet: Fleet) -> Any:
    """The node once nothing is wrong with it and its versions are known."""
    wait_until(lambda: fleet.node("node-a").get("docker") and fleet.node("node-a").get("compose"), "all is known", 30)
    return problem(fleet, lambda said: not said, "nothing is wrong any more")


def test_an_agent_without_an_engine_says_so_and_works_once_it_comes_and_comes_back(
    fleet: Fleet, engine_c: Engine, image: str, name: str
) -> None:
    engine_c.stop()
    fleet.start_agent("node-a", engine_c)
    absent = problem(fleet, bool, "the engine is missed")
    refusal = refused_file(fleet, name, sleeper(image))
    engine_c.start()
    there = well(fleet)
    comes_up(fleet, name, image)
    engine_c.kill()
    problem(fleet, bool, "the engine is missed again")
    engine_c.start()
    well(fleet)
    fleet.wait_for_state(name, "node-a", "stopped")  # the engine ended it, and starts nothing that nobody asked it to
    comes_up(fleet, name, image)

    assert absent["docker"] == ""
    assert absent["problem"].startswith(f"{engine_c.docker_host}: the Docker engine cannot be reached: ")
    assert absent["problem"].endswith("; is it installed, and does it run?")
    assert (refusal.step, refusal.error.code, refusal.error.where) == ("render", "unavailable", engine_c.docker_host)
    assert there["docker"]


def test_a_socket_that_the_agent_may_not_use_is_named_with_what_to_do(
    fleet: Fleet, engine_a: Engine, image: str, name: str
) -> None:
    mode = engine_a.socket.stat().st_mode & 0o777
    engine_a.socket.chmod(0)
    try:
        fleet.program = (*WITHOUT_RIGHTS, *fleet.command)
        fleet.start_agent("node-a", engine_a)
        shown = problem(fleet, bool, "the engine is missed")
        refusal = refused_file(fleet, name, sleeper(image))
    finally:
        engine_a.socket.chmod(mode)
    well(fleet)
    comes_up(fleet, name, image)

    told = "the Docker engine cannot be reached: permission denied"
    hint = "put the agent's user into the group of the socket, mostly docker, and restart the agent"
    assert shown["problem"] == f"{engine_a.docker_host}: {told}; {hint}"
    assert refusal.told == (engine_a.docker_host, told, hint)


def test_docker_without_compose_says_what_to_install_and_works_once_it_is(
    fleet: Fleet, engine_a: Engine, image: str, name: str
) -> None:
    fleet.program = (*WITHOUT_COMPOSE, *fleet.command)
    fleet.start_agent("node-a", engine_a)
    shown = problem(fleet, bool, "Compose is missed")
    refusal = refused_file(fleet, name, sleeper(image))
    uncovered = "for d; do while mountpoint -q $d; do umount -l $d; done; done"
    inside = ("nsenter", "--mount", "--target", str(fleet.processes["agent-node-a"].pid))
    subprocess.run([*inside, "sh", "-c", uncovered, "sh", *HIDDEN], check=True)
    well(fleet)
    comes_up(fleet, name, image)

    assert (shown["docker"] != "", shown["compose"]) == (True, "")
    where, message, hint = refusal.told
    assert where.endswith("/docker")
    assert (message, hint, refusal.step) == ("there is no Docker Compose on this node", INSTALL, "render")
    assert shown["problem"] == f"{where}: {message}; {hint}"


def test_a_compose_that_is_too_old_is_named_with_its_version_and_works_once_it_is_upgraded(
    fleet: Fleet, engine_a: Engine, image: str, name: str, tmp_path: Path
) -> None:
    [real] = find(ComposeConfig()).words
    compose = tmp_path / "docker-compose"
    compose.write_text(
        '#!/bin/sh\ncase "$*" in version*) echo 2.18.1 ;; *) echo "unknown flag: $1" >&2; exit 16 ;; esac\n'
    )
    compose.chmod(0o755)
    (tmp_path / "agent.yaml").write_text(f"executor: {{provider: compose, compose: {compose}}}\n")
    fleet.start_agent("node-a", engine_a, "--config", str(tmp_path / "agent.yaml"))
    shown = problem(fleet, bool, "Compose is too old")
    refusal = refused_file(fleet, name, sleeper(image))
    compose.unlink()
    compose.symlink_to(real)
    after = well(fleet)
    comes_up(fleet, name, image)

    assert (refusal.step, refusal.told) == (
        "render",
        (str(compose), "Docker Compose 2.18.1 on this node is too old", INSTALL),
    )
    assert (shown["compose"], shown["problem"]) == ("2.18.1", f"{refusal.error}; {INSTALL}")
    assert after["compose"] != "2.18.1"
    assert left(fleet, name) == {f"{name}-main-1": "running"}
