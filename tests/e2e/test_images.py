"""The images of the test bed are reproducible, and their program behaves as its mode says."""

import json

import pytest

from tests.e2e.lifetime import Run
from tests.e2e.testbed.daemon import TestbedFailed, wait_until
from tests.e2e.testbed.engine import Engine
from tests.e2e.testbed.registry import Registry

pytestmark = pytest.mark.engine

PORT = 18080
PUBLISHED = f"--publish={PORT}:80"


def test_the_same_text_gives_the_same_digest_and_another_text_moves_the_tag(
    engine_a: Engine, registry: Registry
) -> None:
    first = registry.push("moving:1", "first")
    assert registry.push("moving:1", "first") == first
    second = registry.push("moving:1", "second")
    assert second != first
    engine_a.docker("pull", registry.name("moving:1"))
    digests = engine_a.docker("image", "inspect", "--format={{json .RepoDigests}}", registry.name("moving:1"))
    assert json.loads(digests) == [f"{registry.place.registry}/moving@{second}"]


def test_nodes_know_library_images_by_their_short_names(engine_b: Engine) -> None:
    assert engine_b.docker("run", "--rm", "busybox:1.36", "sh", "-c", "echo $((6 * 7))") == "42"


def test_an_image_that_no_one_has_fails_at_once(engine_b: Engine) -> None:
    with pytest.raises(TestbedFailed, match="network is unreachable"):
        engine_b.docker("pull", "no-such-image:1", timeout=20)


@pytest.mark.parametrize(("mode", "code"), [("crash", "3"), ("oneshot", "0"), ("no-such-mode", "64")])
def test_the_fixture_exits_with_the_code_of_its_mode(engine_a: Engine, run: Run, mode: str, code: str) -> None:
    assert engine_a.docker("wait", run(engine_a, mode)) == code


def test_the_fixture_is_killed_for_its_memory(engine_a: Engine, run: Run) -> None:
    container = run(engine_a, "oom", "--memory=16m")
    assert engine_a.docker("wait", container) == "137"
    assert engine_a.inspect(container, "{{.State.OOMKilled}}") == "true"


def test_the_fixture_is_slow_to_serve(engine_a: Engine, run: Run) -> None:
    container = run(engine_a, "slow", PUBLISHED, "--env=DELAY=8")
    assert engine_a.inspect(container, "{{.State.Status}}") == "running"
    assert engine_a.docker("logs", container) == ""
    assert engine_a.page(PORT, timeout=90) == (200, "fixture:1")


def test_the_fixture_prints_numbered_lines(engine_a: Engine, run: Run) -> None:
    container = run(engine_a, "spam", "--env=EVERY=0.05")
    wait_until(lambda: engine_a.docker("logs", container).startswith("line 1\nline 2\nline 3"), timeout=60)


def test_the_fixture_ends_at_once_when_it_is_asked(engine_a: Engine, run: Run) -> None:
    containers = [run(engine_a, mode) for mode in ("web", "spam", "sleep", "slow")]
    # each has a child once it knows what to do when it is asked
    wait_until(lambda: all(len(engine_a.docker("top", one).splitlines()) > 2 for one in containers), timeout=30)
    engine_a.docker("stop", "--time=30", *containers, timeout=60)
    assert [engine_a.inspect(container, "{{.State.ExitCode}}") for container in containers] == ["0"] * 4
