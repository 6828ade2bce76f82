"""Charts of what was used: whose each line is, what the marks stand for, and that they keep up."""

import re
import time

import pytest
from playwright.sync_api import Locator, Page, Request, expect

from tests.web.findings import Findings
from tests.web.looking import Device, Theme
from tests.web.simulated_site import Site
from tests.web.test_stream import show
from tests.web.visits import Visits, settle

BOTH = pytest.mark.parametrize("device", Device)
STROKES = "lines => lines.map((line) => getComputedStyle(line).stroke)"


def opened(visits: Visits, site: Site, path: str, device: Device = Device.DESKTOP) -> Page:
    page = visits.signed_in(site.url, site.token("admin"), device=device)
    page.goto(path)
    settle(page)
    return page


def chart(page: Page, label: str) -> Locator:
    return page.get_by_role("figure").filter(has_text=label)


@BOTH
def test_a_service_has_a_line_on_each_node_with_its_name_and_a_colour_of_its_own(
    visits: Visits, site: Site, device: Device
) -> None:
    page = opened(visits, site, f"/services/{site.rollout}/stats", device)
    expect(page.get_by_role("figure")).to_have_count(6)
    processor = chart(page, "CPU, of one processor")
    for node in site.nodes:
        expect(processor).to_contain_text(f"{site.rollout}-app-1 on {node}")
    swatches = processor.locator("figcaption svg line")
    expect(swatches).to_have_count(len(site.nodes))
    for theme in Theme:
        page.emulate_media(color_scheme=theme.value)
        assert len(set(swatches.evaluate_all(STROKES))) == len(site.nodes), theme


@BOTH
def test_a_mark_says_which_deployment_it_is_and_a_press_beside_it_opens_that(
    visits: Visits, site: Site, device: Device
) -> None:
    # in a week all that this site has done is a few pixels wide, at the right
    page = opened(visits, site, f"/services/{site.rollout}/stats?range=7d", device)
    expect(page.get_by_role("link", name=f"Deploy {site.paused_deployment}", exact=True)).to_be_visible()
    processor = chart(page, "CPU, of one processor")
    plot = processor.locator(".u-over")
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box
    x, y = box["x"] + box["width"] - 10, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    said = processor.get_by_text(re.compile(r"^Deploy d\d+ by .+, [a-z ]+$"))
    expect(said).to_be_visible()
    deployment = said.inner_text().split()[1]
    if device is Device.PHONE:
        page.touchscreen.tap(x, y)
    else:
        page.mouse.click(x, y)
    expect(page).to_have_url(re.compile(f"/deployments/{deployment}$"))


def test_charts_go_on_when_the_clock_of_their_reader_is_set_back(visits: Visits, site: Site) -> None:
    page = visits.signed_in(site.url, site.token("admin"))
    page.clock.install()
    page.goto(f"/services/{site.running}/stats")
    settle(page)
    expect(page.get_by_role("figure")).to_have_count(6)
    page.clock.set_system_time(time.time() - 3600)
    with page.expect_request("**/QueryUsage**"):
        page.clock.run_for(16_000)


def test_the_last_hour_is_asked_for_once_and_again_when_a_hidden_tab_is_seen(
    visits: Visits, site: Site, findings: Findings
) -> None:
    findings.expect("ERR_ABORTED")
    page = visits.signed_in(site.url, site.token("admin"))
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request) if "/QueryUsage" in request.url else None)
    page.clock.install()
    with page.expect_response("**/QueryUsage**"):
        page.goto("/services")
    settle(page)
    assert len(asked) == 1

    show(page, hidden=True)
    page.clock.run_for(31_000)
    expect(page.get_by_test_id("link").first).to_contain_text("Resting")
    assert len(asked) == 1, "nothing is asked for while nobody looks"

    with page.expect_response("**/QueryUsage**"):
        show(page, hidden=False)
    settle(page)
    assert len(asked) == 2
