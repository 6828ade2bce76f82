"""Logs of containers with real engines: whatever dies, each line is kept once and in order."""

import base64
import json
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.e2e.fleet import Fleet, wait_until
from tests.e2e.testbed.engine import Engine, UnixConnection

pytestmark = pytest.mark.engine

PRINTS = (
    # all of one run bears its name, and its last words come when it is told to end, but never between a line and its count
    "run=$(cat /proc/sys/kernel/random/uuid); n=0; told=; trap 'told=yes' TERM;"
    'until [ "$told" ]; do for k in 1 2 3 4 5 6 7 8 9 10; do echo $run $n; echo $run $n >&2; n=$((n+1)); done;'
    "sleep 0.1; done; echo $run $n last"
)


def compose(image: str, script: str, **more: Any) -> str:
    command = ["/bin/sh", "-c", script.replace("$", "$$")]
    return json.dumps({"services": {"main": {"image": image, "command": command, "stop_grace_period": "30s", **more}}})


def kept(fleet: Fleet, service: str) -> dict[str, list[bytes]]:
    """The lines of a service that the server has, by stream."""
    streams: dict[str, list[bytes]] = {"stdout": [], "stderr": []}
    for text in fleet.cli("logs", service, "--tail", "all", "--since", "1h", "-o", "json").splitlines():
        line = json.loads(text)
        data = base64.b64decode(line["base64"]) if line["base64"] else line["text"].encode()
        streams[line["stream"]].append(data)
    return streams


def printed(engine: Engine, container: str) -> dict[str, list[bytes]]:
    """The lines of a container as the engine has them, by stream."""
    streams: dict[str, list[bytes]] = {}
    for stream in ("stdout", "stderr"):
        connection = UnixConnection(engine.socket, 20)
        connection.request("GET", f"/containers/{container}/logs?{stream}=1")
        rest = connection.getresponse().read()
        connection.close()
        data = b""
        while rest:
            size = int.from_bytes(rest[4:8], "big")
            data, rest = data + rest[8 : 8 + size], rest[8 + size :]
        streams[stream] = data.split(b"\n")[:-1]
    return streams


def until_all_kept(fleet: Fleet, service: str, expected: dict[str, list[bytes]]) -> None:
    def complete() -> bool:
        found = kept(fleet, service)
        return all(len(found[stream]) >= len(expected[stream]) for stream in expected)

    with suppress(AssertionError):  # what is missing is shown by the comparison
        wait_until(complete, "all lines are kept", 40)
    assert kept(fleet, service) == expected


def only_container(fleet: Fleet, service: str) -> str:
    [id_] = fleet.containers("node-a", service).values()
    return id_


def grows(fleet: Fleet, service: str) -> None:
    """Wait until what is printed from now on is kept."""
    now = datetime.now(UTC).isoformat()
    wait_until(lambda: fleet.cli("logs", service, "--since", now, "--tail", "1"), f"lines of {service} come", 40)


def kill_agent(fleet: Fleet, engine: Engine) -> None:
    for _ in range(2):
        fleet.kill("agent-node-a")
        time.sleep(0.5)  # lines flow meanwhile
        fleet.start_agent("node-a", engine)


def server_is_away(fleet: Fleet, engine: Engine) -> None:
    fleet.kill("server")
    time.sleep(2.0)
    fleet.start_server()


def restart_container(fleet: Fleet, engine: Engine) -> None:
    engine.docker("restart", "--time", "2", only_container(fleet, "web"))


def kill_engine(fleet: Fleet, engine: Engine) -> None:
    engine.kill()
    engine.start()


def stop_all_but_the_container(fleet: Fleet, engine: Engine) -> None:
    fleet.kill("agent-node-a", signal.SIGTERM)
    fleet.kill("server")
    fleet.start_server()
    fleet.start_agent("node-a", engine)


@pytest.mark.parametrize(
    "fault", [kill_agent, server_is_away, restart_container, kill_engine, stop_all_but_the_container]
)
def test_each_line_is_kept_once_and_in_order_whatever_dies(
    fleet: Fleet, engine_a: Engine, image: str, fault: Callable[[Fleet, Engine], None]
) -> None:
    fleet.write("web", compose(image, PRINTS, restart="always"), "node-a")
    fleet.commit()
    fleet.deploy("web")
    container = only_container(fleet, "web")
    grows(fleet, "web")
    fault(fleet, engine_a)
    grows(fleet, "web")
    engine_a.docker("stop", "--time", "2", container)

    expected = printed(engine_a, container)
    assert len(expected["stdout"]) > 50
    until_all_kept(fleet, "web", expected)


def test_a_container_that_is_replaced_is_read_to_its_last_words(fleet: Fleet, engine_a: Engine, image: str) -> None:
    for version in ("one", "two", "three"):
        fleet.write("web", compose(image, PRINTS, environment={"VERSION": version}), "node-a")
        fleet.commit()
        fleet.deploy("web")
        grows(fleet, "web")
    fleet.ask("down", "web")

    def last_words() -> bool:
        return sum(line.endswith(b" last") for line in kept(fleet, "web")["stdout"]) == 3

    wait_until(last_words, "three last words are kept", 30)
    found = kept(fleet, "web")
    runs: dict[bytes, list[int]] = {}
    for line in found["stdout"]:
        run, number, *_ = line.split(b" ")
        runs.setdefault(run, []).append(int(number))
    assert len(runs) == 3
    for numbers in runs.values():
        assert numbers == list(range(len(numbers)))


def test_bytes_of_any_kind_and_lines_of_any_length_are_kept(fleet: Fleet, engine_a: Engine, image: str) -> None:
    script = (
        "printf '\\377\\000 broken\\r\\n'; echo; head -c 100000 /dev/zero | tr '\\0' x; echo;"
        "echo 'fünf' >&2; head -c 100000 /dev/zero | tr '\\0' y >&2; echo >&2; printf end"
    )
    fleet.write("web", compose(image, script, logging={"driver": "local"}), "node-a")
    fleet.commit()
    fleet.deploy("web")

    until_all_kept(
        fleet,
        "web",
        {
            "stdout": [b"\xff\0 broken\r", b"", b"x" * 100_000, b"end"],
            "stderr": ["fünf".encode(), b"y" * 100_000],
        },
    )


def test_only_what_the_service_wants_collected_is(fleet: Fleet, engine_a: Engine, image: str) -> None:
    talk = {"image": image, "command": ["/bin/sh", "-c", "echo hello; exec sleep 1000"], "stop_grace_period": "1s"}
    services = json.dumps({"services": {"main": talk, "secret": talk}})
    fleet.write("web", services, "node-a", meta="logs: {without: [secret]}\n")
    fleet.write("off", services, "node-a", meta="logs: {collect: false}\n")
    fleet.commit()
    fleet.deploy("off", "web")

    until_all_kept(fleet, "web", {"stdout": [b"hello"], "stderr": []})
    assert kept(fleet, "off") == {"stdout": [], "stderr": []}
