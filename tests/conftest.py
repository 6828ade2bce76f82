"""What holds for all tests."""

import os
import random
from collections.abc import Generator

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """A person may leave the tests with Docker engines out, by hand, and say how much of the crash matrix is played."""
    parser.addoption("--no-engine", action="store_true", help="leave out the tests that need real Docker engines")
    parser.addoption("--matrix", choices=["third", "all"], default="third", help="how much of the crash matrix to play")
    parser.addoption("--matrix-seed", type=int, default=random.randrange(10_000), help="which third, and which deaths")
    parser.addoption("--matrix-seconds", type=float, default=30.0, help="for how long to kill at random")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what --no-engine names, visibly."""
    if config.getoption("--no-engine"):
        for item in items:
            if item.get_closest_marker("engine"):
                item.add_marker(pytest.mark.skip(reason="--no-engine"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """On the build server a test that needs a Docker engine may not be skipped: there it has one, or it has failed."""
    report = yield
    if report.skipped and "CI" in os.environ and item.get_closest_marker("engine"):
        report.outcome = "failed"
        report.longrepr = f"skipped, which CI does not allow a test with a Docker engine: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Composia runs on asyncio."""
    return "asyncio"
