"""What a tab holds while services are deployed and logs flow."""

import time

from playwright.sync_api import CDPSession, Page

from tests.bench.page_opened import opened_page
from tests.e2e.fleet import wait_until
from tests.web.simulated_site import Site, simulated_site
from tests.web.visits import settle

VIEWS = ("/services", "/services/{site.running}", "/services/{site.chatty}/logs", "/nodes", "/tasks", "/repository")
EACH_S = 5.0
"""How long each view is looked at; with each, some services are deployed."""


def measure(minutes: float) -> None:
    """Go round through the views, by links as a person does, and print what the tab holds beside each minute."""
    with simulated_site() as site, opened_page(site.url, site.token("admin")) as page:
        page.goto("/services")
        settle(page)
        session = page.context.new_cdp_session(page)
        held = [_held_mib(session)]
        begun, rounds = time.monotonic(), 0
        while (passed_s := time.monotonic() - begun) < minutes * 60:
            _churn(site, rounds)
            _look(page, site, VIEWS[rounds % len(VIEWS)])
            rounds += 1
            if passed_s > len(held) * 60:
                held.append(_held_mib(session))
                print(f"{passed_s / 60:5.1f} min  {held[-1]:6.1f} MiB", flush=True)
        _look(page, site, "/services")
        print(
            f"a tab after {minutes:g} min of churn: {held[0]:.1f} MiB at first, {_held_mib(session):.1f} at the end (aim: flat)"
        )


def _churn(site: Site, number: int) -> None:
    """Deploy a few services, without waiting for the end."""
    plain = [service.name for service in site.services if service.is_plain]
    some = [plain[(3 * number + offset) % len(plain)] for offset in range(3)]
    site.fleet.run("restart", *some, "--detach") if number % 2 else site.fleet.run("deploy", *some, "--detach")


def _look(page: Page, site: Site, path: str) -> None:
    """Go there without loading the page anew."""
    address = path.format(site=site)
    page.evaluate(
        "path => { const a = document.createElement('a'); a.href = path; document.body.append(a); a.click(); a.remove(); }",
        address,
    )
    wait_until(lambda: page.evaluate("location.pathname") == address, f"the page is at {address}")
    page.wait_for_timeout(EACH_S * 1000)


def _held_mib(session: CDPSession) -> float:
    """The heap of scripts after a collection."""
    session.send("HeapProfiler.enable")
    session.send("HeapProfiler.collectGarbage")
    used: float = session.send("Runtime.getHeapUsage")["usedSize"]
    return used / 2**20
