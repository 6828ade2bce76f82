"""Nodes: what they use and have, what is done to them, and how one more comes."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.web.looking import Device
from tests.web.simulated_site import Site
from tests.web.visits import Visits, settle

BOTH = pytest.mark.parametrize("device", Device)


def opened(visits: Visits, site: Site, path: str, device: Device = Device.DESKTOP, role: str = "admin") -> Page:
    page = visits.signed_in(site.url, site.token(role), device=device)
    page.goto(path)
    settle(page)
    return page


@BOTH
def test_each_node_says_what_it_uses(visits: Visits, site: Site, device: Device) -> None:
    page = opened(visits, site, "/nodes", device)
    for name in site.nodes:
        node = page.get_by_test_id("node").filter(has=page.get_by_role("link", name=name, exact=True))
        expect(node).to_contain_text("online")
        expect(node).to_contain_text(re.compile(r"[0-9.]+%"))
        expect(node).to_contain_text(re.compile("[0-9]+ of [0-9]+"))


@BOTH
def test_a_node_is_paused_and_resumed(visits: Visits, site: Site, device: Device) -> None:
    name = site.nodes[-1]
    page = opened(visits, site, f"/nodes/{name}", device)
    page.get_by_role("button", name=f"More actions for {name}").click()
    page.get_by_role("menuitem", name="Pause").click()
    expect(page.get_by_role("main")).to_contain_text("No task begins here, since")
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_role("button", name="Resume")).to_have_count(0)


def test_keys_reach_all_views_and_actions_of_a_node(visits: Visits, site: Site) -> None:
    name = site.nodes[1]
    page = opened(visits, site, f"/nodes/{name}", Device.DESKTOP)
    for key, path in {"2": "/containers", "3": "/images", "4": "/volumes", "5": "/networks", "1": ""}.items():
        page.keyboard.press(key)
        expect(page).to_have_url(re.compile(f"/nodes/{name}{path}$"))
    for key, title in {"d": "Drain", "P": "Prune"}.items():
        page.keyboard.press(key)
        expect(page.get_by_role("dialog", name=title)).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_node_is_asked_again_for_what_it_has(visits: Visits, site: Site) -> None:
    page = opened(visits, site, f"/nodes/{site.nodes[0]}/volumes", role="viewer")
    expect(page.get_by_role("main")).to_contain_text(re.compile(r"asked\s+(now|.* ago)"))
    with page.expect_response("**/ListVolumes**") as answered:
        page.get_by_role("button", name="Ask the node again").click()
    assert answered.value.ok


def test_a_prune_says_first_what_it_will_remove(visits: Visits, site: Site) -> None:
    name = site.nodes[0]
    page = opened(visits, site, f"/nodes/{name}/images?unused", Device.DESKTOP)
    unused = page.get_by_role("listitem").filter(has_text="unused")
    expect(unused.first).to_be_visible()
    number = unused.count()
    page.get_by_role("button", name="Prune…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("All unused images").check()
    expect(dialog.get_by_role("list", name="Images to remove").get_by_role("listitem")).to_have_count(number)
    expect(dialog).to_contain_text("never a volume")


def test_a_node_is_greeted_and_shows_no_old_readings_once_it_is_away(visits: Visits, site: Site) -> None:
    page = opened(visits, site, "/nodes")
    page.get_by_role("button", name="Add a node").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name of the node").fill("newcomer")
    dialog.get_by_role("button", name="Make the command").click()
    command = dialog.get_by_text(re.compile("^composia agent --join ")).inner_text()
    data = site.fleet.directory / "newcomer"
    (site.fleet.directory / "newcomer.yaml").write_text("executor: {provider: simulated}\n")
    arguments = ["--config", str(site.fleet.directory / "newcomer.yaml"), "--data", str(data)]
    site.fleet.start("agent-newcomer", *command.split()[1:], *arguments)
    expect(page.get_by_test_id("arrived")).to_contain_text("newcomer has arrived", timeout=60_000)
    page.goto("/nodes/newcomer")
    expect(page.get_by_role("main")).to_contain_text(re.compile(r"\bup \d"))
    site.fleet.kill("agent-newcomer")
    expect(page.get_by_role("main")).not_to_contain_text(re.compile(r"\bup \d"))


@BOTH
def test_a_viewer_sees_a_node_and_nothing_that_changes_it(visits: Visits, site: Site, device: Device) -> None:
    page = opened(visits, site, f"/nodes/{site.nodes[0]}/images", device, role="viewer")
    expect(page.get_by_role("main").get_by_role("listitem").first).to_be_visible()
    for name in (re.compile("^More actions"), "Prune…", "Resume"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    page.goto("/nodes")
    settle(page)
    expect(page.get_by_role("button", name="Add a node")).to_have_count(0)


def test_charts_show_the_time_that_is_chosen(visits: Visits, site: Site) -> None:
    page = opened(visits, site, f"/nodes/{site.nodes[0]}")
    expect(page.get_by_role("figure").first.locator("canvas")).to_be_visible()
    page.get_by_role("link", name="24h").click()
    expect(page).to_have_url(re.compile("range=24h$"))
    expect(page.get_by_role("figure")).to_have_count(4)
