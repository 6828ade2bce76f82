"""Logs of containers in the page: followed, searched, hidden, taken away, on a desk and on a phone."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.fleet import wait_until
from tests.web.findings import Findings
from tests.web.looking import Device
from tests.web.simulated_site import Site
from tests.web.test_stream import show
from tests.web.visits import PAINTED, Visits, settle

BOTH = pytest.mark.parametrize("device", Device)

SOME_SCREENS = re.compile(r"^(\d{3}|\d,\d{3}) lines$")
"""How many lines there are when there is enough to scroll in."""

LAST_WHEN = """
what => addEventListener(what, () => { lastLine = [...document.querySelectorAll("[data-line]")].at(-1).dataset.line },
  { capture: true, once: true })
"""
"""Has `lastLine` be the last line that was there when that was done."""


@BOTH
def test_lines_appear_without_reload(visits: Visits, site: Site, device: Device) -> None:
    page = opened(visits, site, f"/services/{site.chatty}/logs", device)
    expect(page.get_by_test_id("feed")).to_have_text("live")
    before = count(page)
    expect(page.get_by_test_id("lines")).not_to_have_text(page.get_by_test_id("lines").inner_text())
    expect_to_be_at_the_end(page)
    assert count(page) > before


@BOTH
def test_lines_of_many_containers_are_in_one_view(visits: Visits, site: Site, device: Device) -> None:
    """Each with the service, the container and the node that printed it."""
    page = opened(visits, site, "/logs", device)
    expect(page.get_by_text(re.compile(rf"^{site.chatty}/app@")).first).to_be_visible()
    other = next(one for one in site.services if one.is_plain and one.name != site.chatty)
    page.goto(f"/logs?service={other.name}")
    expect(page.get_by_text(f"{other.name}/app@{other.nodes[0]}").first).to_be_visible()
    expect(page.get_by_text(re.compile(rf"^{site.chatty}/"))).to_have_count(0)


def test_a_reader_who_scrolls_up_is_left_alone_until_the_end_is_wanted_again(page: Page, site: Site) -> None:
    page.goto(f"/services/{site.chatty}/logs")
    expect(page.get_by_test_id("lines")).to_have_text(SOME_SCREENS)
    expect(follow(page)).to_have_attribute("aria-pressed", "true")
    page.get_by_role("log").hover()
    page.mouse.wheel(0, -600)
    expect(follow(page)).to_have_attribute("aria-pressed", "false")
    page.evaluate(PAINTED)  # the wheel turns before the view does
    stays = topmost(page)
    fresh = page.get_by_role("button", name=re.compile(r"^\d+ new lines?$"))
    expect(fresh).to_be_visible()
    assert topmost(page) == stays
    fresh.click()
    expect(follow(page)).to_have_attribute("aria-pressed", "true")
    expect_to_be_at_the_end(page)


@pytest.mark.parametrize("stay", ["key", "button"])
def test_who_no_longer_follows_stays_where_the_view_is(page: Page, site: Site, stay: str) -> None:
    page.goto(f"/services/{site.chatty}/logs")
    expect(lines(page).first).to_be_visible()
    expect_to_be_at_the_end(page)
    settle(page)
    page.evaluate(LAST_WHEN, "keydown" if stay == "key" else "click")  # lines come, perhaps hundreds, until it is done
    if stay == "key":
        page.keyboard.press("f")
    else:
        follow(page).click()
    expect(follow(page)).to_have_attribute("aria-pressed", "false")
    settle(page)
    expect(page.locator(f"[data-line='{page.evaluate('lastLine')}']")).to_be_in_viewport()


def test_a_reader_on_a_phone_stays_there_while_lines_come(visits: Visits, site: Site) -> None:
    """Above are wrapped lines, of which none is there any more."""
    page = opened(visits, site, last_lines(site), Device.PHONE)
    box, said = page.get_by_role("log"), page.get_by_test_id("lines")
    expect(said).to_have_text(SOME_SCREENS)
    go_to_the_first(page)
    for _ in range(4):
        box.evaluate("box => box.scrollBy(0, 0.8 * box.clientHeight)")
        settle(page)
    expect(follow(page)).to_have_attribute("aria-pressed", "false")
    before, place = said.inner_text(), box.evaluate("box => box.scrollTop")
    expect(said).not_to_have_text(before)
    settle(page)
    assert abs(box.evaluate("box => box.scrollTop") - place) <= 1


def test_logs_that_begin_in_a_hidden_tab_rest_too(visits: Visits, site: Site, findings: Findings) -> None:
    findings.expect("ERR_ABORTED")
    page = visits.signed_in(site.url, site.token("viewer"))
    page.clock.install()
    page.goto(f"/services/{site.chatty}")
    settle(page)

    show(page, hidden=True)
    page.get_by_role("main").locator(f"a[href='/services/{site.chatty}/logs']").click()
    feed = page.get_by_test_id("feed")
    expect(feed).to_have_text(re.compile(r"^\s*(live|rests)\s*$"))
    page.clock.run_for(31_000)
    expect(feed).to_have_text("rests")

    show(page, hidden=False)
    expect(feed).to_have_text("live")


def test_keys_follow_wrap_search_and_go_to_the_ends(page: Page, site: Site) -> None:
    page.goto(last_lines(site))
    expect(lines(page).first).to_be_visible()
    page.keyboard.press("f")
    expect(follow(page)).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("w")
    expect(page).to_have_url(re.compile("wrap=yes"))
    go_to_the_first(page)
    page.keyboard.press("G")
    expect(follow(page)).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox", name="Search in lines")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys").get_by_text("Follow, or stay")).to_be_visible()


@BOTH
def test_the_server_searches_in_all_lines(visits: Visits, site: Site, device: Device) -> None:
    """By a text that is marked, in any case where that is wanted; the address shows the same again."""
    page = opened(visits, site, f"/services/{site.chatty}/logs", device)
    search = page.get_by_role("searchbox", name="Search in lines")
    search.fill("UPSTREAM TIMED")
    expect(page.get_by_text("No line has")).to_be_visible()
    page.get_by_role("button", name="Match case").click()
    expect(lines(page).first).to_contain_text("upstream timed out")
    assert all("upstream timed out" in text for text in lines(page).all_inner_texts())
    expect(lines(page).first.locator(".ansi-mark")).to_have_text("upstream timed")
    page.reload()
    expect(lines(page).first).to_contain_text("upstream timed out")
    expect(search).to_have_value("UPSTREAM TIMED")


@BOTH
def test_what_is_no_regular_expression_is_said_at_the_field(visits: Visits, site: Site, device: Device) -> None:
    visits.findings.expect(r"400.*ReadLogs")
    page = opened(visits, site, f"/services/{site.chatty}/logs", device)
    page.get_by_role("button", name="Regular expression").click()
    search = page.get_by_role("searchbox", name="Search in lines")
    search.fill("(GET")
    expect(page.get_by_role("alert")).to_have_count(1)
    expect(page.get_by_role("alert")).to_contain_text("no regular expression")
    expect(search).to_have_attribute("aria-invalid", "true")
    search.fill(r"GET /api/items/\d+ 200")
    expect(lines(page).first).to_contain_text("GET /api/items/")
    expect(page.get_by_role("alert")).to_have_count(0)


@BOTH
def test_lines_are_hidden_by_pattern(visits: Visits, site: Site, device: Device) -> None:
    page = opened(visits, site, f"/services/{site.chatty}/logs", device)
    choose(page, "Hide", device)
    page.get_by_label("Hide lines with").fill("/(get|post) /")
    expect(page.get_by_text("Lines with this text in them")).to_be_visible()
    page.get_by_label("Hide lines with").fill("/GET|POST/i")
    page.get_by_role("button", name="Hide", exact=True).last.click()
    page.keyboard.press("Escape")
    expect(page.get_by_text(re.compile(r"^\d+ hidden$"))).to_be_visible()
    expect(lines(page).filter(has_text="GET")).to_have_count(0)
    expect(lines(page).filter(has_text="slow query").first).to_be_visible()
    expect(page).to_have_url(re.compile(r"hide=/GET"))


def test_a_link_leads_to_a_moment_with_its_line_marked(page: Page, site: Site) -> None:
    page.goto(f"/services/{site.chatty}/logs")
    expect(lines(page).first).to_be_visible()
    page.keyboard.press("f")
    expect(follow(page)).to_have_attribute("aria-pressed", "false")
    text, link = lines(page).nth(3).evaluate("line => [line.innerText, line.querySelector('a').getAttribute('href')]")
    page.goto(link)
    chosen = page.locator("[data-line][aria-current=true]")
    expect(chosen).to_have_text(text, use_inner_text=True)
    expect(chosen).to_be_in_viewport()
    expect(follow(page)).to_have_attribute("aria-pressed", "false")
    expect(lines(page).nth(0)).not_to_have_attribute("aria-current", "true")


def test_a_line_opens_to_all_that_is_known_of_it(page: Page, site: Site) -> None:
    page.goto("/logs?q=job+failed")
    expect(lines(page).last).to_contain_text("job failed")
    page.keyboard.press("f")
    expect(follow(page)).to_have_attribute("aria-pressed", "false")
    line = page.locator(f"[data-line='{first_whole(page)}']")
    line.get_by_role("button", name="All of this line").click()
    expect(line.locator("pre")).to_contain_text('"level": "error"')
    expect(line.get_by_text("stderr")).to_be_visible()


@BOTH
def test_what_stands_around_a_found_line_can_be_seen(visits: Visits, site: Site, device: Device) -> None:
    page = opened(visits, site, f"/services/{site.chatty}/logs?q=upstream+timed&hide=nothing-like-this", device)
    page.keyboard.press("f")
    expect(follow(page)).to_have_attribute("aria-pressed", "false")
    line = page.locator(f"[data-line='{first_whole(page)}']")
    printed = line.inner_text()
    line.get_by_role("button", name="All of this line").click()
    line.get_by_role("link", name="Around it", exact=True).click()
    expect(page).to_have_url(re.compile(r"[?]at=\d+&of=[^&]+$"))
    chosen = page.locator("[data-line][aria-current=true]")
    expect(chosen).to_have_text(printed, use_inner_text=True)
    expect(chosen).to_be_in_viewport()
    expect(lines(page).filter(has_text="slow query")).not_to_have_count(0)
    chosen.get_by_role("button", name="All of this line").click()
    expect(chosen.locator("pre")).to_be_visible()
    expect(chosen.get_by_role("link", name="Around it")).to_have_count(0)


def test_a_key_leads_to_what_stands_around_a_line(page: Page, site: Site) -> None:
    page.goto(f"/services/{site.chatty}/logs?q=UPSTREAM+timed&ignore-case")
    expect(lines(page)).not_to_have_count(0)
    page.keyboard.press("k")
    page.keyboard.press("a")
    expect(page).to_have_url(re.compile(r"[?]at=\d+&of=[^&]+$"))
    expect(page.locator("[data-line][aria-current=true]")).to_contain_text("upstream timed out")
    expect(lines(page).filter(has_text="slow query")).not_to_have_count(0)


@BOTH
@pytest.mark.parametrize("what", ["deployment", "task"])
def test_a_failure_leads_to_what_was_printed_then(visits: Visits, site: Site, device: Device, what: str) -> None:
    page = visits.signed_in(site.url, site.token("viewer"), device=device)
    page.goto(f"/deployments/{site.failed_deployment}" if what == "deployment" else f"/tasks/{site.failed_task}")
    settle(page)
    page.get_by_role("alert", name="Why it failed").get_by_role("link", name="Logs", exact=True).click()
    expect(page).to_have_url(re.compile(rf"/services/{site.failed}/logs[?]node=[^&]+&from=[^&]+&to=[^&]+$"))
    expect(page.get_by_test_id("feed")).to_have_text("complete")
    said = lines(page).filter(has_text="unknown key 'retention_days'")
    expect(said).not_to_have_count(0)
    # each once; another test may have had it deployed again meanwhile
    times = [link.get_attribute("href") for link in said.locator("a[href*='at=']").all()]
    assert len(times) == len(set(times)) == said.count()


@pytest.mark.parametrize(("kind", "ending"), [("Text", "log"), ("JSON lines", "jsonl")])
def test_lines_are_taken_away_as_a_file(page: Page, site: Site, kind: str, ending: str, tmp_path: Path) -> None:
    page.goto(f"/services/{site.chatty}/logs?q=slow+query&hide=rows%3D2")
    expect(lines(page).first).to_be_visible()
    page.get_by_role("button", name="More", exact=True).last.click()
    page.get_by_role("menuitem", name="Download").click()
    dialog = page.get_by_role("dialog", name="Download lines")
    dialog.get_by_text(kind, exact=True).click()
    with page.expect_download() as downloading:
        dialog.get_by_role("button", name="Download", exact=True).click()
    expect(dialog.get_by_text(re.compile(r"the browser has the file"))).to_be_visible()
    file = tmp_path / downloading.value.suggested_filename
    downloading.value.save_as(file)
    assert file.name.startswith(site.chatty)
    assert file.suffix == f".{ending}"
    taken = file.read_text().splitlines()
    assert len(taken) > 3
    assert all("slow query" in one and "rows=2" not in one for one in taken)
    if ending == "jsonl":
        assert {json.loads(one)["service"] for one in taken} == {site.chatty}
    else:
        assert all(re.match(rf"\d{{4}}-\d\d-\d\dT[\d:.]+Z {site.chatty}/app@", one) for one in taken)


def test_a_time_without_lines_says_so_and_offers_a_wider_one(page: Page, site: Site) -> None:
    page.goto(f"/services/{site.chatty}/logs?from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z")
    expect(page.get_by_text("No lines in this time")).to_be_visible()
    page.get_by_role("button", name="Any time").last.click()
    expect(lines(page).first).to_be_visible()


def test_the_containers_themselves_can_be_asked(page: Page, site: Site) -> None:
    page.goto(f"/services/{site.chatty}/logs")
    expect(lines(page).first).to_be_visible()
    page.get_by_role("button", name="More", exact=True).last.click()
    page.get_by_role("menuitem", name="From the containers").click()
    expect(page).to_have_url(re.compile("live="))
    expect(page.get_by_text("from the containers", exact=True)).to_be_visible()
    expect(lines(page).first).to_be_visible()
    before = count(page)
    expect(page.get_by_test_id("lines")).not_to_have_text(f"{before} lines")


def test_what_is_not_deployed_has_no_lines_and_says_why(page: Page, site: Site) -> None:
    page.goto(f"/services/{site.unplaced}/logs")
    expect(page.get_by_text(f"{site.unplaced} has no containers")).to_be_visible()


def opened(visits: Visits, site: Site, path: str, device: Device) -> Page:
    page = visits.signed_in(site.url, site.token("viewer"), device=device)
    page.goto(path)
    settle(page)
    expect(lines(page).first).to_be_visible()
    return page


def last_lines(site: Site) -> str:
    """A view whose first line has none before it, as long as the site may have run by now."""
    since = datetime.now(UTC) - timedelta(seconds=30)
    return f"/services/{site.chatty}/logs?from={since:%Y-%m-%dT%H:%M:%SZ}"


def go_to_the_first(page: Page) -> None:
    """Press g twice, again and again: two that are long apart are two."""

    def there() -> bool:
        page.keyboard.press("g")
        page.keyboard.press("g")
        page.evaluate(PAINTED)
        return bool(page.get_by_role("log").evaluate("box => box.scrollTop === 0"))

    wait_until(there, "the first line is in view")
    expect(page.get_by_role("log").get_by_text("The first line of this time.")).to_be_in_viewport()


def choose(page: Page, what: str, device: Device) -> None:
    """Open what can be chosen; on a phone it is in a sheet."""
    if device is Device.PHONE:
        page.get_by_role("button", name=re.compile("^Filters")).click()
        page.get_by_role("dialog", name="Filters").locator("summary", has_text=what).click()
    else:
        page.get_by_role("button", name=re.compile(f"^{what}")).click()


def lines(page: Page) -> Locator:
    return page.locator("[data-line]:has(a)")


def follow(page: Page) -> Locator:
    return page.get_by_role("button", name="Follow", exact=True)


def count(page: Page) -> int:
    return int(page.get_by_test_id("lines").inner_text().split()[0].replace(",", ""))


def first_whole(page: Page) -> str:
    """The number of the first line that is seen as a whole."""
    number: str = page.get_by_role("log").evaluate(
        """(box) => {
          const edge = box.getBoundingClientRect().top;
          const rows = [...box.querySelectorAll('[data-line]:has(a)')];
          return rows.find((row) => row.getBoundingClientRect().top >= edge).dataset.line;
        }"""
    )
    return number


def topmost(page: Page) -> str:
    """The text of the first line that is seen."""
    top: str = page.get_by_role("log").evaluate(
        """(box) => {
          const edge = box.getBoundingClientRect().top;
          return [...box.querySelectorAll('[data-line]')].find((row) => row.getBoundingClientRect().bottom > edge + 1).innerText;
        }"""
    )
    return top


def expect_to_be_at_the_end(page: Page) -> None:
    expect(lines(page).last).to_be_in_viewport()
