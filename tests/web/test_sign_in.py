"""Signing in: right, wrong, too often, expired, and coming back to where one was."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.fleet import Fleet
from tests.web.findings import Findings
from tests.web.looking import Device
from tests.web.simulated_site import Site
from tests.web.visits import Visits, keep_notices, settle

BOTH = pytest.mark.parametrize("device", Device)
PASSWORD = "correct horse battery"

NOTE_WAIT = """() => new MutationObserver(() => {
  const said = document.querySelector('button[type=submit]:disabled')?.textContent.trim() ?? ''
  if (said.startsWith('Wait')) document.documentElement.dataset.waited = said
}).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true })"""
"""Has the page note what its button says while one has to wait, which may be for a second."""


def add_user(fleet: Fleet, name: str, tmp_path: Path, role: str = "operator") -> None:
    file = tmp_path / "password"
    file.write_text(PASSWORD)
    file.chmod(0o600)
    fleet.cli("user", "add", name, "--role", role, "--password-file", str(file))


def fill(page: Page, name: str, password: str) -> None:
    page.get_by_label("User").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def show_token(page: Page, token: str) -> None:
    page.get_by_role("button", name="Use an API token").click()
    page.get_by_label("API token").fill(token)
    page.get_by_role("button", name="Sign in").click()


@BOTH
def test_a_user_signs_in_and_comes_to_where_the_link_leads(
    alone: Fleet, visits: Visits, findings: Findings, tmp_path: Path, device: Device
) -> None:
    findings.expect("401")
    add_user(alone, f"ada-{device}", tmp_path)
    page = visits.stranger(alone.url, device=device)
    page.goto("/nodes?add=0")
    expect(page).to_have_url(re.compile("/sign-in[?]next="))
    fill(page, f"ada-{device}", PASSWORD)
    expect(page).to_have_url(re.compile("/nodes"))
    settle(page)
    page.goto("/settings")
    expect(page.get_by_role("main")).to_contain_text(f"ada-{device}")
    expect(page.get_by_role("link", name="Tokens")).to_have_count(0)


@BOTH
def test_a_wrong_password_is_refused_and_too_many_have_to_wait(
    alone: Fleet, visits: Visits, findings: Findings, tmp_path: Path, device: Device
) -> None:
    findings.expect("401|429")
    add_user(alone, f"eve-{device}", tmp_path)
    page = visits.stranger(alone.url, device=device)
    page.goto("/sign-in")
    page.evaluate(NOTE_WAIT)
    for _ in range(16):
        with page.expect_response("**/session") as answered:
            fill(page, f"eve-{device}", "wrong horse battery")
        expect(page.get_by_role("alert")).to_be_visible()
        if answered.value.status == 429:
            break
    assert answered.value.status == 429
    expect(page.locator("html")).to_have_attribute("data-waited", re.compile("^Wait [0-9]+ s$"))
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_enabled(timeout=90_000)


def test_a_session_that_is_ended_leads_to_the_sign_in_and_back(
    alone: Fleet, visits: Visits, findings: Findings, tmp_path: Path
) -> None:
    findings.expect("401")
    add_user(alone, "grace", tmp_path, "admin")
    page = visits.stranger(alone.url)
    page.goto("/sign-in?next=%2Fsettings%2Fsessions")
    fill(page, "grace", PASSWORD)
    expect(page).to_have_url(re.compile("/settings/sessions$"))
    settle(page)
    sessions = page.get_by_role("listitem").filter(has_text="this browser")
    sessions.get_by_role("button", name="End the session of grace").click()
    page.get_by_role("dialog").get_by_role("button", name="End", exact=True).click()
    expect(page).to_have_url(re.compile("/sign-in[?]next=%2Fsettings%2Fsessions"))
    expect(page.get_by_role("status")).to_contain_text("come back to where you were")
    fill(page, "grace", PASSWORD)
    expect(page).to_have_url(re.compile("/settings/sessions$"))


def test_whoever_signs_in_again_finds_the_list_as_it_was(visits: Visits, site: Site, findings: Findings) -> None:
    findings.expect("401")
    page = visits.stranger(site.url)
    page.goto("/sign-in")
    show_token(page, site.token("viewer"))
    settle(page)
    field = page.get_by_role("searchbox", name="Filter services")
    field.fill(site.running)
    expect(page).to_have_url(re.compile(f"/services[?]q={site.running}$"))
    page.evaluate("fetch('/session', { method: 'DELETE' }).then(() => undefined)")
    expect(page).to_have_url(re.compile(f"/sign-in[?]next=%2Fservices%3Fq%3D{site.running}$"))
    show_token(page, site.token("viewer"))
    expect(field).to_have_value(site.running)


def test_whoever_has_no_user_yet_is_told_where_a_link_is(alone: Fleet, visits: Visits, findings: Findings) -> None:
    findings.expect("401")
    page = visits.stranger(alone.url)
    page.goto("/sign-in")
    expect(page.get_by_role("main")).to_contain_text("printed one, or left it in first-sign-in in its data directory")


def test_a_link_signs_in_once_and_is_not_left_in_the_address(alone: Fleet, visits: Visits, findings: Findings) -> None:
    findings.expect("401")
    url = alone.ask("web")["url"]
    page = visits.stranger(alone.url)
    page.goto(alone.url + url[url.index("/sign-in") :])
    expect(page).to_have_url(re.compile("/services$"))
    settle(page)
    other = visits.stranger(alone.url)
    other.goto(alone.url + url[url.index("/sign-in") :])
    expect(other.get_by_role("alert")).to_be_visible()
    assert "#" not in other.url


@pytest.mark.parametrize(("role", "number"), [("admin", 1), ("viewer", 0)])
def test_a_link_leads_to_the_users_only_whoever_may_see_them(
    alone: Fleet, visits: Visits, findings: Findings, role: str, number: int
) -> None:
    findings.expect("401")
    token = alone.ask("token", "create", "--role", role)["token"]
    page = visits.stranger(alone.url)
    keep_notices(page)
    answer = page.request.post(
        f"{alone.url}/composia.v1.ServerService/CreateSignInLink", data={}, headers={"authorization": f"Bearer {token}"}
    )
    url = answer.json()["url"]
    page.goto(alone.url + url[url.index("/sign-in") :])
    notice = page.get_by_test_id("notice").filter(has_text="You are signed in by a link")
    expect(notice).to_be_visible()
    expect(notice.get_by_role("link")).to_have_count(number)


def test_whoever_is_signed_in_is_asked_before_a_link_makes_another_of_them(
    alone: Fleet, visits: Visits, findings: Findings, tmp_path: Path
) -> None:
    findings.expect("401")
    add_user(alone, "ida", tmp_path)
    page = visits.stranger(alone.url)
    page.goto("/sign-in")
    fill(page, "ida", PASSWORD)
    settle(page)
    url = alone.ask("web")["url"]
    for answer, who in (("Stay ida", "ida"), ("Sign in by the link", "token:")):
        page.goto("/settings")
        page.goto(alone.url + url[url.index("/sign-in") :])
        expect(page.get_by_role("alert")).to_contain_text("You are signed in as ida")
        page.get_by_role("button", name=answer).click()
        settle(page)
        expect(page.get_by_role("button", name=re.compile(f"^{who}"))).to_be_visible()


def test_a_session_that_is_not_ended_is_said_to_live_on(alone: Fleet, visits: Visits, findings: Findings) -> None:
    findings.expect("500")
    page = visits.signed_in(alone.url, (alone.server_data / "admin.token").read_text().strip())
    page.goto("/services")
    settle(page)
    page.route("**/session", lambda route: route.fulfill(status=500, json={"message": "the disk is full"}))
    page.get_by_role("button", name=re.compile("admin")).click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_text("the disk is full")).to_be_visible()
    expect(page).to_have_url(re.compile("/services$"))


def test_signing_out_leaves_nothing_behind(alone: Fleet, visits: Visits, findings: Findings) -> None:
    findings.expect("401")
    page = visits.stranger(alone.url)
    page.goto("/sign-in")
    show_token(page, (alone.server_data / "admin.token").read_text())
    settle(page)
    page.get_by_role("button", name=re.compile("admin")).click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page).to_have_url(re.compile("/sign-in$"))
    page.goto("/services")
    expect(page).to_have_url(re.compile("/sign-in[?]next="))
