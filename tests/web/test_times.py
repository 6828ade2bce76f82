"""Times are those of the server's clock, whatever the reader's machine says, and go on while one looks."""

import re
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page, expect

from tests.web.simulated_site import Site
from tests.web.visits import settle


def test_a_span_until_now_is_by_the_clock_of_the_server(page: Page, site: Site) -> None:
    """For this machine, which is ahead, the last quarter of an hour begins in the server's future."""
    page.clock.install(time=datetime.now(UTC) + timedelta(minutes=20))
    page.goto(f"/logs?service={site.chatty}&last=15m")
    settle(page)
    expect(page.locator("[data-line]:has(a)")).not_to_have_count(0)


def test_what_is_no_longer_of_the_last_day_leaves_the_list(page: Page) -> None:
    page.clock.install()
    with page.expect_response(re.compile("/GetServerInfo")):  # else its answer would set the clock once more
        page.goto("/tasks?time=24h")
    settle(page)
    expect(page.get_by_role("list", name="Ended tasks").get_by_test_id("task-row")).not_to_have_count(0)
    page.clock.set_system_time(datetime.now(UTC) + timedelta(hours=25))
    expect(page.get_by_text("No ended task is like that")).to_be_visible()
    expect(page).to_have_url(re.compile("/tasks[?]time=24h$"))
