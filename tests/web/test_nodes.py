"""Nodes: what they use and have, what is done to them, and how one more comes."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.joining import join_string, start_host
from tests.web.looking import Device
from tests.web.simulated_site import Site
from tests.web.visits import Visits, settle

BOTH = pytest.mark.parametrize("device", Device)


def opened(visits: Visits, site: Site, path: str, device: Device = Device.DESKTOP, role: str = "admin") -> Page:
    page = visits.signed_in(site.url, site.token(role), device=device)
    page.goto(path)
    settle(page)
    return page


def rows(page: Page) -> Locator:
    """The nodes that are shown."""
    return page.get_by_test_id("node")


def row(page: Page, name: str) -> Locator:
    """That of a node."""
    return rows(page).filter(has=page.get_by_text(name, exact=True))


def names(page: Page) -> Locator:
    """Those of the nodes that are shown, from top to bottom."""
    return rows(page).locator("[data-open]")


@BOTH
def test_each_node_says_what_it_uses(visits: Visits, site: Site, device: Device) -> None:
    page = opened(visits, site, "/nodes", device)
    for name in site.nodes:
        node = row(page, name)
        expect(node).to_contain_text("online")
        expect(node).to_contain_text(re.compile(r"[0-9.]+%"))
        expect(node).to_contain_text(re.compile("[0-9]+ of [0-9]+"))


@BOTH
def test_nodes_are_found_by_words_and_states_and_the_address_shows_the_same(
    visits: Visits, site: Site, device: Device
) -> None:
    _, other, here, *_ = site.nodes
    page = opened(visits, site, "/nodes", device)
    field = page.get_by_role("searchbox", name="Filter nodes")
    online = page.get_by_role("button", name=re.compile(r"^\s*online\s+\d+", re.IGNORECASE))
    field.fill("disk=hdd zone=a docker")
    online.click()
    expect(row(page, here)).to_be_visible()
    expect(rows(page)).to_have_count(1)
    expect(page).to_have_url(re.compile(r"/nodes[?]q=disk%3Dhdd[+]zone%3Da[+]docker&state=online$"))

    row(page, here).get_by_role("link", name=here, exact=True).click()
    expect(page).to_have_url(re.compile(f"/nodes/{here}$"))
    page.go_back()
    for _ in ("after the way back", "after a reload"):
        expect(field).to_have_value("disk=hdd zone=a docker")
        expect(online).to_have_attribute("aria-pressed", "true")
        expect(rows(page)).to_have_count(1)
        page.reload()

    field.fill("nothing-is-called-so")
    expect(page.get_by_text("No node matches")).to_be_visible()
    page.get_by_role("button", name="Show all").click()
    expect(row(page, other)).to_be_visible()
    expect(page).to_have_url(re.compile("/nodes$"))


def test_nodes_are_sorted_by_names_and_by_what_they_use(visits: Visits, site: Site) -> None:
    _, first, _, last = site.nodes
    page = opened(visits, site, "/nodes?q=zone%3Db")
    expect(names(page)).to_have_text([first, last])
    head = page.get_by_role("columnheader", name="Node", exact=True)
    expect(head).to_have_attribute("aria-sort", "ascending")
    head.get_by_role("button").click()
    expect(names(page)).to_have_text([last, first])
    expect(head).to_have_attribute("aria-sort", "descending")
    memory = page.get_by_role("columnheader", name="Memory", exact=True)
    memory.get_by_role("button").click()
    expect(memory).to_have_attribute("aria-sort", "descending")
    expect(page).to_have_url(re.compile("&sort=memory$"))


def test_a_phone_sorts_nodes_by_a_menu(visits: Visits, site: Site) -> None:
    _, first, _, last = site.nodes
    page = opened(visits, site, "/nodes?q=zone%3Db", Device.PHONE)
    page.get_by_role("button", name="Sort", exact=True).click()
    page.get_by_role("menuitemcheckbox", name="Node", exact=True).click()
    expect(page).to_have_url(re.compile("&sort=-name$"))
    expect(names(page)).to_have_text([last, first])


def test_keys_lead_from_the_filter_to_what_it_found(visits: Visits, site: Site) -> None:
    name = site.nodes[1]
    page = opened(visits, site, "/nodes")
    field = page.get_by_role("searchbox", name="Filter nodes")
    page.keyboard.press("/")
    expect(field).to_be_focused()
    field.fill(name)
    expect(rows(page)).to_have_count(1)
    field.press("Enter")
    expect(page.get_by_role("link", name=name, exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/nodes/{name}$"))


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


def test_a_node_that_only_comes_back_is_not_greeted_as_a_new_one(visits: Visits, site: Site) -> None:
    page = opened(visits, site, "/nodes")
    returner = row(page, "returner")
    start_host(site.fleet, "returner", "--join", join_string(site.fleet, "--node", "returner"))
    expect(returner).to_contain_text("online", timeout=60_000)
    page.get_by_role("button", name="Add a node").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Make the command").click()
    expect(dialog).to_contain_text("Waiting for the node to arrive")
    site.fleet.kill("agent-returner")
    expect(returner).to_contain_text(re.compile("disconnected|offline"))
    start_host(site.fleet, "returner")
    expect(returner).to_contain_text("online", timeout=60_000)
    expect(dialog).to_contain_text("Waiting for the node to arrive")
    expect(page.get_by_test_id("arrived")).to_have_count(0)
    site.fleet.kill("agent-returner")


def test_the_way_back_does_not_ask_for_another_node_again(visits: Visits, site: Site) -> None:
    page = opened(visits, site, "/nodes?add")
    expect(page.get_by_role("dialog", name="Add a node")).to_be_visible()
    expect(page).to_have_url(re.compile("/nodes$"))
    page.keyboard.press("Escape")
    page.get_by_role("navigation", name="Places").get_by_role("link", name=re.compile("^Tasks")).click()
    expect(page).to_have_url(re.compile("/tasks$"))
    settle(page)
    page.go_back()
    expect(page.get_by_role("heading", level=1, name="Nodes")).to_be_visible()
    settle(page)
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("/")  # keys do nothing below a dialog
    expect(page.get_by_role("searchbox", name="Filter nodes")).to_be_focused()


@BOTH
def test_an_object_of_a_node_says_which_containers_have_it(visits: Visits, site: Site, device: Device) -> None:
    service = next(one for one in site.services if one.name == site.running)
    page = opened(visits, site, f"/nodes/{service.nodes[0]}/volumes?q={service.name}_data", device)
    volume = page.get_by_role("main").get_by_role("listitem")
    expect(volume).to_have_count(1)
    expect(volume).to_contain_text("1 container")
    expect(volume).not_to_contain_text(f"{service.name}-app-1")
    volume.get_by_role("button", name=f"Details of {service.name}_data").click()
    expect(volume.get_by_role("definition")).to_have_text([f"{service.name}-app-1"])


def test_the_filter_of_objects_is_in_the_address(visits: Visits, site: Site) -> None:
    page = opened(visits, site, f"/nodes/{site.nodes[0]}/networks?q=no-network-is-called-so")
    field = page.get_by_role("searchbox", name="Filter networks")
    expect(page.get_by_text("Nothing is like that")).to_be_visible()
    page.keyboard.press("/")
    expect(field).to_be_focused()
    field.fill("bridge")
    expect(page.get_by_role("button", name="Details of bridge", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile("/networks[?]q=bridge$"))
    page.get_by_role("link", name="Overview", exact=True).click()
    expect(page).to_have_url(re.compile(f"/nodes/{site.nodes[0]}$"))
    page.go_back()
    expect(field).to_have_value("bridge")


@pytest.mark.parametrize("part", ["images", "volumes", "networks"])
def test_keys_go_through_objects_and_open_them(visits: Visits, site: Site, part: str) -> None:
    page = opened(visits, site, f"/nodes/{site.nodes[0]}/{part}")
    details = page.get_by_role("button", name=re.compile("^Details of "))
    for key, at in (("j", 0), ("j", 1), ("k", 0)):
        page.keyboard.press(key)
        expect(details.nth(at)).to_be_focused()
    page.keyboard.press("Enter")
    expect(details.nth(0)).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_role("main").get_by_role("term").filter(has_text="Containers")).to_have_count(1)


@BOTH
def test_a_container_of_no_service_says_as_much_as_others(visits: Visits, site: Site, device: Device) -> None:
    page = opened(visits, site, f"/nodes/{site.nodes[0]}/containers", device)
    more = page.get_by_role("button", name="More about agent", exact=True)
    container = page.get_by_test_id("container").filter(has=more)
    expect(container).to_contain_text("running")
    expect(container).to_contain_text("portainer/agent:")
    expect(container.get_by_role("time")).to_be_visible()
    more.click()
    expect(page.get_by_role("menuitem")).to_have_text(["Copy the name", "Copy the id"])


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
