"""What holds for every screen of the page, on a desk and on a phone, in the dark and in the light."""

import pytest
from playwright.sync_api import Page

from tests.web import axe
from tests.web.looking import Device, Theme
from tests.web.screens import SCREENS, Screen
from tests.web.simulated_site import Site
from tests.web.visits import Visits


@pytest.mark.parametrize(
    ("screen", "device"),
    [pytest.param(screen, device, id=f"{screen.name}-{device}") for screen in SCREENS for device in screen.devices],
)
def test_a_screen_is_whole_for_everyone(visits: Visits, site: Site, screen: Screen, device: Device) -> None:
    """Nothing goes wrong unseen (as in all tests here), nothing grave is found by axe in either theme, nothing scrolls sideways."""
    for pattern in screen.expected:
        visits.findings.expect(pattern)
    page = screen.open(visits, site, device)
    wrong = [f"dark: {one}" for one in axe.grave_findings(page)]
    page.emulate_media(color_scheme=Theme.LIGHT.value)
    wrong += [f"light: {one}" for one in axe.grave_findings(page, "color-contrast")]
    wrong += wider_than_the_screen(page)
    assert not wrong, "\n".join(wrong)


WIDE = """() => [document.documentElement, ...document.querySelectorAll('main, dialog[open]')]
  .filter((element) => element.scrollWidth > Math.max(element.clientWidth, 0) + 1)
  .map((element) => `${element.localName} is ${element.scrollWidth} wide in ${element.clientWidth}`)"""


def wider_than_the_screen(page: Page) -> list[str]:
    """The page, its view, and a dialog, as far as they scroll sideways; parts of them, such as a wide table, may."""
    assert page.viewport_size
    widest = page.evaluate("document.documentElement.scrollWidth")
    found: list[str] = page.evaluate(WIDE)
    return found + ([f"the page is {widest} wide"] if widest > page.viewport_size["width"] else [])
