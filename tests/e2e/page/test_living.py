"""What happens on real hosts is seen on an open page, which nobody loads again."""

import re

import pytest
from playwright.sync_api import Error, Locator, Page, expect

from tests.e2e.fleet import Fleet, sleeper, wait_until
from tests.web.findings import Findings
from tests.web.looking import Device
from tests.web.visits import Visits, settle

pytestmark = pytest.mark.engine

BOTH = pytest.mark.parametrize("device", Device)
LATER_MS = 60_000
"""For what takes an engine its time on a busy machine."""

SICK = """    healthcheck:
      test: [CMD, sh, -c, "echo the cupboard is bare; exit 1"]
      interval: 1s
      retries: 1
"""
CHATTY = """services:
  main:
    image: {image}
    command: [sh, -c, "trap 'exit 0' TERM; n=0; while :; do n=$$((n + 1)); echo line $$n; sleep 0.2; done"]
"""


def opened(visits: Visits, fleet: Fleet, path: str, device: Device) -> Page:
    """A page of the admin, which is marked, so that a test can tell that it was never loaded again."""
    # the engines come and go with networks of this machine, which Chromium hears
    visits.findings.expect("ERR_NETWORK_CHANGED|Failed to fetch dynamically imported module")
    token = (fleet.server_data / "admin.token").read_text().strip()
    page = visits.signed_in(fleet.url, token, device=device)
    for _ in range(5):
        try:
            page.goto(path)
            page.get_by_test_id("link").first.wait_for(state="attached", timeout=10_000)
            break
        except Error as error:
            if not re.search("ERR_NETWORK_CHANGED|Timeout", error.message):
                raise
    settle(page)
    page.evaluate("document.body.dataset.loaded = 'once'")
    return page


def is_the_same(page: Page) -> bool:
    """Whether the page is still the one that was opened."""
    return bool(page.evaluate("document.body.dataset.loaded === 'once'"))


def row(page: Page, name: str) -> Locator:
    """A row of a list, by its link."""
    return page.get_by_role("row").filter(has=page.get_by_role("link", name=name, exact=True))


@BOTH
def test_a_deploy_is_begun_on_the_page_and_its_steps_are_seen_to_their_end(
    fleet: Fleet, image: str, visits: Visits, device: Device
) -> None:
    web = f"deployed-{device}"
    fleet.write(web, sleeper(image), "node-a", meta="deploy: {health: {stable_for: 300ms}}\n")
    fleet.commit("the first of it")
    fleet.cli("repo", "sync")
    page = opened(visits, fleet, f"/services/{web}", device)

    page.get_by_role("main").get_by_role("button", name="Deploy", exact=True).click()
    expect(page.get_by_role("dialog").get_by_test_id("commits")).to_contain_text("the first of it")
    page.get_by_role("dialog").get_by_role("button", name=re.compile("^Deploy ")).click()

    expect(page).to_have_url(re.compile("/deployments/d[0-9]+$"))
    for step in ("fetch", "up", "health", "record"):
        expect(page.get_by_test_id("step").filter(has_text=step).first).to_contain_text(
            re.compile("succeeded|[0-9] m?s"), timeout=LATER_MS
        )
    expect(page.get_by_role("banner").or_(page.get_by_role("main")).get_by_text("succeeded").first).to_be_visible(
        timeout=LATER_MS
    )
    assert is_the_same(page)
    assert fleet.instance(web, "node-a")["state"] == "running"


@BOTH
def test_a_healthcheck_that_fails_is_told_first_with_what_it_printed(
    fleet: Fleet, image: str, visits: Visits, device: Device
) -> None:
    web = f"sick-{device}"
    fleet.write(web, sleeper(image, SICK), "node-a", meta="deploy: {health: {deadline: 15s}}\n")
    fleet.commit()
    [deployment] = fleet.deploy(web, code=4)

    page = opened(visits, fleet, f"/deployments/{deployment['id']}", device)

    cause = page.get_by_test_id("cause").first
    expect(cause).to_contain_text("unhealthy")
    expect(cause).to_contain_text("the cupboard is bare")
    assert cause.bounding_box() is not None
    assert (cause.bounding_box() or {"y": 1e9})["y"] < page.get_by_test_id("step").first.bounding_box()["y"]  # type: ignore[index]


@BOTH
def test_a_container_that_is_killed_is_seen_at_once(fleet: Fleet, image: str, visits: Visits, device: Device) -> None:
    web = f"killed-{device}"
    fleet.write(web, sleeper(image), "node-a")
    fleet.commit()
    fleet.deploy(web)
    page = opened(visits, fleet, "/services", device)
    expect(row(page, web)).to_contain_text("running")

    fleet.engines["node-a"].docker("kill", f"{web}-main-1")

    expect(row(page, web)).to_contain_text("failed")
    expect(row(page, web)).to_contain_text("exited 137 (killed)")
    assert is_the_same(page)


@BOTH
def test_logs_are_followed(fleet: Fleet, image: str, visits: Visits, device: Device) -> None:
    web = f"chatty-{device}"
    fleet.write(web, CHATTY.format(image=image), "node-a")
    fleet.commit()
    fleet.deploy(web)

    page = opened(visits, fleet, f"/services/{web}/logs", device)

    def newest() -> int:
        return max(map(int, re.findall(r"line ([0-9]+)", page.get_by_role("main").inner_text())), default=0)

    first = wait_until(newest, "the first lines")
    wait_until(lambda: newest() >= first + 10, "further lines")
    assert is_the_same(page)


@BOTH
def test_a_node_is_seen_to_go_and_to_come_back(fleet: Fleet, image: str, visits: Visits, device: Device) -> None:
    page = opened(visits, fleet, "/nodes", device)
    node = page.get_by_test_id("node")
    expect(node).to_contain_text("online")

    fleet.kill("agent-node-a")
    expect(node).to_contain_text(re.compile("disconnected|offline"))
    fleet.start_agent("node-a", fleet.engines["node-a"])

    expect(node).to_contain_text("online", timeout=LATER_MS)
    assert is_the_same(page)


@BOTH
def test_a_server_that_is_started_again_is_found_again_and_meanwhile_the_page_says_that_it_is_not_live(
    fleet: Fleet, visits: Visits, findings: Findings, device: Device
) -> None:
    findings.expect(
        "ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET|ERR_HTTP2|ERR_SSL|ERR_CONNECTION_CLOSED"
    )
    page = opened(visits, fleet, "/nodes", device)
    port = fleet.url.rpartition(":")[2]

    fleet.kill("server")
    expect(page.get_by_test_id("not-live")).to_contain_text("Not live since")
    expect(page.get_by_role("main")).to_have_class(re.compile("stale"))
    fleet.start_server("--listen", f"127.0.0.1:{port}")

    expect(page.get_by_test_id("not-live")).to_have_count(0, timeout=LATER_MS)
    expect(page.get_by_role("main")).not_to_have_class(re.compile("stale"))
    settle(page)
    assert is_the_same(page)
