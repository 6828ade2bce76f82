"""Pictures of every screen, dark and light, on a desk and on a phone, into build/shots: `./dev shots [NAME…]`.

The site has 200 services on simulated nodes. Without names all screens are pictured.
"""

import shutil
import sys
from pathlib import Path

from tests.web.findings import Findings
from tests.web.looking import Device, Theme, opened_browser
from tests.web.screens import SCREENS, Screen
from tests.web.simulated_site import Site, simulated_site
from tests.web.visits import Visits

SHOTS = Path(__file__).resolve().parents[2] / "build" / "shots"


def take(visits: Visits, site: Site, screen: Screen, device: Device) -> None:
    """Open the screen once, and picture it in both themes."""
    page = screen.open(visits, site, device)
    for theme in Theme:
        page.emulate_media(color_scheme=theme.value)
        page.wait_for_timeout(200)  # charts are drawn anew
        page.screenshot(path=SHOTS / f"{screen.name}-{device}-{theme}.png")


def main(names: list[str]) -> None:
    """Picture the named screens; the exit code is 1 when one of them could not be reached."""
    known = {screen.name: screen for screen in SCREENS}
    if unknown := [name for name in names if name not in known]:
        sys.exit(f"dev: no screen {unknown[0]!r}; there are: {' '.join(known)}")
    if not names:
        shutil.rmtree(SHOTS, ignore_errors=True)
    SHOTS.mkdir(parents=True, exist_ok=True)
    missed = 0
    with simulated_site() as site, opened_browser() as browser:
        for screen in (known[name] for name in names or known):
            for device in Device:
                findings = Findings()
                with Visits(browser=browser, findings=findings) as visits:
                    try:
                        take(visits, site, screen, device)
                    except Exception as error:  # noqa: BLE001 - the others are still wanted
                        missed += 1
                        print(f"{screen.name} on {device}: {str(error).splitlines()[0]}", flush=True)
                        visits.keep_pictures(SHOTS, f"missed-{screen.name}-{device}")
    print(f"{len(list(SHOTS.glob('*.png')))} pictures in {SHOTS}")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
