"""Settings: tokens, users, sessions, plugins, schedules and health."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.web.looking import Device
from tests.web.simulated_site import Site
from tests.web.visits import Held, Visits, settle

BOTH = pytest.mark.parametrize("device", Device)
MAKERS = pytest.mark.parametrize(
    ("part", "item", "button"), [("tokens", "New API token", "New token"), ("users", "Add a user", "Add a user")]
)
"""Where a dialog makes something: what the palette calls it, and what opens it there."""

NO_MOMENTS = """() => {
  const real = Date.prototype.toISOString;
  Date.prototype.toISOString = () => { throw new Error('there is no such moment'); };
  window.mend = () => { Date.prototype.toISOString = real; };
}"""
"""Nothing that says how old it is can be drawn, until it is mended."""


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


@MAKERS
def test_back_does_not_open_what_the_palette_opened(
    visits: Visits, site: Site, part: str, item: str, button: str
) -> None:
    page = visits.signed_in(site.url, site.token("admin"))
    page.goto("/settings")
    settle(page)
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Search or run").fill(item)
    page.get_by_role("option", name=item).click()
    expect(page.get_by_role("dialog", name=item)).to_be_visible()
    expect(page).to_have_url(re.compile(f"/settings/{part}$"))
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Plugins").click()
    expect(page).to_have_url(re.compile("/settings/plugins$"))
    settle(page)
    page.go_back()
    expect(page.get_by_role("main").get_by_role("button", name=button)).to_be_visible()
    settle(page)
    expect(page.get_by_role("dialog")).to_have_count(0)


@MAKERS
def test_the_address_of_a_dialog_opens_it_in_a_new_tab_too(
    visits: Visits, site: Site, part: str, item: str, button: str
) -> None:
    """Before it is known what the caller may do."""
    page = visits.signed_in(site.url, site.token("admin"))
    page.goto(f"/settings/{part}?add")
    expect(page.get_by_role("dialog", name=item)).to_be_visible()
    expect(page).to_have_url(re.compile(f"/settings/{part}$"))


@MAKERS
def test_a_dialog_begins_with_the_least_role_each_time(
    visits: Visits, site: Site, part: str, item: str, button: str
) -> None:
    page = visits.signed_in(site.url, site.token("admin"))
    page.goto(f"/settings/{part}")
    settle(page)
    dialog = page.get_by_role("dialog", name=item)
    page.get_by_role("main").get_by_role("button", name=button).click()
    dialog.get_by_label("admin").check()
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_have_count(0)
    page.get_by_role("main").get_by_role("button", name=button).click()
    expect(dialog.get_by_label("viewer")).to_be_checked()


@pytest.mark.parametrize(
    ("path", "button", "item", "make", "rpc", "said"),
    [
        ("/settings/tokens", "New token", "New API token", "Make the token", "CreateToken", "A token was made"),
        ("/nodes", "Add a node", "Add a node", "Make the command", "CreateJoinToken", "A join string was made"),
    ],
)
def test_a_late_answer_is_not_that_of_the_next_opening(
    visits: Visits, site: Site, path: str, button: str, item: str, make: str, rpc: str, said: str
) -> None:
    page = visits.signed_in(site.url, site.token("admin"))
    page.goto(path)
    settle(page)
    held = Held(page, rpc)
    opener = page.get_by_role("main").get_by_role("button", name=button)
    dialog = page.get_by_role("dialog", name=item)
    opener.click()
    with page.expect_request(re.compile(f"/{rpc}$")):
        dialog.get_by_role("button", name=make).click()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    opener.click()
    held.let_go()
    expect(page.get_by_test_id("notice")).to_contain_text(f"{said} after its dialog was closed")
    expect(dialog.get_by_role("button", name=make)).to_be_enabled()
    expect(dialog.get_by_role("button", name=re.compile("^Copy"))).to_have_count(0)


def test_schedules_are_run_beside_each_other(visits: Visits, site: Site) -> None:
    visits.findings.expect("ERR_FAILED.*/RunSchedule")
    page = visits.signed_in(site.url, site.token("admin"))
    page.goto("/settings/schedules")
    settle(page)
    asked = Held(page, "RunSchedule")
    tidy, stop = (run_button(page, name) for name in ("tidy", "yearly-stop"))
    for run in (tidy, stop):
        with page.expect_request(re.compile("/RunSchedule")):
            run.click()
    expect(stop).to_be_disabled()
    expect(tidy).to_be_disabled()
    asked.calls[0].abort()
    expect(tidy).to_be_enabled()
    expect(stop).to_be_disabled()
    asked.calls[1].abort()
    expect(stop).to_be_enabled()


def run_button(page: Page, schedule: str) -> Locator:
    row = page.get_by_role("main").get_by_role("listitem").filter(has_text=schedule)
    return row.get_by_role("button", name="Run now")


@BOTH
def test_a_session_says_to_the_second_when_it_began_and_was_used(visits: Visits, site: Site, device: Device) -> None:
    """Also to those who cannot hover."""
    page = visits.signed_in(site.url, site.token("viewer"), device=device)
    page.goto("/settings/sessions")
    settle(page)
    here = page.get_by_role("main").get_by_role("listitem").filter(has_text="this browser")
    moment = r"\(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\)"
    expect(here).to_contain_text(re.compile(f"by token .*{moment}.*used .*{moment}"))


def test_a_view_that_fails_says_so_and_the_others_go_on(visits: Visits, site: Site) -> None:
    visits.findings.expect("there is no such moment")
    page = visits.signed_in(site.url, site.token("viewer"))
    page.goto("/settings")
    settle(page)
    page.evaluate(NO_MOMENTS)
    page.get_by_role("link", name="Sessions").click()
    failed = page.get_by_role("main").get_by_role("alert")
    expect(failed).to_contain_text("This view failed: Error: there is no such moment")
    page.go_back()
    expect(page.get_by_role("main").get_by_role("heading", name="Theme")).to_be_visible()
    expect(failed).to_have_count(0)
    page.go_forward()
    expect(failed).to_contain_text("This view failed")
    page.evaluate("window.mend()")
    failed.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("main").get_by_role("listitem").filter(has_text="this browser")).to_be_visible()
    expect(failed).to_have_count(0)


def test_the_health_of_server_and_agents_is_shown(visits: Visits, site: Site) -> None:
    page = visits.signed_in(site.url, site.token("viewer"))
    page.goto("/settings/health")
    settle(page)
    for title in ("Server", *site.nodes):
        expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible()
    page.get_by_role("link", name="Plugins").click()
    expect(page.get_by_role("main")).to_contain_text("routes/web_ui")


@pytest.mark.parametrize("part", ["tokens", "users", "sessions", "plugins", "schedules"])
def test_a_list_says_when_it_was_asked_for_and_is_asked_for_again(visits: Visits, site: Site, part: str) -> None:
    page = visits.signed_in(site.url, site.token("admin"))
    page.goto(f"/settings/{part}")
    settle(page)
    expect(page.get_by_text(re.compile("^asked (now|[0-9]+ s ago)$"))).to_be_visible()
    with page.expect_response(re.compile("/composia.v1.")):
        page.get_by_role("button", name="Ask the server again").click()
