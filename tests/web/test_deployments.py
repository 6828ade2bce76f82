"""Deployments and tasks in the page: what runs, step by step; why it failed, first; and what may be done about it."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.web.looking import Device
from tests.web.simulated_site import Site
from tests.web.visits import Visits, settle

BOTH = pytest.mark.parametrize("device", Device)


def opened(visits: Visits, site: Site, path: str, device: Device = Device.DESKTOP, role: str = "admin") -> Page:
    page = visits.signed_in(site.url, site.token(role), device=device)
    page.goto(path)
    settle(page)
    return page


def task_on(page: Page, node: str) -> Locator:
    return page.get_by_test_id("task").filter(has=page.get_by_role("link", name=node, exact=True))


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("main").get_by_role("button", name=name, exact=True)


def height(part: Locator) -> float:
    box = part.bounding_box()
    assert box is not None
    return box["y"]


@BOTH
def test_why_a_deployment_failed_is_said_first_and_what_the_container_said(
    visits: Visits, site: Site, device: Device
) -> None:
    page = opened(visits, site, f"/deployments/{site.failed_deployment}", device)
    cause = page.get_by_test_id("cause")
    expect(cause).to_have_text(re.compile("container importer-app-1: it exited with 78"))
    said = page.get_by_role("group", name="Last lines of the container")
    expect(said).to_contain_text("config: unknown key 'retention_days' in /data/config.yml")
    assert height(cause) < height(said) < height(page.get_by_test_id("task").first)
    expect(page.get_by_test_id("step").filter(has_text="health")).to_contain_text("failed")


@BOTH
def test_a_deployment_says_what_it_has_deployed_and_who_made_that(visits: Visits, site: Site, device: Device) -> None:
    author, headline = site.fleet.git(
        "log", "-1", "--grep=^Add ", "--format=%an%n%s", "--", f"*{site.failed}/*"
    ).splitlines()
    page = opened(visits, site, f"/deployments?service={site.failed}", device)
    link = page.locator(f'a[href="/deployments/{site.failed_deployment}"]')
    row = page.get_by_test_id("deployment-row").filter(has=link)
    expect(row.get_by_text(headline)).to_be_visible()
    expect(row.get_by_text(author)).to_be_visible()
    expect(row.get_by_text("it exited with 78")).to_be_visible()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    link.click()
    expect(page.get_by_role("main")).to_contain_text(f"{headline} · {author}")
    expect(page.get_by_test_id("task")).to_be_visible()
    assert not [url for url in asked if "/RepositoryLog" in url]  # of a busy repository that would tell the newest only


@BOTH
def test_a_deployment_leads_to_what_it_changed_since_the_one_before(visits: Visits, site: Site, device: Device) -> None:
    page = opened(visits, site, f"/deployments/{site.paused_deployment}", device)
    page.get_by_role("main").get_by_role("link", name=re.compile("^changes since [0-9a-f]{8}$")).click()
    revisions = "revision=[0-9a-f]{40}&against=[0-9a-f]{40}"
    expect(page).to_have_url(re.compile(f"/services/{site.rollout}/files[?]{revisions}$"))
    expect(page.get_by_test_id("diff-file").filter(has_text="compose.yaml")).to_have_count(1)


def test_a_step_that_runs_tells_how_long_it_has_been_running(visits: Visits, site: Site) -> None:
    page = opened(visits, site, f"/deployments/{site.running_deployment}")
    step = page.get_by_test_id("step").filter(has_text=re.compile("running *up"))
    expect(step).to_be_visible()
    before = step.inner_text()
    expect(step).not_to_have_text(before)


@BOTH
def test_tasks_say_what_runs_what_waits_and_why(visits: Visits, site: Site, device: Device) -> None:
    page = opened(visits, site, "/tasks", device)
    running = page.get_by_role("region", name="Running").get_by_test_id("task-row")
    expect(running.filter(has_text=site.deploying).get_by_text("up", exact=True)).to_be_visible()
    waiting = page.get_by_role("region", name="Waiting").get_by_test_id("task-row")
    expect(waiting.filter(has_text=f"Restart {site.deploying}")).to_contain_text(f"{site.running_task}")
    expect(waiting.filter(has_text=site.rollout).first).to_contain_text(f"{site.paused_deployment} is paused")


@BOTH
def test_the_history_is_filtered_and_its_address_shows_the_same(visits: Visits, site: Site, device: Device) -> None:
    page = opened(visits, site, "/tasks", device)
    ended = page.get_by_role("list", name="Ended tasks").get_by_test_id("task-row")
    page.get_by_role("search", name="Tasks").get_by_role("button", name="Failed").click()
    expect(ended.filter(has_text=site.failed).first).to_contain_text("it exited with 78")
    expect(ended.filter(has_text="succeeded")).to_have_count(0)
    page.get_by_label("Service", exact=True).fill(site.failed)
    page.get_by_label("Service", exact=True).press("Enter")
    expect(ended.filter(has_not_text=site.failed)).to_have_count(0)
    expect(page).to_have_url(re.compile(f"[?]state=failed&service={site.failed}$"))
    page.reload()
    settle(page)
    expect(ended.filter(has_text=site.failed)).not_to_have_count(0)
    expect(ended.filter(has_not_text=site.failed)).to_have_count(0)
    page.get_by_label("Kind").select_option("stop")
    expect(page.get_by_text("No ended task is like that")).to_be_visible()
    page.get_by_role("button", name="Show all").first.click()
    expect(ended.filter(has_text="succeeded").first).to_be_visible()


def test_older_tasks_come_page_by_page(visits: Visits, site: Site) -> None:
    page = opened(visits, site, "/tasks?state=succeeded")
    ended = page.get_by_role("list", name="Ended tasks").get_by_test_id("task-row")
    more = page.get_by_role("button", name="Show older ones")
    expect(more).to_be_visible()
    before = ended.count()
    more.click()
    expect(ended.nth(before)).to_be_attached()
    page.goto("/deployments")
    settle(page)
    expect(page.get_by_role("list", name="Deployments").get_by_test_id("deployment-row").nth(40)).to_be_attached()


@BOTH
def test_a_viewer_is_offered_nothing_that_changes_work(visits: Visits, site: Site, device: Device) -> None:
    paths = (
        f"/deployments/{site.running_deployment}",
        f"/deployments/{site.paused_deployment}",
        f"/deployments/{site.failed_deployment}",
        f"/tasks/{site.failed_task}",
        f"/tasks/{site.waiting_task}",
    )
    for path in paths:
        page = opened(visits, site, path, device, role="viewer")
        for name in ("Cancel", "Pause", "Resume", "Retry", "Do all of it again"):
            expect(page.get_by_role("main").get_by_role("button", name=name)).to_have_count(0)
        for key in ("c", "p", "r"):
            page.keyboard.press(key)
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(page).to_have_url(re.compile(f"{path}$"))
        page.keyboard.press("?")
        expect(page.get_by_role("dialog")).to_contain_text("Find in the output")
        expect(page.get_by_role("dialog")).not_to_contain_text(
            re.compile("Cancel it|Pause or resume it|Retry what|Do it again")
        )
    page.goto("/tasks")
    settle(page)
    page.get_by_role("button", name=f"Actions for {site.waiting_task}").click()
    expect(page.get_by_role("menuitem")).to_have_text(["Show the task", "Show the deployment"])


def test_a_deploy_shows_its_steps_as_they_go_without_a_reload(visits: Visits, small: Site) -> None:
    name = next(service.name for service in small.services if service.is_plain)
    page = opened(visits, small, f"/services/{name}")
    page.get_by_role("main").get_by_role("button", name="Deploy", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name=re.compile("^Deploy")).last.click()
    expect(page).to_have_url(re.compile("/deployments/d[0-9]+$"))
    page.evaluate("window.same = true")
    expect(page.get_by_role("heading", name=f"Deploy {name}")).to_be_visible()
    expect(page.get_by_test_id("step").filter(has_text=re.compile("succeeded *health")).first).to_be_visible()
    expect(page.get_by_role("main").get_by_text("succeeded", exact=True).first).to_be_visible()
    expect(page.get_by_role("log")).to_contain_text("plan: ")
    assert page.evaluate("window.same")


def test_a_retry_does_again_what_failed_and_both_know_of_each_other(visits: Visits, small: Site) -> None:
    page = opened(visits, small, f"/deployments/{small.failed_deployment}")
    button(page, "Retry").click()
    expect(page).not_to_have_url(re.compile(f"/{small.failed_deployment}$"))
    expect(page.get_by_role("link", name=small.failed_deployment, exact=True)).to_be_visible()
    expect(page.get_by_test_id("cause")).to_contain_text("it exited with 78")
    again = page.url.rsplit("/", 1)[1]
    page.get_by_role("link", name=small.failed_deployment, exact=True).click()
    expect(page.get_by_role("link", name=again, exact=True)).to_be_visible()


def test_doing_all_of_it_again_shows_first_what_that_changes(visits: Visits, site: Site) -> None:
    name = next(service.name for service in site.services if service.is_plain)
    page = opened(visits, site, f"/services/{name}/deployments")
    page.get_by_test_id("deployment").last.get_by_role("link").click()
    expect(page).to_have_url(re.compile("/deployments/d[0-9]+$"))
    address = page.url
    revision = page.get_by_role("main").get_by_role("link", name=re.compile("^[0-9a-f]{8}$")).inner_text()
    button(page, "Do all of it again").click()
    dialog = page.get_by_role("dialog", name=f"Deploy {name}")
    expect(dialog.get_by_label("Revision")).to_have_value(re.compile(f"^{revision}"))
    expect(dialog.get_by_role("button", name=f"Deploy {revision}", exact=True)).to_be_enabled()
    expect(page).to_have_url(address)


def test_a_paused_rollout_goes_on_and_can_be_cancelled(visits: Visits, small: Site) -> None:
    page = opened(visits, small, f"/deployments/{small.paused_deployment}")
    first, second, *_, last = small.nodes
    expect(task_on(page, first)).to_contain_text("failed")
    expect(task_on(page, second)).to_contain_text(f"{small.paused_deployment} is paused")
    button(page, "Resume").click()
    expect(task_on(page, second)).to_contain_text("health")
    expect(page.get_by_test_id("cause")).to_have_count(1)  # one cause, of both nodes
    expect(page.get_by_role("alert", name="Why it failed")).to_contain_text(f"{first}, {second}")
    page.keyboard.press("c")
    page.get_by_role("dialog").get_by_role("button", name="Cancel the deployment").click()
    expect(task_on(page, last)).to_contain_text("cancelled")
    expect(button(page, "Resume")).to_have_count(0)


@BOTH
def test_a_deploy_that_runs_is_cancelled_and_what_waited_for_it_begins(
    visits: Visits, small: Site, device: Device
) -> None:
    page = opened(visits, small, f"/deployments/{small.running_deployment}", device)
    if button(page, "Cancel").is_visible():
        deployment, task, waits = small.running_deployment, small.running_task, small.waiting_task
    else:  # it was cancelled on the other device: once more, by its task
        button(page, "Retry").click()
        expect(page).not_to_have_url(re.compile(f"/{small.running_deployment}$"))
        deployment, waits = page.url.rsplit("/", 1)[1], ""
        page.get_by_test_id("task").get_by_role("button", name=re.compile("^Actions")).click()
        page.get_by_role("menuitem", name="Show the task").click()
        expect(page).to_have_url(re.compile("/tasks/t[0-9]+$"))
        task = page.url.rsplit("/", 1)[1]
    page = opened(visits, small, f"/tasks/{task}", device)
    expect(page.get_by_test_id("step").filter(has_text=re.compile("running *up"))).to_be_visible()
    button(page, "Cancel").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel the task").click()
    expect(page.get_by_role("main").get_by_text("cancelled", exact=True).first).to_be_visible()
    expect(button(page, "Retry")).to_be_visible()
    page.goto(f"/deployments/{deployment}")
    expect(page.get_by_test_id("task")).to_contain_text("cancelled")
    if waits:
        page.goto(f"/tasks/{waits}")
        expect(page.get_by_test_id("step").filter(has_text=re.compile("succeeded *restart"))).to_be_visible()
