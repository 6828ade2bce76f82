"""What holds for all tests."""

import os
import random
import signal
from collections.abc import Generator

import hypothesis
import pytest

from tests.e2e.matrix.report import Report
from tests.side_by_side import Controller, Worker

# How long an example takes says how busy the machine is; and whether too large ones come in a row, which are passed over,
# is up to the seed.
hypothesis.settings.register_profile(
    "unhurried",
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.data_too_large],
)
hypothesis.settings.load_profile("unhurried")


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


def pytest_configure(config: pytest.Config) -> None:
    """Know whether tests run side by side, and print the crash matrix once, whoever played it."""
    if hasattr(config, "workerinput"):
        config.option.matrix_seed = config.workerinput["matrix_seed"]  # or each would choose another third
        config.pluginmanager.register(Worker())
        return
    config.pluginmanager.register(Report(config.getoption("--matrix-seed")))
    if config.getoption("dist") != "no":
        config.pluginmanager.register(Controller())


@pytest.hookimpl(tryfirst=True)
def pytest_keyboard_interrupt() -> None:
    """From here on fixtures end what they started, and no second interrupt breaks that off."""
    signal.signal(signal.SIGINT, lambda _number, _frame: None)


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
