"""A host for all tests of a module: bad input leaves it well."""

import itertools
import os
from collections.abc import Iterator

import pytest

from tests.e2e.fleet import Fleet
from tests.e2e.testbed.engine import Engine

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory, engine_a: Engine) -> Iterator[Fleet]:
    """A server that tries again soon, and an agent, `node-a`, on the first engine."""
    fleet = Fleet(directory=tmp_path_factory.mktemp("host"))
    (fleet.directory / "server.yaml").write_text("retries: {backoff_s: 3}\n")
    try:
        fleet.start_server("--config", str(fleet.directory / "server.yaml"))
        fleet.start_agent("node-a", engine_a)
        yield fleet
    finally:
        fleet.end()


@pytest.fixture
def name() -> str:
    """The name of a service that no other test has."""
    return f"s{next(_numbers)}-{os.getpid():x}"
