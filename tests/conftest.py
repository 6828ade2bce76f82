"""What holds for all tests."""

import os
from collections.abc import Generator

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """On the build server a test that needs a Docker engine may not be skipped: there it has one, or it has failed."""
    report = yield
    if report.skipped and "CI" in os.environ and item.get_closest_marker("engine"):
        report.outcome = "failed"
        report.longrepr = f"skipped, which CI does not allow a test with a Docker engine: {report.longrepr}"
    return report
