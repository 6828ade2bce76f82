"""A list that the server is still asked for does not say that there is nothing."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.web.visits import Held, settle


@pytest.mark.parametrize(
    ("path", "rpc", "nothing"),
    [
        ("/tasks", "ListTasks", "No ended task is like that"),
        ("/deployments", "ListDeployments", "No deployment is like that"),
    ],
)
def test_nothing_is_missed_before_the_answer_is_here(page: Page, path: str, rpc: str, nothing: str) -> None:
    page.goto(path)
    settle(page)
    held = Held(page, rpc)
    service = page.get_by_role("search").get_by_label("Service", exact=True)
    with page.expect_request(re.compile(f"/{rpc}")):
        service.fill("no-such-service")
        service.press("Enter")
    expect(page.get_by_test_id("loading")).to_be_visible()
    expect(page.get_by_text(nothing)).to_have_count(0)
    held.let_go()
    expect(page.get_by_text(nothing)).to_be_visible()
    expect(page.get_by_test_id("loading")).to_have_count(0)
