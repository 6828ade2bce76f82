"""What is done to several services together: shown before, counted meanwhile, and summed up at the end, in one message."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.web.looking import Device
from tests.web.simulated_site import Site
from tests.web.visits import Visits, settle

BOTH = pytest.mark.parametrize("device", Device)


def plain(site: Site, *numbers: int) -> list[str]:
    """Services that are well; each third is a commit or two behind."""
    names = [service.name for service in site.services if service.is_plain]
    return [names[number] for number in numbers]


def chosen(
    visits: Visits, site: Site, names: list[str], device: Device = Device.DESKTOP, role: str = "admin"
) -> tuple[Page, Locator]:
    """The list with these services chosen, and what may be done with them."""
    page = visits.signed_in(site.url, site.token(role), device=device)
    page.goto("/services")
    settle(page)
    for name in names:
        page.get_by_role("checkbox", name=f"Choose {name}", exact=True).check()
    bar = page.get_by_role("toolbar", name="Chosen services")
    expect(bar).to_contain_text(f"{len(names)} service")
    return page, bar


def message(page: Page) -> Locator:
    return page.get_by_test_id("notice")


def restart(page: Page, bar: Locator) -> None:
    bar.get_by_role("button", name="Restart").click()
    page.get_by_role("dialog").get_by_role("button", name="Restart").click()


@BOTH
def test_a_deploy_of_several_shows_what_changes_of_each_and_deploys_that(
    visits: Visits, small: Site, device: Device
) -> None:
    names = plain(small, 0, 3, 7) if device is Device.DESKTOP else plain(small, 6, 9, 8)
    page, bar = chosen(visits, small, names, device)
    bar.get_by_role("button", name="Deploy").click()
    dialog = page.get_by_role("dialog", name="Deploy 3 services")
    row = dialog.get_by_role("list", name="Services").locator(":scope > li").filter(has_text=names[1])
    expect(dialog.get_by_test_id("commits")).to_have_count(0)
    row.get_by_text(names[1], exact=True).click()
    expect(row.get_by_test_id("commits")).to_contain_text(f"Update {names[1]} to")
    expect(row.get_by_test_id("diff-file").filter(has_text="compose.yaml")).to_contain_text("image:")
    expect(dialog.get_by_test_id("commits")).to_have_count(1)

    head = small.fleet.git("rev-parse", "HEAD")
    expect(dialog).to_contain_text(f"head of main, {head[:8]}")
    with page.expect_request(re.compile("/Deploy$")) as asked:
        dialog.get_by_role("button", name="Deploy 3 services").click()
    assert head.encode() in (asked.value.post_data_buffer or b""), "a commit that comes now is not deployed"
    expect(message(page)).to_contain_text("3 services deployed")


@pytest.mark.parametrize("number", [1, 2])
def test_a_commit_that_comes_meanwhile_is_said(visits: Visits, small: Site, number: int) -> None:
    names = plain(small, 4, 5)[:number]
    page, bar = chosen(visits, small, names)
    bar.get_by_role("button", name="Deploy").click()
    dialog = page.get_by_role("dialog", name="Deploy")
    said = dialog.get_by_role("status").filter(has_text="A commit has come since this was opened")
    expect(dialog.get_by_role("button", name=re.compile("^Deploy"))).to_be_enabled()
    expect(said).to_have_count(0)
    head = small.fleet.commit("Nothing but a word")
    small.fleet.cli("repo", "sync")
    expect(said).to_contain_text(head[:8])


def test_one_message_counts_what_is_done_and_stays_until_it_is_closed(visits: Visits, small: Site) -> None:
    """One of them waits for a deploy that never ends, until it is cancelled."""
    page, bar = chosen(visits, small, [*plain(small, 1, 2), small.deploying])
    restart(page, bar)
    expect(message(page)).to_contain_text("Restarting 3 services")
    expect(message(page)).to_contain_text("2 of 3 done")

    waits = small.fleet.ask("deployment", "list", "--service", small.deploying, "--open")["deployments"][0]
    small.fleet.cli("deployment", "cancel", waits["id"])
    expect(message(page)).to_contain_text("2 of 3 services restarted")
    expect(message(page)).to_contain_text(f"{small.deploying} cancelled")
    expect(message(page)).to_have_count(1)
    expect(message(page).get_by_role("link")).to_have_attribute("href", f"/deployments/{waits['id']}")
    message(page).get_by_role("button", name="Close this message").click()
    expect(message(page)).to_have_count(0)


def test_what_failed_of_several_is_named_and_led_to(visits: Visits, small: Site) -> None:
    page, bar = chosen(visits, small, [*plain(small, 4, 5), small.failed])
    bar.get_by_role("button", name="Deploy").click()
    page.get_by_role("dialog").get_by_role("button", name="Deploy 3 services").click()
    expect(message(page)).to_contain_text("2 of 3 services deployed")
    expect(message(page)).to_contain_text(re.compile(f"{small.failed} failed: .*it exited with 78"))
    message(page).get_by_role("link", name="Look at it").click()
    expect(page).to_have_url(re.compile("/deployments/d[0-9]+$"))
    expect(page.get_by_role("heading", name=f"Deploy {small.failed}")).to_be_visible()


@BOTH
def test_the_message_lies_above_what_may_be_done_with_what_is_chosen(
    visits: Visits, small: Site, device: Device
) -> None:
    page, bar = chosen(visits, small, plain(small, 8, 10), device)
    restart(page, bar)
    expect(message(page)).to_contain_text("2 services restarted")
    above, below = message(page).bounding_box(), bar.bounding_box()
    assert above is not None
    assert below is not None
    assert above["y"] + above["height"] <= below["y"] + 1


@BOTH
def test_the_logs_of_what_is_chosen_are_in_one_view_for_a_viewer_too(
    visits: Visits, site: Site, device: Device
) -> None:
    names = sorted([site.chatty, site.running])
    page, bar = chosen(visits, site, names, device, role="viewer")
    bar.get_by_role("link", name="Logs").click()
    expect(page).to_have_url(re.compile(rf"/logs\?service={','.join(names)}$"))
    settle(page)
    expect(page.get_by_text(re.compile(rf"^{site.chatty}/app@")).first).to_be_visible()
