"""The page of a service: how it is doing, what can be done, and what a deploy would change before it is begun."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.web.looking import Device
from tests.web.simulated_site import Site
from tests.web.visits import Held, Visits, settle

BOTH = pytest.mark.parametrize("device", Device)


def plain(site: Site, number: int) -> str:
    """A service that is well; of the first ninety, each third is a commit or two behind."""
    return [service.name for service in site.services if service.is_plain][number]


def opened(visits: Visits, site: Site, path: str, device: Device = Device.DESKTOP, role: str = "admin") -> Page:
    page = visits.signed_in(site.url, site.token(role), device=device)
    page.goto(path)
    settle(page)
    return page


def dialog(page: Page) -> Locator:
    return page.get_by_role("dialog")


@BOTH
def test_a_deploy_first_shows_commits_and_files_and_then_its_steps(visits: Visits, site: Site, device: Device) -> None:
    name = plain(site, 3 if device is Device.DESKTOP else 6)
    page = opened(visits, site, f"/services/{name}", device)
    page.get_by_role("main").get_by_role("button", name="Deploy", exact=True).click()
    expect(dialog(page).get_by_test_id("commits")).to_contain_text(f"Update {name} to")
    file = dialog(page).get_by_test_id("diff-file")
    expect(file).to_contain_text("compose.yaml")
    expect(file.get_by_role("row").filter(has_text="removed: ")).to_have_count(1)
    expect(file.get_by_role("row").filter(has_text="added: ")).to_contain_text("image:")
    expect(dialog(page).get_by_role("list", name="Nodes").get_by_role("listitem")).to_contain_text("1 commit")
    dialog(page).get_by_role("button", name=re.compile("^Deploy [0-9a-f]{8}$")).click()
    expect(page).to_have_url(re.compile("/deployments/d[0-9]+$"))
    page.goto(f"/services/{name}")
    expect(page.get_by_test_id("deployment").first).to_contain_text("succeeded")
    expect(page.get_by_text("commit behind")).to_have_count(0)


def test_a_deployment_that_begins_while_one_looks_says_its_commit_at_once(visits: Visits, site: Site) -> None:
    name = plain(site, 9)
    author, headline = site.fleet.git("log", "-1", "--format=%an%n%s", "--", name).splitlines()
    page = opened(visits, site, f"/services/{name}/deployments")
    rows = page.get_by_test_id("deployment")
    expect(rows).to_have_count(1)
    other = opened(visits, site, f"/services/{name}")
    other.keyboard.press("d")
    dialog(other).get_by_role("button", name=re.compile("^Deploy [0-9a-f]{8}$")).click()
    expect(rows).to_have_count(2)
    expect(rows.filter(has_text=headline)).to_have_count(1)
    expect(rows.filter(has_text=headline)).to_contain_text(author)


def test_what_is_chosen_is_deployed_and_only_once_its_changes_are_shown(visits: Visits, site: Site) -> None:
    page = opened(visits, site, f"/services/{plain(site, 0)}")
    page.keyboard.press("d")
    deploy = dialog(page).get_by_role("button", name=re.compile("^Deploy [0-9a-f]{8}$"))
    expect(deploy).to_be_enabled()
    held = Held(page, "CompareRevisions")
    choice = dialog(page).get_by_label("Revision")
    with page.expect_request(re.compile("/CompareRevisions")):
        choice.select_option(index=1)
    expect(deploy).to_have_text(re.compile(f"Deploy {choice.input_value()[:8]}"))
    expect(deploy).to_be_disabled()
    held.let_go()
    expect(deploy).to_be_enabled()


def test_why_nothing_was_begun_is_said_where_it_was_asked_for(visits: Visits, site: Site) -> None:
    visits.findings.expect("ERR_FAILED.*/Deploy")
    name = plain(site, 5)
    page = opened(visits, site, f"/services/{name}")
    page.route(re.compile("/Deploy$"), lambda route: route.abort())
    page.keyboard.press("d")
    dialog(page).get_by_role("button", name=re.compile("^Deploy [0-9a-f]{8}$")).click()
    expect(dialog(page).get_by_role("alert")).to_contain_text("the server cannot be reached")
    expect(page.get_by_text("the server cannot be reached")).to_have_count(1)
    expect(dialog(page)).to_contain_text(f"Deploy {name}")


def test_a_running_deployment_is_shown_with_its_steps(visits: Visits, site: Site) -> None:
    page = opened(visits, site, f"/services/{site.rollout}")
    work = page.get_by_test_id("open-work")
    expect(work.get_by_test_id("task-steps")).to_have_count(len(site.nodes))
    expect(work).to_contain_text("cannot read /certs/edge.pem")
    work.get_by_role("link", name="Steps and output").click()
    expect(page).to_have_url(re.compile(f"/deployments/{site.paused_deployment}$"))


@BOTH
def test_an_error_of_the_definition_is_shown_at_its_line(visits: Visits, site: Site, device: Device) -> None:
    page = opened(visits, site, f"/services/{site.broken}", device)
    expect(page.get_by_role("button", name="Deploy", exact=True)).to_be_disabled()
    page.get_by_test_id("problems").get_by_role("link", name=re.compile("compose.yaml:5")).click()
    expect(page).to_have_url(re.compile("/files[?]file=.*compose.yaml#L5$"))
    code = page.get_by_test_id("code")
    expect(code.locator(".cm-marked")).to_contain_text("80800")
    expect(code.locator(".cm-said")).to_contain_text("80800 is above 65535")


@BOTH
def test_a_viewer_sees_everything_and_nothing_that_changes_it(visits: Visits, site: Site, device: Device) -> None:
    page = opened(visits, site, f"/services/{site.rollout}", device, role="viewer")
    expect(page.get_by_test_id("instance")).to_have_count(len(site.nodes))
    for name in ("Deploy", "Restart", "More actions", re.compile("^Actions on ")):
        expect(page.get_by_role("main").get_by_role("button", name=name)).to_have_count(0)
    page.keyboard.press("d")
    page.keyboard.press("r")
    page.keyboard.press("2")
    expect(page).to_have_url(re.compile("/deployments$"))
    expect(dialog(page)).to_have_count(0)


def test_data_is_removed_for_a_typed_name_only(visits: Visits, site: Site) -> None:
    name = plain(site, 4)
    page = opened(visits, site, f"/services/{name}")
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name="Take down").click()
    expect(dialog(page).get_by_role("list", name="What is hit").get_by_role("listitem")).to_have_count(1)
    take_down = dialog(page).get_by_role("button", name="Take down")
    expect(take_down).to_be_enabled()
    dialog(page).get_by_role("checkbox").check()
    expect(take_down).to_be_disabled()
    dialog(page).get_by_role("textbox").fill(name[:-1])
    expect(take_down).to_be_disabled()
    dialog(page).get_by_role("textbox").fill(name)
    take_down.click()
    expect(page.get_by_test_id("open-work")).to_contain_text(re.compile("succeeded"))
    expect(page.get_by_test_id("container")).to_have_count(0)


def test_what_is_not_possible_now_says_why(visits: Visits, site: Site) -> None:
    page = opened(visits, site, f"/services/{site.stopped}")
    page.get_by_role("main").get_by_role("button", name="More actions").click()
    stop = page.get_by_role("menuitem", name=re.compile("^Stop"))
    expect(stop).to_contain_text("it is stopped")
    expect(stop).to_be_disabled()


def test_an_instance_is_restarted_by_itself(visits: Visits, site: Site) -> None:
    page = opened(visits, site, f"/services/{plain(site, 7)}")
    page.get_by_role("button", name=re.compile("^Actions on ")).click()
    page.get_by_role("menuitem", name="Restart").click()
    dialog(page).get_by_role("button", name="Restart", exact=True).click()
    expect(page.get_by_test_id("open-work")).to_contain_text("restart")
    expect(page.get_by_test_id("open-work")).to_contain_text("succeeded")


def test_keys_reach_all_views_and_actions_of_a_service(visits: Visits, site: Site) -> None:
    page = opened(visits, site, f"/services/{site.running}")
    for key, path in {"2": "/deployments", "3": "/files", "4": "/logs", "5": "/stats", "1": ""}.items():
        page.keyboard.press(key)
        expect(page).to_have_url(re.compile(f"/services/{site.running}{path}$"))
    page.keyboard.press("d")
    expect(dialog(page)).to_contain_text(f"Deploy {site.running}")
    page.keyboard.press("Escape")
    for key, verb in {"r": "Restart", "S": "Stop", "D": "Take down"}.items():
        page.keyboard.press(key)
        expect(dialog(page)).to_contain_text(f"{verb} {site.running}")
        page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(dialog(page)).to_contain_text("Restart")


def test_a_failure_says_its_cause_where_the_container_is(visits: Visits, site: Site) -> None:
    page = opened(visits, site, f"/services/{site.unhealthy}")
    expect(page.get_by_test_id("failure")).to_contain_text("HTTP/1.1 503")


def test_what_is_only_left_on_a_node_is_shown_with_its_files(visits: Visits, site: Site) -> None:
    page = opened(visits, site, f"/services/{site.removed}")
    expect(page.get_by_test_id("instance")).to_contain_text("no longer wanted")
    expect(page.get_by_role("button", name="Deploy", exact=True)).to_be_disabled()
    page.get_by_role("link", name="Files", exact=True).click()
    expect(page.get_by_test_id("code")).to_contain_text("services:")


def test_a_mistyped_name_is_answered_with_the_likely_one(visits: Visits, site: Site) -> None:
    page = opened(visits, site, f"/services/{site.rollout.replace('proxy', 'porxy')}")
    page.get_by_role("link", name=site.rollout).click()
    expect(page.get_by_role("heading", name=site.rollout, level=1)).to_be_visible()


def test_all_deployments_of_a_service_are_listed(visits: Visits, site: Site) -> None:
    page = opened(visits, site, f"/services/{site.failed}/deployments")
    row = page.get_by_test_id("deployment").last
    expect(row).to_contain_text("failed")
    expect(row).to_contain_text("unknown key 'retention_days'")
    row.get_by_role("link").click()
    expect(page).to_have_url(re.compile(f"/deployments/{site.failed_deployment}$"))
