"""A page to measure, signed in, that fails on what goes wrong unseen."""

import statistics
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from playwright.sync_api import CDPSession, Page

from tests.web.findings import Findings
from tests.web.looking import opened_browser
from tests.web.visits import Visits

FLAGS = ("--enable-precise-memory-info", "--js-flags=--expose-gc")
SETTLE_MS = 3_000
"""So long a browser that has been started loads pages of its own, beside which the one to measure would be slower."""


@contextmanager
def opened_page(url: str, token: str) -> Iterator[Page]:
    """An empty page of somebody who has signed in, in a browser of its own; nothing is cached."""
    findings = Findings()
    with opened_browser(*FLAGS) as browser, Visits(browser=browser, findings=findings) as visits:
        page = visits.signed_in(url, token, reduced_motion="no-preference")
        page.wait_for_timeout(SETTLE_MS)
        yield page
    assert not findings.unexpected(), "\n".join(findings.unexpected())


def slowed(page: Page, *, cpu: float, mbit_s: float, latency_ms: float) -> CDPSession:
    """Give the page so many times less CPU, and such a network."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    throughput = mbit_s * 1e6 / 8
    session.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": latency_ms,
            "downloadThroughput": throughput,
            "uploadThroughput": throughput,
        },
    )
    session.send("Emulation.setCPUThrottlingRate", {"rate": cpu})
    return session


def percentiles(what: str, found: Sequence[float], unit: str = "ms") -> str:
    """A line of what was measured."""
    ordered = sorted(found)
    p95 = ordered[min(len(ordered) - 1, len(ordered) * 95 // 100)]
    return f"{what}: p50 {statistics.median(ordered):.0f}, p95 {p95:.0f}, worst {ordered[-1]:.0f} {unit}, of {len(ordered)}"
