"""The stage, which is kept from cell to cell while it is whole; and which cells are played."""

import random
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.e2e.fleet import Fleet
from tests.e2e.matrix.stage import Stage
from tests.e2e.testbed.engine import Engine
from tests.e2e.testbed.registry import Registry
from tests.e2e.testbed.testbed import Testbed

PART = 3
"""One cell in so many is played, unless all are asked for."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the cells that the seed does not choose."""
    cells = [item for item in items if "cell" in getattr(getattr(item, "callspec", None), "params", {})]
    if config.getoption("--matrix") == "all" or len(cells) < PART:
        return
    chosen = random.Random(config.getoption("--matrix-seed")).sample(range(len(cells)), len(cells) // PART)
    names = sorted(cells, key=lambda item: item.nodeid)
    left = {item.nodeid for number, item in enumerate(names) if number not in chosen}
    config.hook.pytest_deselected(items=[item for item in items if item.nodeid in left])
    items[:] = [item for item in items if item.nodeid not in left]


@pytest.fixture(scope="session")
def turn() -> Callable[[], int]:
    """A number that was not used before."""
    return count(1).__next__


@pytest.fixture(scope="session")
def stages(testbed: Testbed) -> Iterator[list[Stage]]:
    """The stage that is up, if it is; a cell that fails leaves none. It goes before the test bed does."""
    up: list[Stage] = []
    yield up
    for stage in up:
        stage.close()


@pytest.fixture
def stage(
    request: pytest.FixtureRequest,
    stages: list[Stage],
    engine_a: Engine,
    registry: Registry,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Stage]:
    """A stage with everybody alive."""
    if not stages:
        directory: Path = tmp_path_factory.mktemp("matrix")
        stages.append(Stage(fleet=Fleet(directory=directory), engine=engine_a, image=registry.name("fixture:1")))
    before = request.session.testsfailed
    yield stages[0]
    if request.session.testsfailed > before:
        stages.pop().close()
