"""Output in the page: however much it is, its end is followed, its lines have addresses, and it is searched and taken away."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Request, expect

from tests.web.looking import Device
from tests.web.simulated_site import Site, simulated_site
from tests.web.visits import Visits, settle

BOTH = pytest.mark.parametrize("device", Device)
LINES = 800_000
MANY = "t3"
"""A task that has written as many lines, short ones."""


@pytest.fixture(scope="module")
def talked() -> Iterator[Site]:
    """A site of which one task has written a hundred million bytes, in colours, another as many short lines, and one what terminals do."""
    with simulated_site(count=12) as site:
        output = site.fleet.server_data / "output"
        with (output / f"{site.failed_task}.1").open("w") as file:
            for start in range(0, LINES, 1000):
                file.writelines(line(number) for number in range(start, start + 1000))
            file.write("and that was all\n")
            assert file.tell() > 100_000_000
        (output / f"{MANY}.1").write_text("".join(f"step {number} is done\n" for number in range(LINES)))
        (output / "t1.1").write_text("\x1b[31mred\x1b[0m plain\nloading 10%\rloading 100%\nmarkup <b>x</b>\n\nafter\n")
        yield site


def line(number: int) -> str:
    return f"\x1b[2m12:00:{number % 60:02}\x1b[0m \x1b[3{number % 8}mstep {number}\x1b[0m {'layer ' * 15}\n"


def opened(visits: Visits, site: Site, path: str, device: Device = Device.DESKTOP) -> Page:
    page = visits.signed_in(site.url, site.token("viewer"), device=device, accept_downloads=True)
    page.goto(path)
    settle(page)
    return page


def lines_of(page: Page) -> Locator:
    return page.get_by_role("log").locator("[data-line]")


def follows(page: Page) -> Locator:
    return page.get_by_role("toolbar").get_by_role("button", name=re.compile("the end$"), pressed=True)


def test_a_hundred_megabytes_are_followed_until_the_reader_goes_back(visits: Visits, talked: Site) -> None:
    page = opened(visits, talked, f"/tasks/{talked.failed_task}")
    last = page.get_by_role("log").get_by_text("and that was all")
    expect(last).to_be_in_viewport()
    expect(page.get_by_role("toolbar")).to_contain_text(f"{LINES + 1:,} lines")
    assert lines_of(page).count() < 200
    page.get_by_role("log").hover()
    page.mouse.wheel(0, -300)
    expect(follows(page)).to_have_count(0)
    expect(last).not_to_be_in_viewport()
    expect(page.get_by_role("link", name=f"Line {LINES - 20}", exact=True)).to_be_in_viewport()
    page.mouse.wheel(0, 600)
    expect(follows(page)).to_be_visible()
    expect(last).to_be_in_viewport()
    page.get_by_role("log").focus()
    page.keyboard.press("Home")
    expect(page.get_by_role("link", name="Line 1", exact=True)).to_be_in_viewport()
    page.keyboard.press("End")
    expect(last).to_be_in_viewport()


@BOTH
def test_a_line_has_an_address_that_leads_to_it(visits: Visits, talked: Site, device: Device) -> None:
    page = opened(visits, talked, f"/tasks/{MANY}#L400001", device)
    number = page.get_by_role("link", name="Line 400001", exact=True)
    expect(number).to_be_in_viewport()
    expect(number).to_have_attribute("aria-current", "true")
    expect(lines_of(page).filter(has=number)).to_contain_text("step 400000 ")
    page.get_by_role("link", name="Line 400003", exact=True).click(modifiers=["Shift"])
    expect(page).to_have_url(re.compile("#L400001-L400003$"))
    expect(page.get_by_role("log").locator("[aria-current]")).to_have_count(3)
    if device is Device.DESKTOP:
        expect(page.get_by_role("toolbar")).to_contain_text("3 lines")
    page.get_by_role("button", name="Choose no lines").click()
    expect(page).to_have_url(re.compile(f"/{MANY}$"))
    expect(number).to_be_in_viewport()


@BOTH
def test_a_text_is_found_among_many_lines(visits: Visits, talked: Site, device: Device) -> None:
    page = opened(visits, talked, f"/tasks/{MANY}", device)
    expect(page.get_by_role("link", name=f"Line {LINES}", exact=True)).to_be_visible()
    page.get_by_role("log").focus()
    page.keyboard.press("Control+f")
    field = page.get_by_role("searchbox", name="Find in the output")
    expect(field).to_be_focused()
    field.fill("STEP 70000")
    places = page.get_by_role("toolbar").get_by_role("status")
    expect(places).to_have_text("1/11")  # 70000, and 700000 to 700009
    expect(page.get_by_role("link", name="Line 70001", exact=True)).to_be_in_viewport()
    expect(page.locator(".ansi-mark").first).to_have_text("step 70000")
    field.press("Enter")
    expect(places).to_have_text("2/11")
    expect(page.get_by_role("link", name="Line 700001", exact=True)).to_be_in_viewport()
    field.press("Shift+Enter")
    field.press("Shift+Enter")
    expect(places).to_have_text("11/11")
    field.press("Escape")
    expect(page.locator(".ansi-mark")).to_have_count(0)
    expect(page.get_by_role("log")).to_be_focused()


def test_it_looks_as_in_a_terminal_and_is_copied_as_text(visits: Visits, talked: Site, tmp_path: Path) -> None:
    page = opened(visits, talked, "/tasks/t1")
    shown = lines_of(page)
    expect(shown.nth(0).locator(".ansi-fg-1")).to_have_text("red")
    expect(shown.nth(1)).to_contain_text("loading 100%")
    expect(shown.nth(1)).not_to_contain_text("10%l")
    expect(shown.nth(2)).to_contain_text("markup <b>x</b>")
    page.get_by_role("link", name="Line 1", exact=True).click()
    page.get_by_role("link", name="Line 3", exact=True).click(modifiers=["Shift"])
    page.get_by_role("log").evaluate("box => getSelection().selectAllChildren(box)")
    copied = page.evaluate("getSelection().toString()")
    assert copied.rstrip("\n") == "red plain\nloading 100%\nmarkup <b>x</b>\n\nafter"
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the output").click()
    taken = tmp_path / "taken"
    download.value.save_as(taken)
    assert taken.read_bytes() == (talked.fleet.server_data / "output" / "t1.1").read_bytes()
    assert re.fullmatch(r"[\w-]+-on-\w+\.log", download.value.suggested_filename)


def test_what_happens_to_a_task_leaves_its_output_in_place(visits: Visits, talked: Site) -> None:
    """It is asked for once, however often the task is told of anew."""
    page = visits.signed_in(talked.url, talked.token("admin"))
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request) if request.url.endswith("/TaskOutput") else None)
    page.goto(f"/tasks/{talked.running_task}")
    settle(page)
    expect(page.get_by_role("log")).to_contain_text("plan: ")
    page.evaluate("() => { window.log = document.querySelector('[role=log]') }")
    page.get_by_role("main").get_by_role("button", name="Cancel", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel the task").click()
    expect(page.get_by_role("main").get_by_role("button", name="Retry", exact=True)).to_be_visible()
    expect(page.get_by_role("log")).to_contain_text("plan: ")
    assert page.evaluate("window.log.isConnected")
    assert len(asked) == 1


def test_long_lines_are_broken_when_the_reader_wants_it(visits: Visits, talked: Site) -> None:
    (talked.fleet.server_data / "output" / "t2.1").write_text("short\n" + "word " * 400 + "\nlast\n")
    page = opened(visits, talked, "/tasks/t2")
    long = lines_of(page).nth(1)
    last = page.get_by_role("link", name="Line 3", exact=True)

    def high(part: Locator) -> float:
        box = part.bounding_box()
        assert box is not None
        return box["height"]

    assert high(long) == high(lines_of(page).nth(0))
    page.get_by_role("button", name="Break long lines").click()
    expect(page.get_by_role("button", name="Break long lines", pressed=True)).to_be_visible()
    expect(last).to_be_in_viewport()
    assert high(long) > 10 * high(lines_of(page).nth(0))
    page.reload()
    settle(page)
    expect(last).to_be_in_viewport()
    assert high(long) > 10 * high(lines_of(page).nth(0))
