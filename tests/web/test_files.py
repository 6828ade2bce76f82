"""Files of a service in the page, at any revision."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.web.looking import SCREENS, Device
from tests.web.simulated_site import Site
from tests.web.visits import PAINTED, Held, Visits, settle


def opened(visits: Visits, site: Site, query: str = "", device: Device = Device.DESKTOP) -> Page:
    page = visits.signed_in(site.url, site.token("viewer"), device=device)
    page.goto(f"/services/{site.running}/files{query}")
    settle(page)
    return page


def newest_and_oldest_tag(site: Site) -> tuple[str, str]:
    app = next(service.app for service in site.services if service.name == site.running)
    return app.tags[-1], app.tags[0]


@pytest.mark.parametrize("device", Device)
def test_a_file_is_shown_as_it_was_at_any_revision(visits: Visits, site: Site, device: Device) -> None:
    new, old = newest_and_oldest_tag(site)
    page = opened(visits, site, device=device)
    code = page.get_by_test_id("code")
    expect(code).to_contain_text(f":{new}")
    # what is coloured is in pieces of their own
    expect(code.locator(".cm-line span").first).to_be_visible()
    running = page.get_by_label("Revision").locator("optgroup[label=Running] option")
    page.get_by_label("Revision").select_option(running.first.get_attribute("value"))
    expect(code).to_contain_text(f":{old}")
    expect(page).to_have_url(re.compile("revision=[0-9a-f]{40}"))
    page.get_by_role("navigation", name="Files").get_by_role("link", name=".env").click()
    expect(code).to_contain_text("PUBLIC_HOST=")
    expect(code).not_to_contain_text("WORKERS")
    page.go_back()
    expect(code).to_contain_text(f":{old}")


@pytest.mark.parametrize("device", Device)
def test_two_revisions_are_compared_line_by_line(visits: Visits, site: Site, device: Device) -> None:
    new, old = newest_and_oldest_tag(site)
    page = opened(visits, site, device=device)
    running = page.get_by_label("Changes since").locator("optgroup[label=Running] option")
    page.get_by_label("Changes since").select_option(running.first.get_attribute("value"))
    expect(page.get_by_test_id("commits").get_by_role("listitem")).to_have_count(2)
    compose = page.get_by_test_id("diff-file").filter(has_text="compose.yaml")
    expect(compose.get_by_role("row").filter(has_text="removed: ")).to_contain_text(f":{old}")
    expect(compose.get_by_role("row").filter(has_text="added: ")).to_contain_text(f":{new}")
    env = page.get_by_test_id("diff-file").filter(has_text=".env")
    expect(env.get_by_role("row").filter(has_text="added: ")).to_contain_text("WORKERS=4")
    env.locator("summary").click()
    expect(env.get_by_role("row")).to_have_count(0)


def test_a_file_is_not_shown_as_that_of_another_revision(visits: Visits, site: Site) -> None:
    new, old = newest_and_oldest_tag(site)
    page = opened(visits, site)
    code = page.get_by_test_id("code")
    expect(code).to_contain_text(f":{new}")
    waiting = Held(page, "ReadFile")
    running = page.get_by_label("Revision").locator("optgroup[label=Running] option")
    with page.expect_request(re.compile("/ReadFile")):
        page.get_by_label("Revision").select_option(running.first.get_attribute("value"))
    expect(page.get_by_text("Loading the file", exact=True)).to_have_count(1)
    expect(code).to_have_count(0)
    waiting.let_go()
    expect(code).to_contain_text(f":{old}")


def test_a_comparison_is_not_shown_as_that_of_other_revisions(visits: Visits, site: Site) -> None:
    page = opened(visits, site)
    since = page.get_by_label("Changes since")
    since.select_option(since.locator("optgroup[label=Running] option").first.get_attribute("value"))
    files = page.get_by_test_id("diff-file")
    expect(files.filter(has_text="compose.yaml")).to_be_visible()
    waiting = Held(page, "CompareRevisions")
    with page.expect_request(re.compile("/CompareRevisions")):
        since.select_option(since.locator("optgroup[label=Commits] option").first.get_attribute("value"))
    comparing = page.get_by_text("Comparing the files", exact=True)
    expect(comparing).to_have_count(1)
    expect(files).to_have_count(0)
    waiting.let_go()
    expect(comparing).to_have_count(0)


@pytest.mark.parametrize("device", Device)
def test_a_line_stays_where_its_number_was_pressed(visits: Visits, site: Site, device: Device) -> None:
    """In a file that is longer than the window: what is below the pointer is still there for a second press."""
    long = next(service.name for service in site.services if service.is_plain and len(service.app.beside) > 1)
    window = {**SCREENS[device]["viewport"], "height": 480}
    page = visits.signed_in(site.url, site.token("viewer"), device=device, viewport=window)
    page.goto(f"/services/{long}/files?file=compose.yaml#L11")
    settle(page)
    code = page.get_by_test_id("code")
    number = code.locator(".cm-lineNumbers .cm-gutterElement", has_text=re.compile("^14$"))
    expect(code.locator(".cm-marked")).to_contain_text("x-simulate:")
    page.evaluate(PAINTED)  # the line of the address is in the middle
    expect(number).to_be_in_viewport()
    before = number.bounding_box()
    assert before is not None
    page.mouse.click(before["x"] + before["width"] / 2, before["y"] + before["height"] / 2)
    expect(page).to_have_url(re.compile("#L14$"))
    expect(code.locator(".cm-marked")).to_contain_text("restart:")
    page.evaluate(PAINTED)
    assert number.bounding_box() == before


def test_a_line_has_an_address(visits: Visits, site: Site) -> None:
    page = opened(visits, site, "?file=compose.yaml#L3")
    code = page.get_by_test_id("code")
    expect(code.locator(".cm-marked")).to_contain_text("image:")
    code.locator(".cm-lineNumbers .cm-gutterElement", has_text=re.compile("^4$")).click()
    expect(page).to_have_url(re.compile("#L4$"))
    expect(code.locator(".cm-marked")).to_contain_text("restart:")


def test_a_file_that_is_not_there_is_said_to_be_missing(visits: Visits, site: Site) -> None:
    page = opened(visits, site, "?file=gone.yaml")
    expect(page.get_by_text("There is no file gone.yaml at this revision")).to_be_visible()
