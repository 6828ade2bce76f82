"""A disk of the server that is really full, or cannot be written: it says so, and nothing that it answered is lost."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from composia.builtin_plugins.connect import composia_transport
from composia.cli.main import main
from composia.clock import SystemClock
from composia.core.session import Attempt, LogBatch
from composia.errors import Unavailable
from composia.plugins.provider import Context, NoConfig
from composia.plugins.transport import Target
from tests.e2e.fleet import Fleet, wait_until
from tests.small_disk import SmallDisk, small_disk

COMPOSE = "services: {main: {image: busybox}}\n"
SLOW = "deploy: {health: {stable_for: 12s}}\n"
FULL = ("no space left on device", "the store does not answer: database or disk is full")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "server") as disk:
        yield disk


@pytest.fixture
def fleet(tmp_path: Path, disk: SmallDisk) -> Iterator[Fleet]:
    """A server on the small disk, and a node on another one, which runs nothing real."""
    fleet = Fleet(directory=tmp_path)
    fleet.write("web", COMPOSE, "a")
    fleet.write("slow", COMPOSE, "a", meta=SLOW)
    fleet.commit()
    try:
        fleet.start_server()
        start_agent(fleet)
        yield fleet
    finally:
        for name in list(fleet.processes):
            fleet.kill(name)


def start_agent(fleet: Fleet) -> None:
    token = fleet.directory / "a.token"
    token.write_text(fleet.cli("token", "create", "--role", "node", "--node", "a", "-q"))
    fleet.start(
        "agent-a",
        *("agent", "--server", fleet.url, "--node", "a", "--data", str(fleet.agent_data("a"))),
        *("--token-file", str(token), "--ca-file", str(fleet.server_data / "ca.pem"), "--executor", "simulated"),
    )
    wait_until(lambda: fleet.node("a")["state"] == "online", "the node is online")


def refusal(fleet: Fleet, *arguments: str) -> dict[str, Any]:
    """The error of a command, which is the same as text and as JSON; asked again when the server ends meanwhile."""

    def told() -> tuple[Result, Result] | None:
        keep_up(fleet)
        text, data = command(fleet, *arguments), command(fleet, *arguments, "-o", "json")
        return (text, data) if all(any(words in said.stderr for words in FULL) for said in (text, data)) else None

    text, data = wait_until(told, f"{arguments} is refused for want of room")
    error: dict[str, Any] = json.loads(data.stderr)
    where = f"{error['where']}: " if error["where"] else ""
    assert text.stderr == f"composia: {where}{error['message']}\n  hint: {error['hint']}\n"
    assert (text.exit_code, data.exit_code, data.stdout, error["id"]) == (1, 1, "", "")
    return error


def keep_up(fleet: Fleet) -> None:
    """A loop of the server may meet the full disk, and ends it with that error. It is started again, as a service is."""
    if fleet.processes["server"].poll() is not None:
        *_, error, hint = fleet.log("server").splitlines()
        assert error.endswith("work.db: the store does not answer: database or disk is full")
        assert hint.startswith("  hint: ")
        fleet.start_server()


def answers(fleet: Fleet) -> bool:
    """Whether the server is there, and not about to end."""
    keep_up(fleet)
    return command(fleet, "node", "list").exit_code == 0


def command(fleet: Fleet, *arguments: str) -> Result:
    environment = {
        "COMPOSIA_SERVER": fleet.url,
        "COMPOSIA_CA": str(fleet.server_data / "ca.pem"),
        "COMPOSIA_TOKEN": (fleet.server_data / "admin.token").read_text().strip(),
    }
    return CliRunner(env=environment).invoke(main, arguments, prog_name="composia")


def deployments(fleet: Fleet) -> dict[str, str]:
    return {d["id"]: d["state"] for d in fleet.ask("deployment", "list")["deployments"]}


def test_a_full_disk_is_said_and_what_was_answered_goes_on_when_there_is_room(fleet: Fleet, disk: SmallDisk) -> None:
    (first,) = fleet.deploy("web")
    (running,) = fleet.ask("deploy", "slow", "--detach")["deployments"]
    wait_until(lambda: fleet.ask("task", "show", running["tasks"][0]["id"])["state"] == "running", "it runs")
    tokens = fleet.ask("token", "list")
    fleet.write("fresh", COMPOSE, "a")
    fleet.commit()
    disk.fill()

    refused = [
        refusal(fleet, "deploy", "web", "--detach"),
        refusal(fleet, "deploy", "fresh", "--detach"),
        refusal(fleet, "stop", "web", "--detach"),
        refusal(fleet, "token", "create", "--role", "viewer"),
    ]
    disk.clear()
    wait_until(lambda: answers(fleet), "the server answers")
    (after,) = fleet.deploy("fresh")

    assert {error["code"] for error in refused} == {"unavailable"}
    assert all(error["hint"] and error["where"] for error in refused)
    assert {error["message"] for error in refused} <= set(FULL)
    wait_until(lambda: deployments(fleet)[running["id"]] == "succeeded", "the running one ends")
    assert deployments(fleet) == dict.fromkeys((first["id"], running["id"], after["id"]), "succeeded")
    assert fleet.ask("token", "list") == tokens
    task = fleet.ask("task", "show", running["tasks"][0]["id"])
    assert (task["attempt"], task["state"]) == (1, "succeeded")
    assert "Traceback" not in fleet.log("server")


async def pushed(fleet: Fleet, batch: LogBatch) -> int:
    """Up to where the server has output, once that batch is pushed as the node's agent pushes it."""
    transport = await composia_transport().open(NoConfig(), Context(data=fleet.directory, clock=SystemClock()))
    token = (fleet.directory / "a.token").read_text().strip()
    ca = (fleet.server_data / "ca.pem").read_bytes()
    agent = await transport.connect_agent(Target(url=fleet.url, token=token, ca=ca))

    async def batches() -> AsyncIterator[LogBatch]:
        yield batch

    try:
        return [ack.offset async for ack in agent.push_logs(batches())][-1]
    finally:
        await agent.close()


def test_output_that_finds_no_room_is_not_acknowledged_and_is_whole_when_it_is_sent_again(
    fleet: Fleet, disk: SmallDisk
) -> None:
    (deployed,) = fleet.deploy("web")
    (task,) = deployed["tasks"]
    before = fleet.cli("task", "logs", task["id"]).encode()
    output = "".join(f"line {number} of a program\n" for number in range(5000)).encode()
    batch = LogBatch(attempt=Attempt(task=task["id"], number=1), offset=len(before), data=output)
    disk.fill()

    def refused() -> Unavailable | None:
        keep_up(fleet)
        with pytest.raises(Unavailable) as raised:
            asyncio.run(pushed(fleet, batch))
        return raised.value if str(raised.value).endswith("output cannot be kept: no space left on device") else None

    error = wait_until(refused, "it is refused for want of room, and not because the server ends")
    disk.clear()
    wait_until(lambda: answers(fleet), "the server answers")
    acknowledged = asyncio.run(pushed(fleet, batch))

    assert error.hint == "make room on that disk"
    assert acknowledged == len(before) + len(output)
    assert fleet.cli("task", "logs", task["id"]).encode() == before + output


def test_a_server_that_starts_on_a_full_disk_says_so_and_starts_when_there_is_room(
    fleet: Fleet, disk: SmallDisk
) -> None:
    fleet.deploy("web")
    fleet.kill("server")
    (disk.place / "tls" / "server.pem").unlink()
    disk.fill()

    done = fleet.run("server", "--data", str(fleet.server_data), "--listen", "127.0.0.1:0", "--repo", str(fleet.repo))
    disk.clear()
    fleet.start_server()

    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "  hint: make room on that disk"
    assert "no space left on device" in done.stderr.splitlines()[-2]
    assert "Traceback" not in done.stderr
    wait_until(lambda: fleet.node("a")["state"] == "online", "the node comes back")
    assert set(deployments(fleet).values()) == {"succeeded"}


def test_a_data_directory_that_cannot_be_written_is_told_by_server_and_agent(fleet: Fleet, disk: SmallDisk) -> None:
    token = (fleet.server_data / "admin.token").read_text()
    ca = str(fleet.server_data / "ca.pem")
    fleet.kill("server")
    (disk.place / "agent").mkdir()
    with disk.read_only():
        server = fleet.run("server", "--data", str(disk.place), "--listen", "127.0.0.1:0", "--repo", str(fleet.repo))
        new = fleet.run(
            "server", "--data", str(disk.place / "new"), "--listen", "127.0.0.1:0", "--repo", str(fleet.repo)
        )
        agents = [
            fleet.run(
                *("agent", "--server", fleet.url, "--node", "b", "--data", str(disk.place / name)),
                *("--token-file", str(fleet.directory / "a.token"), "--ca-file", ca, "--executor", "simulated"),
            )
            for name in ("agent", "new")
        ]

    for done in (server, new):
        assert (done.returncode, done.stdout) == (1, "")
        assert "the data directory cannot be used: read-only file system\n  hint: mount it writable" in done.stderr
    for done in agents:
        assert (done.returncode, done.stdout) == (1, "")
        assert ": read-only file system\n  hint: mount it writable, or use another place" in done.stderr
        assert str(disk.place) in done.stderr
    assert all("Traceback" not in done.stderr for done in (server, new, *agents))
    assert (fleet.server_data / "admin.token").read_text() == token
