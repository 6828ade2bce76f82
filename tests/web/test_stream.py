"""The one stream of a tab: it lets go while nobody looks, comes back where it was, and says so."""

import re

from playwright.sync_api import Page, Request, expect

from tests.e2e.fleet import Fleet
from tests.web.findings import Findings
from tests.web.visits import Held, Visits, settle

AWAKE = """() => {
  const now = Date.now
  Date.now = () => now() + 25_000
  Object.defineProperty(document, 'hidden', { value: false, configurable: true })
  document.dispatchEvent(new Event('visibilitychange'))
}"""
"""The machine wakes up and the tab is seen, before anything else comes to it."""


def show(page: Page, *, hidden: bool) -> None:
    """Hide the tab, or show it again, as far as its page can tell."""
    page.evaluate(
        "hidden => { Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });"
        " document.dispatchEvent(new Event('visibilitychange')) }",
        hidden,
    )


def test_a_hidden_tab_lets_go_of_its_stream_and_catches_up_when_it_is_seen_again(
    alone: Fleet, visits: Visits, findings: Findings
) -> None:
    findings.expect("ERR_ABORTED")
    page = visits.signed_in(alone.url, (alone.server_data / "admin.token").read_text().strip())
    begun: list[Request] = []
    ended: list[Request] = []
    page.on("request", lambda request: begun.append(request) if request.url.endswith("/Watch") else None)
    page.on("requestfailed", lambda request: ended.append(request) if request.url.endswith("/Watch") else None)
    page.clock.install()
    page.goto("/nodes")
    settle(page)
    link = page.get_by_test_id("link").first

    page.clock.pause_at(page.evaluate("Date.now() / 1000 + 1"))  # else it goes on beside what the test lets it
    show(page, hidden=True)
    page.clock.run_for(25_000)
    assert (len(begun), len(ended)) == (1, 0), "it may be seen again at once"
    page.clock.run_for(6_000)
    expect(link).to_contain_text("Resting")
    expect(page.get_by_role("main")).to_have_class(re.compile("stale"))
    page.clock.run_for(600_000)
    assert (len(begun), len(ended)) == (1, 1), "nothing is asked for while nobody looks"

    page.clock.resume()
    show(page, hidden=False)
    expect(link).to_contain_text("Live")
    expect(page.get_by_role("main")).not_to_have_class(re.compile("stale"))
    assert len(begun) == 2


def test_a_tab_that_was_kept_from_running_does_not_trust_its_stream(
    alone: Fleet, visits: Visits, findings: Findings
) -> None:
    """As in a machine that slept: no timer of the page has run meanwhile."""
    findings.expect("ERR_ABORTED")
    page = visits.signed_in(alone.url, (alone.server_data / "admin.token").read_text().strip())
    page.goto("/nodes")
    settle(page)

    show(page, hidden=True)
    with page.expect_request("**/Watch"):
        page.evaluate(AWAKE)
    expect(page.get_by_test_id("link").first).to_contain_text("Live")


def test_who_is_signed_in_is_asked_again_once_the_server_answers(
    alone: Fleet, visits: Visits, findings: Findings
) -> None:
    findings.expect("ERR_FAILED.*/GetCaller")
    page = visits.signed_in(alone.url, (alone.server_data / "admin.token").read_text().strip())
    page.route(re.compile("/GetCaller"), lambda route: route.abort(), times=1)
    stream = Held(page, "Watch")
    page.goto("/nodes")
    alert = page.get_by_role("alert").filter(has_text="the server cannot be reached")
    expect(alert).to_be_visible()
    stream.let_go()
    expect(page.get_by_role("button", name="Add a node").first).to_be_visible()
    expect(alert).to_have_count(0)
