"""The tasks of a node and those of many: what runs and waits is filtered as the history is, and many are folded."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.web.looking import Device
from tests.web.simulated_site import Site, simulated_site
from tests.web.visits import Visits, settle

BOTH = pytest.mark.parametrize("device", Device)


@pytest.fixture(scope="module")
def held() -> Iterator[Site]:
    """A site whose nodes are paused, with two dozen services to deploy there."""
    with simulated_site(count=30, nodes=2) as site:
        for node in site.nodes:
            site.fleet.cli("node", "pause", node)
        plain = [service.name for service in site.services if service.is_plain]
        site.fleet.cli("deploy", *plain, "--detach")
        yield site


def opened(visits: Visits, site: Site, path: str, device: Device = Device.DESKTOP) -> Page:
    page = visits.signed_in(site.url, site.token("viewer"), device=device)
    page.goto(path)
    settle(page)
    return page


def rows(page: Page, region: str) -> Locator:
    return page.get_by_role("region", name=region).get_by_test_id("task-row")


@BOTH
def test_what_runs_and_waits_is_filtered_too(visits: Visits, site: Site, device: Device) -> None:
    there = next(service.nodes[0] for service in site.services if service.name == site.deploying)
    elsewhere = next(node for node in site.nodes if node != there)
    page = opened(visits, site, f"/tasks?node={there}", device)
    expect(rows(page, "Running").filter(has_text=site.deploying)).to_be_visible()
    expect(rows(page, "Waiting").filter(has_text=f"Restart {site.deploying}")).to_be_visible()
    expect(page.get_by_test_id("task-row").filter(has_not_text=there)).to_have_count(0)
    page.get_by_label("Node", exact=True).select_option(elsewhere)
    expect(page).to_have_url(re.compile(f"node={elsewhere}$"))
    expect(page.get_by_test_id("task-row").filter(has_text=site.deploying)).to_have_count(0)
    expect(page.get_by_role("region", name="Running")).to_be_visible()
    page.get_by_role("search", name="Tasks").get_by_role("button", name="Failed").click()
    expect(page.get_by_role("region", name="Running")).to_have_count(0)


@BOTH
def test_many_that_wait_are_folded(visits: Visits, held: Site, device: Device) -> None:
    page = opened(visits, held, "/tasks", device)
    waiting = rows(page, "Waiting")
    expect(waiting).to_have_count(20)
    more = page.get_by_role("button", name=re.compile("^[0-9]+ more$"))
    hidden = int(more.inner_text().split()[0])
    more.click()
    expect(waiting).to_have_count(20 + hidden)
    expect(more).to_have_count(0)
    expect(waiting.nth(20).locator("[data-open]")).to_be_focused()


@BOTH
def test_a_node_says_what_waits_for_it_and_why(visits: Visits, held: Site, device: Device) -> None:
    node = held.nodes[0]
    name = next(service.name for service in held.services if service.is_plain and service.nodes == (node,))
    page = opened(visits, held, f"/nodes/{node}", device)
    task = page.get_by_test_id("node-task").filter(has=page.get_by_role("link", name=f"Deploy {name}", exact=True))
    expect(task).to_contain_text("waiting")
    expect(task).to_contain_text(f"{node} is paused by")
    page.get_by_role("link", name="All its tasks").click()
    expect(page).to_have_url(re.compile(f"/tasks[?]node={node}$"))
    expect(rows(page, "Waiting").filter(has_text=f"Deploy {name}")).to_be_visible()


@BOTH
def test_the_facts_of_a_task_write_moments_out(visits: Visits, site: Site, device: Device) -> None:
    page = opened(visits, site, f"/tasks/{site.failed_task}", device)
    moments = page.get_by_role("definition").filter(has_text=re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"))
    expect(moments).to_have_count(3)  # stored, begun and ended
