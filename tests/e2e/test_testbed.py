"""Test beds run side by side, are shared by name, end with their last user, and leave nothing."""

import errno
import os
import socket
from typing import cast

import pytest

from tests.e2e.fleet import wait_until
from tests.e2e.lifetime import running
from tests.e2e.testbed import claim, network
from tests.e2e.testbed.daemon import TestbedFailed
from tests.e2e.testbed.engine import Engine
from tests.e2e.testbed.place import Place
from tests.e2e.testbed.testbed import Testbed, remove_abandoned
from tests.e2e.testbed.traces import traces

pytestmark = pytest.mark.engine

PORT = 18080
PUBLISHED = f"--publish={PORT}:80"


def test_two_test_beds_meet_nowhere(testbed: Testbed, other: Testbed, engine_a: Engine) -> None:
    other.engine(1).start()
    assert other.place.prefix != testbed.place.prefix
    assert not other.registry.has("moving:only-here")
    testbed.registry.push("moving:only-here")
    assert not other.registry.has("moving:only-here")
    with pytest.raises(TestbedFailed, match=r"no route to host|network is unreachable"):
        other.engine(1).docker("pull", testbed.registry.name("moving:only-here"))
    engine_a.docker("pull", testbed.registry.name("moving:only-here"))


def test_taking_a_test_bed_down_leaves_nothing(other: Testbed) -> None:
    first, second = other.engine(1), other.engine(2)
    for engine in (first, second):
        engine.start()
        image = other.registry.name("fixture:1")
        engine.docker("run", "--detach", "--restart=always", PUBLISHED, image)
    first.hang()
    second.cut()
    second.kill()
    kinds = {"namespace", "link", "mount", "cgroup", "process", "file"}
    assert {kind for kind, _ in traces(other.place)} == kinds
    other.down()
    assert traces(other.place) == []


def test_a_place_is_taken_from_the_moment_it_is_claimed(testbed: Testbed) -> None:
    first, second = (claim.claim(f"claim-{letter}-{os.getpid()}", claim.own_user()) for letter in "ab")
    try:
        assert len({testbed.place.prefix, first.prefix, second.prefix}) == 3
    finally:
        claim.forget(first)
        claim.forget(second)


def test_a_test_bed_avoids_a_network_that_the_machine_has(testbed: Testbed) -> None:
    place = Place(name="x", number=256 + os.getpid() % 256)
    assert network.is_free(place)
    assert not network.is_free(testbed.place)
    network.ip("route", "add", f"{place.prefix}.128/25", "dev", "lo")
    try:
        assert not network.is_free(place)
    finally:
        network.ip("route", "delete", f"{place.prefix}.128/25", "dev", "lo")
    assert network.is_free(place)


def stranger(address: tuple[str, int]) -> socket.socket:
    """A server there, as soon as the registry has let go of its port."""

    def listen() -> socket.socket | None:
        try:
            return socket.create_server(address)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            return None

    return cast("socket.socket", wait_until(listen, f"{address} is free"))


def test_a_stranger_on_the_registrys_address_is_named(other: Testbed) -> None:
    other.registry.stop()
    with stranger((other.place.host, 5000)), pytest.raises(TestbedFailed, match="is taken"):
        other.registry.start()


def test_a_test_bed_ends_with_its_last_user(other: Testbed) -> None:
    with running(["sleep", "1000"]) as process:
        user = claim.process_user(process.pid)
        same = Testbed.up(other.place.name, engines=0, user=user)
        assert same == other
        other.release(claim.own_user())
        assert other.registry.answers()
        same.release(user)
        assert traces(other.place) == []


def test_a_test_bed_whose_users_died_is_removed_by_the_next(testbed: Testbed, other: Testbed) -> None:
    with running(["sleep", "1000"]) as process:
        Testbed.up(other.place.name, engines=0, user=claim.process_user(process.pid))
        other.release(claim.own_user())
        remove_abandoned()
        assert other.registry.answers()
    remove_abandoned()
    assert traces(other.place) == []
    assert testbed.registry.answers()


def test_without_root_there_is_an_instruction(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(TestbedFailed, match=r"a test bed needs root, .* try sudo"):
        Testbed.up("no-root", engines=0, user=claim.KEPT)
