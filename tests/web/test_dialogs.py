"""Dialogs of what is about to be done: each is of one question, and what it shows and says is of that one."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from composia._gen.v1 import deployment_pb2
from tests.relay import Relay
from tests.web.looking import Device
from tests.web.simulated_site import Site
from tests.web.visits import PAINTED, Held, Visits, keep_notices, settle

BOTH = pytest.mark.parametrize("device", Device)
DEPLOY = re.compile("^Deploy [0-9a-f]{8}$")


def behind(site: Site, number: int) -> str:
    """A service that is well, and a commit or two behind."""
    plain = [service.name for service in site.services if service.is_plain]
    return plain[3 * number]


def opened(visits: Visits, site: Site, path: str, device: Device = Device.DESKTOP) -> Page:
    page = visits.signed_in(site.url, site.token("admin"), device=device)
    page.goto(path)
    settle(page)
    return page


def dialog(page: Page, name: str) -> Locator:
    return page.get_by_role("dialog", name=name, exact=True)


def stays(page: Page, shown: Locator) -> None:
    """What an answer led to has been drawn, and this is still there."""
    page.evaluate(PAINTED)
    expect(shown).to_be_visible()


def test_what_was_chosen_for_one_service_is_not_chosen_for_the_next(visits: Visits, site: Site) -> None:
    first, second = behind(site, 12), behind(site, 13)
    page = opened(visits, site, f"/services/{first}")
    page.keyboard.press("d")
    one = dialog(page, f"Deploy {first}")
    one.get_by_label("Revision").select_option(index=1)
    one.get_by_label("Pull images").check()
    expect(one.get_by_label("Revision")).not_to_have_value("")

    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Search or run").fill(f"deploy {second}")
    found = page.get_by_role("listbox").get_by_role("option").filter(has_text=f"Deploy {second}")
    found.filter(has_not_text="Deployment").click()  # and not a deployment of it

    other = dialog(page, f"Deploy {second}")
    expect(other.get_by_label("Revision")).to_have_value("")
    expect(other.get_by_label("Pull images")).not_to_be_checked()
    expect(other.get_by_test_id("commits")).to_contain_text(f"Update {second} to")
    expect(one).to_have_count(0)


def test_what_a_late_answer_has_begun_is_said_and_nothing_else_happens(visits: Visits, site: Site) -> None:
    name = behind(site, 14)
    page = opened(visits, site, f"/services/{name}")
    keep_notices(page)
    held = Held(page, "Deploy")
    page.keyboard.press("d")
    with page.expect_request(re.compile("/Deploy$")):
        dialog(page, f"Deploy {name}").get_by_role("button", name=DEPLOY).click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("r")
    other = dialog(page, f"Restart {name}?")
    expect(other).to_be_visible()

    held.let_go()
    message = page.get_by_test_id("notice")
    expect(message).to_contain_text(f"Deploying {name}")
    stays(page, other)
    expect(page).to_have_url(re.compile(f"/services/{name}$"))


@pytest.mark.parametrize(
    ("path", "key", "rpc", "next_key", "following"),
    [
        pytest.param("/services/{name}", "d", "Deploy", "r", "Restart {name}?", id="deploy"),
        pytest.param("/services/{name}", "r", "Operate", "S", "Stop {name}?", id="restart"),
        pytest.param("/nodes/{node}", "P", "PruneNode", "d", "Drain {node}?", id="prune"),
        pytest.param("/nodes/{node}", "d", "DrainNode", "P", "Prune {node}", id="drain"),
    ],
)
def test_a_late_refusal_is_said_and_closes_no_other_dialog(
    visits: Visits, site: Site, path: str, key: str, rpc: str, next_key: str, following: str
) -> None:
    visits.findings.expect(f"ERR_FAILED.*/{rpc}")
    name, node = behind(site, 15), site.nodes[0]
    verbs: dict[str, str | re.Pattern[str]] = {
        "Deploy": DEPLOY,
        "Operate": "Restart",
        "PruneNode": "Remove",
        "DrainNode": "Drain",
    }
    page = opened(visits, site, path.format(name=name, node=node))
    held = Held(page, rpc)
    page.keyboard.press(key)
    with page.expect_request(re.compile(f"/{rpc}$")):
        page.get_by_role("dialog").get_by_role("button", name=verbs[rpc]).click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press(next_key)
    other = dialog(page, following.format(name=name, node=node))
    expect(other).to_be_visible()

    held.calls[0].abort()
    expect(page.get_by_test_id("notice")).to_contain_text("the server cannot be reached")
    stays(page, other)


def test_what_got_no_answer_is_sent_again_as_the_same_and_begun_once(visits: Visits, site: Site) -> None:
    visits.findings.expect("ERR_FAILED.*/Operate")
    name = behind(site, 17)
    page = opened(visits, site, f"/services/{name}")
    keep_notices(page)
    sent: list[bytes | None] = []
    begun: list[bytes] = []

    def lost(route: Route) -> None:
        sent.append(route.request.post_data_buffer)
        begun.append(route.fetch().body())
        route.abort()

    page.route(re.compile("/Operate$"), lost, times=1)
    page.keyboard.press("r")
    question = dialog(page, f"Restart {name}?")
    question.get_by_role("button", name="Restart").click()
    expect(question.get_by_role("alert")).to_contain_text("it is not known whether it was begun")
    with page.expect_response(re.compile("/Operate$")) as answer:
        question.get_by_role("button", name="Restart").click()
    expect(page.get_by_test_id("notice")).to_contain_text(f"Restarting {name}")
    expect(question).to_have_count(0)
    assert [answer.value.request.post_data_buffer] == sent
    first, again = (deployment_pb2.Started.FromString(one) for one in (*begun, answer.value.body()))
    assert [one.deployment.id for one in again.deployments] == [one.deployment.id for one in first.deployments]


@BOTH
def test_a_dialog_says_that_what_it_shows_is_not_live(visits: Visits, site: Site, device: Device) -> None:
    visits.findings.expect("net::ERR_")
    server = urlsplit(site.url)
    with Relay("127.0.0.1", (server.hostname or "", server.port or 0)) as relay:
        page = visits.signed_in(f"https://{relay.address}", site.token("admin"), device=device)
        page.goto(f"/services/{behind(site, 16)}")
        settle(page)
        page.get_by_role("main").get_by_role("button", name="Deploy", exact=True).click()
        question = dialog(page, f"Deploy {behind(site, 16)}")
        expect(question.get_by_role("button", name=DEPLOY)).to_be_enabled()
        expect(question.get_by_test_id("not-live")).to_have_count(0)
    expect(question.get_by_test_id("not-live")).to_contain_text("Not live since")
    expect(question.get_by_role("button", name="Try now")).to_be_visible()


@BOTH
def test_what_goes_with_its_data_is_named_first(visits: Visits, site: Site, device: Device) -> None:
    service = next(one for one in site.services if one.name == behind(site, 15))
    page = opened(visits, site, f"/services/{service.name}", device)
    page.get_by_role("main").get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name="Take down").click()
    question = dialog(page, f"Take down {service.name}?")
    volumes = question.get_by_role("list", name="Volumes to remove")
    expect(question.get_by_role("list", name="What is hit")).to_be_visible()
    expect(volumes).to_have_count(0)
    question.get_by_role("checkbox").check()
    parts = ["data", *(beside.split("=")[0] for beside in service.app.beside)]
    expect(volumes.get_by_role("listitem")).to_have_text(
        [re.compile(rf"{service.name}_{part}\s+[0-9.]+ [KMG]i?B") for part in sorted(parts)]
    )


def test_that_volumes_cannot_be_told_is_said_and_they_are_asked_for_again(visits: Visits, site: Site) -> None:
    visits.findings.expect("ERR_FAILED.*/ListVolumes")
    name = behind(site, 15)
    page = opened(visits, site, f"/services/{name}")
    page.route(re.compile("/ListVolumes"), lambda route: route.abort(), times=1)
    page.keyboard.press("D")
    question = dialog(page, f"Take down {name}?")
    question.get_by_role("checkbox").check()
    expect(question.get_by_role("alert")).to_contain_text("the server cannot be reached")
    question.get_by_role("button", name="Try again").click()
    expect(question.get_by_role("list", name="Volumes to remove")).to_contain_text(f"{name}_data")
    expect(question.get_by_role("alert")).to_have_count(0)


@BOTH
def test_in_a_changed_line_the_words_that_changed_are_marked(visits: Visits, site: Site, device: Device) -> None:
    service = next(one for one in site.services if one.name == behind(site, 16))
    page = opened(visits, site, f"/services/{service.name}", device)
    page.get_by_role("main").get_by_role("button", name="Deploy", exact=True).click()
    file = dialog(page, f"Deploy {service.name}").get_by_test_id("diff-file").filter(has_text="compose.yaml")
    added = file.get_by_role("row").filter(has_text="added: ")
    expect(added.locator("mark")).not_to_have_count(0)
    expect(added).to_contain_text(f"image: {service.app.image}:{service.app.tags[-1]}")
    expect(added.locator("mark").filter(has_text="image")).to_have_count(0)
