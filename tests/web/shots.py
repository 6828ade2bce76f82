"""Pictures of every screen, dark and light, on a desk and on a phone, into build/shots: `./dev shots [NAME…]`.

The site has 200 services on simulated nodes. Without names all screens are pictured. `./dev shots readme` makes those of README
anew, in docs/images.
"""

import base64
import shutil
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from playwright.sync_api import Page

from tests.web.findings import Findings
from tests.web.looking import Device, Theme, opened_browser
from tests.web.screens import SCREENS, Screen
from tests.web.simulated_site import Site, simulated_site
from tests.web.visits import Visits

ROOT = Path(__file__).resolve().parents[2]
SHOTS = ROOT / "build" / "shots"
IMAGES = ROOT / "docs" / "images"

README = {
    "services": (Device.DESKTOP, Theme.DARK),
    "deploy": (Device.DESKTOP, Theme.LIGHT),
    "deployment-failed": (Device.DESKTOP, Theme.DARK),
    "service-crashing": (Device.PHONE, Theme.LIGHT),
}
"""What README shows of the page."""


def take(visits: Visits, site: Site, screen: Screen, device: Device) -> None:
    """Open the screen once, and picture it in both themes."""
    page = screen.open(visits, site, device)
    for theme in Theme:
        shown_in(page, theme)
        page.screenshot(path=SHOTS / f"{screen.name}-{device}-{theme}.png")


def take_for_readme(visits: Visits, site: Site, screen: Screen) -> None:
    """Picture the screen as README shows it: a small file."""
    device, theme = README[screen.name]
    page = screen.open(visits, site, device)
    shown_in(page, theme)
    session = page.context.new_cdp_session(page)
    answer = session.send("Page.captureScreenshot", {"format": "webp", "quality": 75})
    (IMAGES / f"{screen.name}.webp").write_bytes(base64.b64decode(answer["data"]))


def shown_in(page: Page, theme: Theme) -> None:
    """Have the page in this theme, with its charts drawn anew."""
    page.emulate_media(color_scheme=theme.value)
    page.wait_for_timeout(200)


KNOWN = {screen.name: screen for screen in SCREENS}


def wanted(names: list[str]) -> Iterator[tuple[str, Callable[[Visits, Site], None]]]:
    """What is to be pictured, and how."""
    if names == ["readme"]:
        yield from ((name, partial(take_for_readme, screen=KNOWN[name])) for name in README)
    else:
        for screen in (KNOWN[name] for name in names or KNOWN):
            for device in screen.devices:
                yield f"{screen.name} on {device}", partial(take, screen=screen, device=device)


def main(names: list[str]) -> None:
    """Picture the named screens; the exit code is 1 when one of them could not be reached."""
    if unknown := [name for name in names if name not in KNOWN and names != ["readme"]]:
        sys.exit(f"dev: no screen {unknown[0]!r}; there are: {' '.join(KNOWN)}")
    if not names:
        shutil.rmtree(SHOTS, ignore_errors=True)
    for directory in (SHOTS, IMAGES):
        directory.mkdir(parents=True, exist_ok=True)
    missed = 0
    with simulated_site() as site, opened_browser() as browser:
        for what, do in wanted(names):
            with Visits(browser=browser, findings=Findings()) as visits:
                try:
                    do(visits, site)
                except Exception as error:  # noqa: BLE001 - the others are still wanted
                    missed += 1
                    print(f"{what}: {str(error).splitlines()[0]}", flush=True)
                    visits.keep_pictures(SHOTS, f"missed-{what}")
    print(f"pictures are in {IMAGES if names == ['readme'] else SHOTS}")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
