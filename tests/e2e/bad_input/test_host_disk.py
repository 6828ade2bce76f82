"""A disk of the host that is really full, or read-only, in each step that writes to it."""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.bad_input.refusal import comes_up, refused, refused_file
from tests.e2e.fleet import Fleet, sleeper, wait_until
from tests.e2e.testbed.engine import Engine
from tests.small_disk import SmallDisk, small_disk

pytestmark = pytest.mark.engine

MIB = 1 << 20
ROOM = "make room on that disk"


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallDisk]:
    with small_disk(tmp_path_factory.mktemp("host") / "agent-node-a", "16m") as disk:
        yield disk


@pytest.fixture(scope="module")
def host(disk: SmallDisk, engine_a: Engine) -> Iterator[Fleet]:
    """A host whose agent has that disk."""
    fleet = Fleet(directory=disk.place.parent)
    (fleet.directory / "server.yaml").write_text("retries: {attempts: 2, backoff_s: 0.1}\n")
    try:
        fleet.start_server("--config", str(fleet.directory / "server.yaml"))
        fleet.start_agent("node-a", engine_a)
        yield fleet
    finally:
        fleet.end()


def with_data(host: Fleet, name: str, image: str, data: bytes) -> None:
    host.write(name, sleeper(image), "node-a")
    (host.repo / name / "data").write_bytes(data)
    host.commit()


def until_shown(host: Fleet, problem: str) -> None:
    """Wait until the node tells of this problem, or of none; that of the test before may be told a little longer."""
    wait_until(lambda: host.node("node-a")["problem"] == problem, f"the node says: {problem or 'nothing is wrong'}")


def test_a_bundle_that_finds_no_room_leaves_nothing_of_itself(
    host: Fleet, disk: SmallDisk, name: str, image: str
) -> None:
    comes_up(host, name, image)
    before, bundles = host.containers("node-a", name), set((disk.place / "bundles").iterdir())
    with_data(host, name, image, os.urandom(12 * MIB))

    refusal = refused(host, name)

    assert refusal.step == "fetch"
    assert refusal.told[1:] == ("no space left on device", ROOM)
    assert refusal.error.where.startswith(str(disk.place))
    assert host.containers("node-a", name) == before
    assert set((disk.place / "bundles").iterdir()) == bundles
    assert list((disk.place / "bundles" / "arriving").iterdir()) == []
    (host.repo / name / "data").unlink()
    comes_up(host, name, image, "    environment: {A: b}\n")


def test_files_that_find_no_room_are_not_begun_and_their_bundle_does_not_stay(
    host: Fleet, disk: SmallDisk, name: str, image: str
) -> None:
    comes_up(host, name, image)
    before = host.containers("node-a", name)
    with_data(host, name, image, bytes(9 * MIB))  # on the way it is small, unpacked it fits, twice it does not

    refusal = refused(host, name)

    assert refusal.step == "sync"
    assert refusal.error.message.startswith("no room for the files: they need 9.0 MiB more, ")
    assert (refusal.error.where, refusal.error.hint) == (str(host.workspace("node-a", name)), ROOM)
    assert not (host.workspace("node-a", name) / "data").exists()
    assert host.containers("node-a", name) == before
    with_data(host, name, image, bytes(7 * MIB))
    (deployment,) = host.deploy(name)
    assert deployment["state"] == "succeeded"
    (host.repo / name / "data").unlink()
    comes_up(host, name, image)


def test_a_disk_that_fills_while_containers_come_up_ends_the_deploy_once_that_can_be_written(
    host: Fleet, disk: SmallDisk, name: str, image: str
) -> None:
    waits = "    healthcheck: {test: ['CMD', 'false'], interval: 1s, timeout: 1s, retries: 100}\n"
    host.write(name, sleeper(image, waits), "node-a", meta="deploy: {health: {deadline: 3s}}\n")
    host.commit()
    (started,) = host.deploy(name, "--detach")
    task = started["tasks"][0]["id"]
    wait_until(
        lambda: any(step["name"] == "health" for step in host.ask("task", "show", task)["steps"]),
        "it waits at the gate",
    )

    disk.fill()
    until_shown(host, f"{disk.place}: no space left on device; {ROOM}")
    wait_until(
        lambda: "end not written" in host.log("agent-node-a") or host.ask("task", "show", task)["state"] == "failed",
        "it is at its end",
    )
    disk.clear()
    ended: Any = wait_until(lambda: (t := host.ask("task", "show", task))["state"] == "failed" and t, "it has ended")

    assert ended["error_code"] == "timed_out" or ended["error_hint"] == ROOM
    comes_up(host, name, image)


def test_a_disk_that_is_read_only_is_shown_and_what_is_ordered_meanwhile_fails_at_once(
    host: Fleet, disk: SmallDisk, name: str, image: str
) -> None:
    told, hint = "read-only file system", "mount it writable, or use another place"
    with disk.read_only():
        until_shown(host, f"{disk.place}: {told}; {hint}")
        refusal = refused_file(host, name, sleeper(image))
    until_shown(host, "")
    comes_up(host, name, image)

    assert (refusal.step, refusal.told[1:]) == ("", (told, hint))
    assert refusal.error.where.startswith(str(disk.place / "attempts"))
