"""Fixtures that hand out real Docker engines. See testbed/__main__.py for how to keep them up between runs."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.e2e.fleet import Fleet
from tests.e2e.lifetime import Own, Run
from tests.e2e.testbed import claim
from tests.e2e.testbed.daemon import TestbedFailed
from tests.e2e.testbed.engine import Engine
from tests.e2e.testbed.registry import Registry
from tests.e2e.testbed.testbed import Testbed
from tests.relay import Relay


@pytest.fixture(scope="session")
def testbed() -> Iterator[Testbed]:
    """The test bed that COMPOSIA_TESTBED names, or one of this session's own; two engines are up."""
    name = os.environ.get("COMPOSIA_TESTBED", f"pytest-{os.getpid()}")
    try:
        testbed = Testbed.up(name, engines=2, user=claim.own_user())
    except TestbedFailed as failure:
        pytest.fail(f"no Docker engine to test with: {failure}; or leave such tests out: --no-engine", pytrace=False)
    yield testbed
    testbed.release(claim.own_user())


@pytest.fixture(scope="session")
def engine_a(testbed: Testbed) -> Engine:
    """The first engine."""
    return testbed.engine(1)


@pytest.fixture(scope="session")
def engine_b(testbed: Testbed) -> Engine:
    """The second engine."""
    return testbed.engine(2)


@pytest.fixture
def engine_c(testbed: Testbed) -> Engine:
    """A third engine, which comes up for the first test that asks."""
    engine = testbed.engine(3)
    engine.start()
    return engine


@pytest.fixture(scope="session")
def registry(testbed: Testbed) -> Registry:
    """The registry that all engines know."""
    return testbed.registry


@pytest.fixture(autouse=True)
def leave_engines_well(request: pytest.FixtureRequest) -> Iterator[None]:
    """After a test that used engines, all of them are up and connected, whatever it did to them."""
    yield
    if "testbed" in request.fixturenames:
        testbed: Testbed = request.getfixturevalue("testbed")
        for engine in testbed.engines():
            engine.restore()


@pytest.fixture
def owned(leave_engines_well: None) -> Iterator[Own]:
    """`owned(engine, project)` removes all of that Compose project when the test ends, and returns the project."""
    with ExitStack() as stack:

        def own(engine: Engine, project: str) -> str:
            stack.callback(engine.remove_project, project)
            stack.callback(engine.restore)
            return project

        yield own


@pytest.fixture
def run(registry: Registry, owned: Own) -> Run:
    """`run(engine, mode, *options)` starts a container of the fixture image, removes it at the end, returns its id."""

    def start(engine: Engine, mode: str, *options: str) -> str:
        label = f"--label=com.docker.compose.project={owned(engine, 'testbed')}"
        return engine.docker("run", "--detach", label, *options, registry.name("fixture:1"), "/bin/fixture", mode)

    return start


@pytest.fixture(scope="session")
def image(registry: Registry) -> str:
    """The name of the fixture image."""
    return registry.name("fixture:1")


@pytest.fixture
def slow_registry(testbed: Testbed, registry: Registry) -> Iterator[Relay]:
    """A registry that answers once it is let go."""
    host, _, port = registry.address.partition(":")
    with Relay(testbed.place.host, (host, int(port)), held=True) as slow:
        yield slow


@pytest.fixture
def fleet(tmp_path: Path, engine_a: Engine) -> Iterator[Fleet]:
    """A server and an agent, `node-a`, on the first engine."""
    fleet = Fleet(directory=tmp_path)
    try:
        fleet.start_server()
        fleet.start_agent("node-a", engine_a)
        yield fleet
    finally:
        fleet.end()


@pytest.fixture
def other(testbed: Testbed) -> Iterator[Testbed]:
    """A second test bed beside the first one, with a registry and no engine yet."""
    other = Testbed.up(f"other-{os.getpid()}", engines=0, user=claim.own_user())
    yield other
    other.down()
