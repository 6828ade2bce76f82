"""Images that cannot be had: not there, not allowed, or a registry that is away, refuses or hangs."""

import socket
from collections.abc import Iterator

import pytest

from tests.e2e.bad_input.locked_registry import LockedRegistry
from tests.e2e.bad_input.refusal import comes_up, left, refused_file
from tests.e2e.fleet import Fleet, sleeper
from tests.e2e.testbed.registry import Registry
from tests.e2e.testbed.testbed import Testbed
from tests.relay import Relay

pytestmark = pytest.mark.engine

REACH = "is the image's name right, and does this node reach the registry?"


@pytest.fixture
def locked_registry(testbed: Testbed) -> Iterator[LockedRegistry]:
    locked = LockedRegistry(testbed.place.host)
    yield locked
    locked.close()


@pytest.mark.parametrize("missing", ["fixture:no-such-tag", "no/such-image:1", f"fixture@sha256:{'0' * 64}"])
def test_an_image_that_its_registry_does_not_have_is_named_and_nothing_is_changed(
    host: Fleet, name: str, image: str, registry: Registry, missing: str
) -> None:
    comes_up(host, name, image)
    before = host.containers("node-a", name)

    refusal = refused_file(host, name, sleeper(registry.name(missing)))

    assert (refusal.step, refusal.error.code, refusal.told) == (
        "pull",
        "not_found",
        ("service main", f"its registry has no image {registry.name(missing)}", "is the tag right, and was it pushed?"),
    )
    assert host.containers("node-a", name) == before
    comes_up(host, name, image, "    environment: {A: b}\n")


def test_a_private_image_says_where_to_log_in(
    host: Fleet, name: str, image: str, locked_registry: LockedRegistry
) -> None:
    refusal = refused_file(host, name, sleeper(f"{locked_registry.address}/secret/app:1"))

    assert (refusal.step, refusal.error.code, refusal.told) == (
        "pull",
        "forbidden",
        (
            "service main",
            f"the registry {locked_registry.address} wants a login",
            f"docker login {locked_registry.address} as the agent's user, or in the agent's docker_config",
        ),
    )
    assert left(host, name) == {}
    comes_up(host, name, image)


def test_a_registry_that_refuses_connections_is_tried_again_and_people_are_told_meanwhile(
    host: Fleet, name: str, image: str, testbed: Testbed
) -> None:
    with socket.socket() as taken:  # bound and never listening: nobody else gets the port
        taken.bind((testbed.place.host, 0))
        address = "{}:{}".format(*taken.getsockname())
        refusal = refused_file(host, name, sleeper(f"{address}/app:1"))

    told = f"the registry {address} cannot be reached: connection refused"
    assert (refusal.step, refusal.error.code, refusal.told) == ("pull", "unavailable", ("service main", told, REACH))
    assert f"{name}@node-a  try 1 ended: service main: {told}\n" in refusal.printed
    assert f"{name}@node-a  try 2 ended: service main: {told}\n" in refusal.printed
    assert left(host, name) == {}
    comes_up(host, name, image)


def test_a_registry_that_hangs_is_left_at_the_limit_with_the_image_that_did_not_come(
    host: Fleet, name: str, image: str, slow_registry: Relay
) -> None:
    reference = f"{slow_registry.address}/fixture:1"
    refusal = refused_file(host, name, sleeper(reference), meta="deploy: {timeouts: {pull: 6s}}\n")

    assert (refusal.step, refusal.error.code, refusal.exit_code) == ("pull", "timed_out", 4)
    assert refusal.told == (
        "service main",
        f"pull did not end within 6 s, {reference} has not come; no container was changed",
        REACH,
    )
    assert f"{name}@node-a  pull …\n" in refusal.printed
    slow_registry.let_go()
    comes_up(host, name, reference)
