"""What is pressed: twice in a row, by somebody who has gone elsewhere meanwhile, or while something is open above it."""

import re

import pytest
from playwright.sync_api import Page, Request, expect

from tests.web.looking import Device
from tests.web.simulated_site import Site
from tests.web.visits import Held, Visits, keep_notices, settle

BOTH = pytest.mark.parametrize("device", Device)


def opened(visits: Visits, site: Site, path: str, device: Device = Device.DESKTOP) -> Page:
    page = visits.signed_in(site.url, site.token("admin"), device=device)
    page.goto(path)
    settle(page)
    return page


@BOTH
def test_a_double_click_does_it_once(visits: Visits, small: Site, device: Device) -> None:
    page = opened(visits, small, f"/deployments/{small.failed_deployment}", device)
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request) if request.url.endswith("/Retry") else None)
    page.get_by_role("main").get_by_role("button", name="Retry", exact=True).dblclick()
    expect(page).to_have_url(re.compile(rf"/deployments/(?!{small.failed_deployment}$)d\d+$"))
    expect(page.get_by_role("main").get_by_role("link", name=small.failed_deployment, exact=True)).to_be_visible()
    assert len(asked) == 1


def test_who_has_gone_elsewhere_is_told_and_not_taken_away(visits: Visits, small: Site) -> None:
    page = opened(visits, small, f"/tasks/{small.failed_task}")
    keep_notices(page)
    held = Held(page, "Retry")
    with page.expect_request(re.compile("/Retry$")):
        page.keyboard.press("r")
    page.get_by_role("navigation", name="Places").get_by_role("link", name=re.compile("^Nodes")).click()
    expect(page).to_have_url(re.compile("/nodes$"))
    settle(page)
    held.let_go()
    told = re.compile(rf"^{small.failed_task} is done again as (d\d+)$")
    expect(page.get_by_text(told)).to_be_visible()
    expect(page).to_have_url(re.compile("/nodes$"))
    page.get_by_role("link", name="Look at it").click()
    expect(page.get_by_role("main")).to_contain_text(re.compile(r"again for d\d+"))
    assert len(held.calls) == 1


def test_keys_act_on_nothing_beneath_what_is_open(visits: Visits, site: Site) -> None:
    """`c` clears the lines, and not while one chooses which nodes they are from."""
    page = opened(visits, site, f"/logs?service={site.chatty}")
    lines = page.locator("[data-line]:has(a)")
    expect(lines).not_to_have_count(0)
    page.keyboard.press("f")
    expect(page.get_by_role("button", name="Follow", exact=True)).to_have_attribute("aria-pressed", "false")
    line = page.locator(f"[data-line='{lines.last.get_attribute('data-line')}']")
    page.get_by_role("button", name=re.compile("^Nodes")).click()
    choice = page.get_by_label("Nodes", exact=True)
    expect(choice.get_by_role("checkbox")).not_to_have_count(0)
    page.keyboard.press("c")
    expect(line).to_be_visible()
    page.keyboard.press("Escape")
    expect(choice).to_have_count(0)
    page.keyboard.press("c")
    expect(line).to_have_count(0)


def test_what_is_typed_in_the_search_of_a_file_is_no_key_of_the_page(visits: Visits, site: Site) -> None:
    """`d` deploys and `2` is another tab, and not in the fields of the file's own search; in the file itself they are keys."""
    page = opened(visits, site, f"/services/{site.running}/files?file=compose.yaml")
    code = page.get_by_test_id("code")
    code.locator(".cm-content").click()
    page.keyboard.press("Control+f")
    field = code.locator("input[name=search]")
    expect(field).to_be_focused()
    page.keyboard.type("d2")
    expect(field).to_have_value("d2")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page).to_have_url(re.compile("/files"))
    page.keyboard.press("Escape")
    expect(field).to_have_count(0)
    page.keyboard.press("d")
    expect(page.get_by_role("dialog", name=f"Deploy {site.running}")).to_be_visible()
