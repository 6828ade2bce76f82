"""Settings: tokens, users, sessions, plugins, schedules and health."""

import re

from playwright.sync_api import expect

from tests.web.simulated_site import Site
from tests.web.visits import Visits, settle


def test_a_token_is_made_shown_once_and_revoked(visits: Visits, site: Site) -> None:
    page = visits.signed_in(site.url, site.token("admin"))
    page.goto("/settings/tokens")
    settle(page)
    before = page.get_by_role("button", name=re.compile("^Revoke token"))
    number = before.count()
    page.get_by_role("button", name="New token").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("operator").check()
    dialog.get_by_role("button", name="Make the token").click()
    secret = dialog.get_by_text(re.compile("^cps_")).inner_text()
    dialog.get_by_role("button", name="I have copied it").click()
    expect(before).to_have_count(number + 1)
    expect(page.get_by_text(secret)).to_have_count(0)
    id_ = secret.split("_")[1]
    page.get_by_role("button", name=f"Revoke token {id_}").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke", exact=True).click()
    expect(before).to_have_count(number)


def test_a_secret_is_lost_neither_by_a_drag_nor_by_a_click_beside_it(visits: Visits, site: Site) -> None:
    page = visits.signed_in(site.url, site.token("admin"))
    page.goto("/settings/tokens")
    settle(page)
    page.get_by_role("button", name="New token").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("heading").hover()
    page.mouse.down()
    page.mouse.move(5, 5)
    page.mouse.up()
    dialog.get_by_role("button", name="Make the token").click()
    expect(dialog.get_by_text(re.compile("^cps_"))).to_be_visible()
    page.mouse.click(5, 5)
    dialog.get_by_role("button", name="I have copied it").click()
    expect(dialog).to_have_count(0)
    page.get_by_role("button", name="New token").click()
    expect(dialog).to_be_visible()
    page.mouse.click(5, 5)
    expect(dialog).to_have_count(0)


def test_a_user_is_added_and_removed(visits: Visits, site: Site) -> None:
    """A name that cannot be is refused in the dialog, with all that was written kept."""
    visits.findings.expect("400.*CreateUser")
    page = visits.signed_in(site.url, site.token("admin"))
    page.goto("/settings/users")
    settle(page)
    page.get_by_role("button", name="Add a user").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Not A Name")
    dialog.get_by_label(re.compile("^Password")).fill("long enough")
    dialog.get_by_role("button", name="Add the user").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Not A Name")
    dialog.get_by_label("Name").fill("grace")
    dialog.get_by_role("button", name="Add the user").click()
    user = page.get_by_role("main").get_by_role("listitem").filter(has_text="grace")
    expect(user).to_contain_text("viewer")
    user.get_by_role("button", name="Remove user grace").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove", exact=True).click()
    expect(user).to_have_count(0)


def test_the_health_of_server_and_agents_is_shown(visits: Visits, site: Site) -> None:
    page = visits.signed_in(site.url, site.token("viewer"))
    page.goto("/settings/health")
    settle(page)
    for title in ("Server", *site.nodes):
        expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible()
    page.get_by_role("link", name="Plugins").click()
    expect(page.get_by_role("main")).to_contain_text("routes/web_ui")
