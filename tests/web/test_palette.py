"""The palette, in a browser: from anywhere to anything by a few letters."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.web.simulated_site import Site
from tests.web.visits import Held, Visits, keep_notices, settle


def palette(page: Page) -> Locator:
    """It, opened by its keys; its field has the focus."""
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Search or run")
    expect(field).to_be_focused()
    return field


def options(page: Page) -> Locator:
    """What it offers."""
    return page.get_by_role("listbox").get_by_role("option")


def on_services(page: Page) -> Page:
    """A page that is live."""
    page.goto("/services")
    settle(page)
    return page


def test_a_service_is_reached_by_its_name_and_enter(page: Page, site: Site) -> None:
    palette(on_services(page)).fill(site.crashing)
    expect(options(page).first).to_contain_text(site.crashing)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/services/{site.crashing}$"))


def test_what_to_do_and_with_what_may_be_said_in_any_order(page: Page, site: Site) -> None:
    palette(on_services(page)).fill(f"{site.running} restart")
    expect(options(page).first).to_contain_text(f"Restart {site.running}")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name=re.compile(f"Restart {site.running}"))).to_be_visible()


def test_logs_and_nodes_and_settings_are_found(page: Page, site: Site) -> None:
    field = palette(on_services(page))
    for text, found in (
        (f"logs {site.running}", f"Logs {site.running}"),
        (site.nodes[0], site.nodes[0]),
        (f"pause {site.nodes[0]}", f"Pause {site.nodes[0]}"),
        (f"images {site.nodes[1]}", f"Images {site.nodes[1]}"),
        ("tokens", "Tokens"),
        ("sync the", "Sync the repository"),
    ):
        field.fill(text)
        expect(options(page).first).to_contain_text(found)


def test_a_list_comes_before_what_is_called_so_of_each_service(page: Page) -> None:
    palette(on_services(page)).fill("deployments")
    expect(options(page).first).to_have_text(re.compile(r"^\s*Deployments\s*Tasks\b"))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/deployments$"))


def test_something_is_done_on_one_node_of_a_service(page: Page, site: Site) -> None:
    palette(on_services(page)).fill(f"restart {site.rollout} on {site.nodes[1]}")
    expect(options(page).first).to_contain_text(f"Restart {site.rollout} on {site.nodes[1]}")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name=f"Restart {site.rollout} on {site.nodes[1]}")
    expect(dialog.get_by_role("list", name="What is hit").get_by_role("listitem")).to_have_count(1)


def test_a_task_is_ended_by_its_id_once_that_was_asked_about(page: Page, site: Site) -> None:
    palette(on_services(page)).fill(f"cancel {site.running_task}")
    expect(options(page).first).to_contain_text(f"Cancel {site.running_task}")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name=f"Cancel {site.running_task}?")
    expect(dialog.get_by_role("button", name="Cancel the task")).to_be_visible()
    expect(page).to_have_url(re.compile(f"/tasks/{site.running_task}$"))
    dialog.get_by_role("button", name="Let it run").click()
    expect(dialog).to_have_count(0)


def test_enter_takes_what_is_marked_also_when_others_have_come_before_it(page: Page, site: Site) -> None:
    """What was deployed before is asked for when the palette opens, and may come after what one has typed."""
    site.fleet.run("deploy", site.failed)
    held = Held(page, "ListDeployments")
    on_services(page)
    with page.expect_request(re.compile("/ListDeployments")):
        palette(page).fill(f"deploy {site.failed}")
    marked = page.get_by_role("listbox").get_by_role("option", selected=True)
    is_doing = re.compile(rf"^\s*Deploy {site.failed}\s*Do\s*$")
    expect(options(page).first).to_have_text(is_doing)
    expect(marked).to_have_text(is_doing)
    held.let_go()
    expect(options(page).first).to_have_text(re.compile(rf"Deploy {site.failed}\s*d\d+.*Deployment"))
    expect(marked).to_have_text(is_doing)
    expect(marked).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name=re.compile(f"Deploy {site.failed}"))).to_be_visible()


def test_what_failed_is_offered_to_be_retried_and_what_is_held_to_go_on(page: Page, site: Site) -> None:
    site.fleet.cli("deploy", site.failed, "--detach")
    field = palette(on_services(page))
    for text, found in (
        (f"resume {site.rollout}", f"Resume {site.paused_deployment}"),
        (f"cancel {site.rollout}", f"Cancel {site.paused_deployment}"),
        (f"retry {site.failed}", "Retry d"),
    ):
        field.fill(text)
        expect(options(page).first).to_contain_text(found)
        expect(options(page).filter(has_text=f"Retry {site.paused_deployment}")).to_have_count(0)
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_contain_text(re.compile(r"again for d\d+"))


def test_a_deployment_is_cancelled_once_that_was_asked_about(page: Page, site: Site) -> None:
    """The question goes with the view that it was asked in."""
    palette(on_services(page)).fill(f"cancel {site.rollout}")
    expect(options(page).first).to_contain_text(f"Cancel {site.paused_deployment}")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name=f"Cancel {site.paused_deployment}?")
    expect(dialog.get_by_role("button", name="Cancel the deployment")).to_be_visible()
    expect(page).to_have_url(re.compile(f"/deployments/{site.paused_deployment}$"))
    page.go_back()
    expect(dialog).to_have_count(0)


def test_a_schedule_is_run_now(page: Page) -> None:
    """A person sees what became of it; this one stops what is stopped."""
    palette(on_services(page)).fill("run yearly")
    keep_notices(page)
    expect(options(page).first).to_contain_text("Run yearly-stop")
    page.keyboard.press("Enter")
    expect(page.get_by_text(re.compile("^yearly-stop: (started|skipped)$"))).to_be_visible()


def test_the_id_of_a_deployment_leads_to_it(page: Page, site: Site) -> None:
    palette(on_services(page)).fill(site.failed_deployment)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/deployments/{site.failed_deployment}$"))


def test_what_was_opened_is_offered_the_next_time(page: Page, site: Site) -> None:
    """By its id, when nothing more is known of it any more."""
    for one in (site.failed_deployment, site.failed_task):
        palette(on_services(page)).fill(one)
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile(f"/{one}$"))
    palette(on_services(page))
    expect(options(page).first).to_contain_text(site.failed_task)
    expect(options(page).nth(1)).to_contain_text(site.failed_deployment)


def test_the_theme_is_changed_and_comes_first_the_next_time(page: Page) -> None:
    palette(on_services(page)).fill("theme light")
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    palette(page)
    expect(options(page).first).to_contain_text("Theme: light")


def test_arrows_choose_among_what_was_found(page: Page) -> None:
    palette(on_services(page))
    page.keyboard.press("ArrowDown")
    expect(options(page).nth(1)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(options(page).last).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_nothing_that_a_viewer_may_not_do_is_offered(visits: Visits, site: Site) -> None:
    page = on_services(visits.signed_in(site.url, site.token("viewer")))
    field = palette(page)
    field.fill(f"logs {site.running}")
    expect(options(page).first).to_contain_text(f"Logs {site.running}")
    for text in (f"deploy {site.running}", f"stop {site.running}", "sync the", "add a node", f"drain {site.nodes[0]}"):
        field.fill(text)
        expect(options(page).filter(has_text=re.compile(f"^\\s*{text}", re.IGNORECASE))).to_have_count(0)


def test_what_nothing_is_called_is_said(page: Page) -> None:
    palette(on_services(page)).fill("zzzzqqqq")
    expect(page.get_by_text("Nothing is called “zzzzqqqq”.")).to_be_visible()
