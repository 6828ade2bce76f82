"""One server for all clients."""

from collections.abc import Iterator

import pytest

from tests.clients.served import Served, start


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server with a simulated node."""
    served = start(tmp_path_factory.mktemp("clients"))
    yield served
    served.fleet.end()
