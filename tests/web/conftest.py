"""A browser, and the page in it. Whatever goes wrong in a browser unseen fails the test, unless it was expected."""

from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.fleet import Fleet
from tests.web.findings import Findings
from tests.web.looking import opened_browser
from tests.web.simulated_site import Site, simulated_site
from tests.web.visits import Visits

HERE = Path(__file__).resolve().parent
LAST_SEEN = HERE.parents[1] / "build" / "last-seen"
"""What pages looked like when a test of them failed."""

FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The tests of this directory run in a row, after all others: one site and one browser serve them, and disturb nobody else."""
    items.sort(key=lambda item: HERE in item.path.parents)
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(
                pytest.mark.timeout(600), append=False
            )  # whichever is first starts what all of them look at


@pytest.fixture(scope="package")
def site() -> Iterator[Site]:
    """A server with 200 services on simulated nodes, for tests that look, and change only what others do not look at."""
    with simulated_site() as site:
        yield site


@pytest.fixture(scope="module")
def small() -> Iterator[Site]:
    """A site of a few services, for the tests of one file that change what others look at."""
    with simulated_site(count=12) as site:
        yield site


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """A server without nodes, for the tests of one file that change it as they like."""
    fleet = Fleet(directory=tmp_path_factory.mktemp("alone"))
    try:
        fleet.start_server()
        yield fleet
    finally:
        fleet.end()


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """A browser for the tests of this directory that run in a row; afterwards its driver's event loop is out of others' way."""
    with opened_browser() as browser:
        yield browser


@pytest.fixture
def findings() -> Iterator[Findings]:
    """What goes wrong unseen; fails the test at its end unless it was expected."""
    findings = Findings()
    yield findings
    unexpected = findings.unexpected()
    assert not unexpected, "\n".join(unexpected)


@pytest.fixture
def visits(browser: Browser, findings: Findings, request: pytest.FixtureRequest) -> Iterator[Visits]:
    """Opens pages of any server, as anybody, on any device."""
    with Visits(browser=browser, findings=findings) as visits:
        yield visits
        if request.node.stash.get(FAILED, False):
            visits.keep_pictures(LAST_SEEN, request.node.name)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember that a test failed, for its fixtures."""
    report = yield
    if report.when == "call" and report.failed:
        item.stash[FAILED] = True
    return report


@pytest.fixture
def page(visits: Visits, site: Site) -> Page:
    """A page of the admin of `site`, on a desk in the dark theme, not opened anywhere yet: `page.goto("/services")`."""
    return visits.signed_in(site.url, site.token("admin"))
