"""The page over real engines: the browser is that of the page's other tests."""

from tests.web.conftest import browser, findings, pytest_runtest_makereport, visits

__all__ = ["browser", "findings", "pytest_runtest_makereport", "visits"]
