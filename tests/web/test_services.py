"""The list of services, in a browser: what it says of each, and how one finds, chooses and does something with some of them."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.web.looking import Device
from tests.web.simulated_site import Site
from tests.web.visits import Visits, settle

BOTH = pytest.mark.parametrize("device", Device)


def opened(page: Page, search: str = "") -> Page:
    """The list, once it is live."""
    page.goto(f"/services{search}")
    settle(page)
    return page


def rows(page: Page) -> Locator:
    """The services that are shown."""
    return page.get_by_role("table", name="Services").get_by_role("row").filter(has=page.get_by_role("rowheader"))


def row(page: Page, name: str) -> Locator:
    """That of a service."""
    return rows(page).filter(has=page.get_by_role("link", name=name, exact=True))


def names(page: Page) -> list[str]:
    """Of the services that are shown, from top to bottom."""
    return rows(page).get_by_role("rowheader").get_by_role("link").all_inner_texts()


def plain(site: Site) -> list[str]:
    """Services that are well and that nothing is done with elsewhere."""
    return [service.name for service in site.services if service.is_plain][-3:]


def choose(page: Page, menu: str, item: str) -> None:
    """Choose an item of a menu that stays open, and close that."""
    page.get_by_role("button", name=re.compile(menu)).click()
    page.get_by_role("menuitemcheckbox", name=item).click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("menu")).to_have_count(0)


def sort_by(page: Page, device: Device, column: str) -> None:
    """Sort by a column: by its head, or where there are no heads by the menu."""
    if device is Device.PHONE:
        choose(page, "^Sort$", column)
    else:
        page.get_by_role("columnheader", name=column).get_by_role("button").click()


def test_a_row_says_where_a_service_runs_and_of_what(page: Page, site: Site) -> None:
    opened(page, f"?q={site.running}")
    here = row(page, site.running)
    expect(here).to_contain_text("running")
    expect(here).to_contain_text(re.compile(r"\d of \d"))
    expect(here.get_by_role("link", name=re.compile(f"^({'|'.join(site.nodes)})$"))).to_be_visible()
    expect(here.get_by_role("link", name=re.compile(r"^\d+$")).first).to_have_attribute(
        "href", re.compile(r"^http://127\.0\.0\.1:\d+$")
    )


def test_a_row_says_how_far_behind_git_it_is_and_how_its_last_deployment_ended(page: Page, site: Site) -> None:
    opened(page, f"?q={site.running}")
    here = row(page, site.running)
    expect(here).to_contain_text(re.compile(r"\d+ commits? behind"))
    expect(here.locator('a[href^="/deployments/d"]')).to_contain_text("succeeded")


def test_a_row_shows_what_is_used_now_and_was_used_in_the_last_hour(page: Page, site: Site) -> None:
    opened(page, f"?q={site.running}")
    here = row(page, site.running)
    expect(here).to_contain_text(re.compile(r"\d%"))
    expect(here).to_contain_text(re.compile(r"\d MiB"))
    for label in ("CPU over the last hour", "Memory over the last hour"):
        expect(here.get_by_role("img", name=label).locator("path").last).to_have_attribute("d", re.compile("L.*L"))


@pytest.mark.parametrize(
    ("which", "state", "reason"),
    [("crashing", "failed", "exit"), ("unhealthy", "failed", "unhealthy"), ("broken", "running", "80800")],
)
def test_what_is_not_well_says_why(page: Page, site: Site, which: str, state: str, reason: str) -> None:
    name = getattr(site, which)
    opened(page, f"?q={name}")
    expect(row(page, name)).to_contain_text(re.compile(f"({state}|degraded)"))
    expect(row(page, name)).to_contain_text(reason)


def test_a_chip_shows_one_state_and_the_address_shows_it_again(page: Page, site: Site) -> None:
    opened(page)
    chip = page.get_by_role("button", name=re.compile(r"^\s*failed\s+\d+", re.IGNORECASE))
    chip.click()
    expect(page).to_have_url(re.compile(r"\?state=failed$"))
    expect(row(page, site.crashing)).to_be_visible()
    expect(row(page, site.running)).to_be_hidden()
    page.reload()
    settle(page)
    expect(chip).to_have_attribute("aria-pressed", "true")
    expect(row(page, site.running)).to_be_hidden()
    page.get_by_role("button", name=re.compile(r"^\s*all\s+\d+", re.IGNORECASE)).click()
    expect(row(page, site.running)).to_be_visible()


def test_the_filter_looks_at_names_nodes_images_labels_and_reasons(page: Page, site: Site) -> None:
    opened(page)
    page.keyboard.press("/")
    field = page.get_by_role("searchbox", name="Filter services")
    expect(field).to_be_focused()
    for text in (site.crashing, "exit", "zone=", site.nodes[0]):
        field.fill(text)
        expect(rows(page).first).to_be_visible()
    field.fill(f"{site.crashing} failed")
    expect(rows(page)).to_have_count(1)
    field.fill("nothing-is-called-so")
    expect(page.get_by_text("No service matches")).to_be_visible()
    page.get_by_role("button", name="Show all").click()
    expect(row(page, site.running)).to_be_visible()
    expect(page).to_have_url(re.compile(r"/services$"))


def test_the_list_is_sorted_by_any_column_either_way_round(page: Page) -> None:
    opened(page)
    head = page.get_by_role("columnheader", name="Service")
    expect(head).to_have_attribute("aria-sort", "ascending")
    first = names(page)[0]
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "descending")
    expect(rows(page).last).to_contain_text(first)
    page.get_by_role("columnheader", name="Memory").get_by_role("button").click()
    expect(page.get_by_role("columnheader", name="Memory")).to_have_attribute("aria-sort", "descending")
    expect(page).to_have_url(re.compile(r"\?sort=memory$"))


def test_the_list_is_grouped_by_a_label_of_nodes(page: Page) -> None:
    opened(page)
    choose(page, "^Group", "By label zone")
    expect(page.get_by_role("button", name=re.compile("^zone: a"))).to_be_visible()
    expect(page).to_have_url(re.compile("group=label:zone"))
    page.get_by_role("button", name=re.compile("^zone: a")).click()
    expect(page.get_by_role("button", name=re.compile("^zone: a"))).to_have_attribute("aria-expanded", "false")


def test_what_is_unfolded_is_filtered_too(page: Page, site: Site) -> None:
    opened(page, f"?group=state&q={site.running}")
    others = page.get_by_role("rowheader").filter(has_not_text=site.running)
    expect(row(page, site.running)).to_be_visible()
    expect(others).to_have_count(0)
    running = page.get_by_role("button", name=re.compile("^running", re.IGNORECASE), expanded=True)
    running.click()
    expect(row(page, site.running)).to_have_count(0)
    page.get_by_role("button", name=re.compile("^running", re.IGNORECASE), expanded=False).click()
    expect(row(page, site.running)).to_be_visible()
    expect(others).to_have_count(0)


def test_what_is_folded_in_one_grouping_is_there_in_another(page: Page, site: Site) -> None:
    opened(page, "?group=node")
    nowhere = page.get_by_role("button", name=re.compile("^on no node"))
    nowhere.click()
    expect(nowhere).to_have_attribute("aria-expanded", "false")
    choose(page, "^Group", "By label zone")
    expect(page.get_by_role("button", name=re.compile("^without zone"))).to_have_attribute("aria-expanded", "true")
    choose(page, "^Group", "Not grouped")
    expect(row(page, site.running)).to_be_visible()


def test_columns_are_chosen_and_remembered(page: Page) -> None:
    """Who has chosen all of them again shows all of them to whoever gets the link."""
    opened(page)
    image = page.get_by_role("columnheader", name="Image")
    choose(page, "^Columns$", "Image")
    expect(image).to_have_count(0)
    opened(page)
    expect(page.get_by_role("columnheader", name="Memory")).to_be_visible()
    expect(image).to_have_count(0)
    choose(page, "^Columns$", "Image")
    expect(image).to_be_visible()
    expect(page).to_have_url(re.compile(r"/services\?columns=all$"))


def test_keys_go_through_the_list_and_open_a_service(page: Page) -> None:
    opened(page)
    shown = names(page)
    for key in ("j", "j", "ArrowDown", "k"):
        page.keyboard.press(key)
    expect(rows(page).get_by_role("link", name=shown[1], exact=True)).to_be_focused()
    page.keyboard.press("x")
    expect(page.get_by_role("checkbox", name=f"Choose {shown[1]}", exact=True)).to_be_checked()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog").get_by_text("Open the service")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/services/{shown[1]}$"))


def test_single_keys_are_switched_off(page: Page) -> None:
    """For those who speak to the computer; what has a Ctrl, and the key of the help, stay."""
    opened(page)
    page.keyboard.press("?")
    page.get_by_role("dialog").get_by_role("switch", name="Single keys").uncheck()
    page.keyboard.press("Escape")
    opened(page)
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox", name="Filter services")).not_to_be_focused()
    page.keyboard.press("Control+k")
    expect(page.get_by_role("dialog", name="Search or run")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    page.get_by_role("dialog").get_by_role("switch", name="Single keys").check()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox", name="Filter services")).to_be_focused()


def test_a_service_opens_at_its_top_and_back_leads_to_its_row(visits: Visits, site: Site) -> None:
    page = visits.signed_in(site.url, site.token("viewer"), device=Device.PHONE)
    opened(page)
    name = rows(page).nth(180).get_by_role("rowheader").get_by_role("link").text_content() or ""
    link = rows(page).get_by_role("link", name=name, exact=True)
    link.click()
    expect(page).to_have_url(re.compile(f"/services/{name}$"))
    settle(page)
    expect(page.get_by_role("heading", level=1, name=name, exact=True)).to_be_in_viewport()
    page.go_back()
    expect(link).to_be_in_viewport()


@BOTH
def test_back_leads_to_the_list_as_it_was(visits: Visits, site: Site, device: Device) -> None:
    page = opened(visits.signed_in(site.url, site.token("viewer"), device=device))
    field = page.get_by_role("searchbox", name="Filter services")
    field.fill(site.running)
    sort_by(page, device, "Memory")
    choose(page, "^Group", "By node")
    search = f"[?]q={site.running}&sort=memory&group=node$"
    expect(page).to_have_url(re.compile(f"/services{search}"))
    row(page, site.running).get_by_role("link", name=site.running, exact=True).click()
    expect(page).to_have_url(re.compile(f"/services/{site.running}$"))
    settle(page)
    page.go_back()
    expect(field).to_have_value(site.running)
    expect(page.get_by_role("button", name="Group: by node")).to_be_visible()
    expect(page).to_have_url(re.compile(search))
    # what is chosen next comes to what there was
    sort_by(page, device, "Memory")
    expect(page).to_have_url(re.compile(f"[?]q={site.running}&sort=-memory&group=node$"))


def test_what_is_chosen_is_restarted_together_with_one_message(page: Page, site: Site) -> None:
    opened(page)
    chosen = plain(site)
    for name in chosen:
        page.get_by_role("checkbox", name=f"Choose {name}", exact=True).check()
    bar = page.get_by_role("toolbar", name="Chosen services")
    expect(bar).to_contain_text("3 services chosen")
    bar.get_by_role("button", name="Restart").click()
    dialog = page.get_by_role("dialog")
    for name in chosen:
        expect(dialog).to_contain_text(name)
    dialog.get_by_role("button", name="Restart").click()
    expect(page.get_by_text("3 services restarted")).to_have_count(1)


def test_shift_chooses_all_between(page: Page) -> None:
    opened(page)
    boxes = rows(page).get_by_role("checkbox")
    bar = page.get_by_role("toolbar", name="Chosen services")
    boxes.nth(1).click()
    for last in (4, 3):  # what is chosen already stays so, and is seen to be
        boxes.nth(last).click(modifiers=["Shift"])
        expect(bar).to_contain_text("4 services chosen")
        for number in range(1, 5):
            expect(boxes.nth(number)).to_be_checked()
    page.keyboard.press("Escape")
    expect(bar).to_have_count(0)


def test_shift_stays_below_the_heading_where_it_is_pressed(page: Page, site: Site) -> None:
    """A service that is on all nodes is below each heading."""
    opened(page, "?group=node")
    below = page.get_by_role("table", name="Services").get_by_role("rowgroup").nth(len(site.nodes) - 1)
    first = below.get_by_role("row").filter(has=page.get_by_role("link", name=site.rollout, exact=True))
    first.get_by_role("checkbox").click()
    first.locator("xpath=following-sibling::*[1]").get_by_role("checkbox").click(modifiers=["Shift"])
    expect(page.get_by_role("toolbar", name="Chosen services")).to_contain_text("2 services chosen")


def test_where_nothing_is_shown_nothing_is_ticked(page: Page) -> None:
    opened(page, "?q=nothing-is-called-so")
    box = page.get_by_role("checkbox", name="Choose all that are shown")
    box.click()
    expect(box).not_to_be_checked()


def test_all_that_is_shown_is_chosen_at_once(page: Page) -> None:
    opened(page, "?state=failed")
    count = len(names(page))
    page.get_by_role("checkbox", name="Choose all that are shown").check()
    expect(page.get_by_role("toolbar", name="Chosen services")).to_contain_text(f"{count} services chosen")


def test_a_viewer_is_offered_nothing_that_changes(visits: Visits, site: Site) -> None:
    page = opened(visits.signed_in(site.url, site.token("viewer")), f"?q={site.running}")
    page.get_by_role("button", name=f"What to do with {site.running}", exact=True).click()
    expect(page.get_by_role("menuitem", name="Logs")).to_be_visible()
    for name in ("Deploy", "Stop", "Start", "Restart", "Take down"):
        expect(page.get_by_role("menuitem", name=name, exact=True)).to_have_count(0)
    page.keyboard.press("Escape")
    page.get_by_role("checkbox", name=f"Choose {site.running}", exact=True).check()
    bar = page.get_by_role("toolbar", name="Chosen services")
    expect(bar.get_by_role("button")).to_have_count(1)


def test_a_phone_shows_as_much_in_cards(visits: Visits, site: Site) -> None:
    page = visits.signed_in(site.url, site.token("admin"), device=Device.PHONE)
    opened(page, f"?q={site.running}")
    here = row(page, site.running)
    for text in (r"\d of \d", r"commits? behind", r"\d%", r"\d MiB", "running"):
        expect(here).to_contain_text(re.compile(text))
    # which the head of a table says there
    deployed = here.locator('a[href^="/deployments/d"]')
    expect(deployed).to_have_text(re.compile(r"(deploy|stop|start|restart)\s*\d+ \w+ ago$"), use_inner_text=True)
    box = here.bounding_box()
    assert box is not None
    assert box["height"] < 140
    assert page.evaluate("document.querySelector('main').scrollWidth <= innerWidth")
    page.get_by_role("button", name="Sort").click()
    expect(page.get_by_role("menuitemcheckbox", name="Memory")).to_be_visible()


def test_a_phone_chooses_all_that_is_shown(visits: Visits, site: Site) -> None:
    page = visits.signed_in(site.url, site.token("admin"), device=Device.PHONE)
    opened(page, "?state=failed")
    count = len(names(page))
    rows(page).first.get_by_role("checkbox").check()
    bar = page.get_by_role("toolbar", name="Chosen services")
    bar.get_by_role("button", name="Choose all shown").click()
    expect(bar).to_contain_text(f"{count} services chosen")
    expect(bar.get_by_role("button", name="Choose all shown")).to_have_count(0)
