"""A browser to look at the page with: Chromium, on a desk and on a phone, in either theme."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Any

import chromium
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from tests.web.findings import Findings

FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE_MS = 90_000
expect.set_options(timeout=PATIENCE_MS)


class Device(StrEnum):
    """What the page is looked at on."""

    DESKTOP = "desktop"
    PHONE = "phone"


class Theme(StrEnum):
    """What the system prefers."""

    DARK = "dark"
    LIGHT = "light"


SCREENS: dict[Device, dict[str, Any]] = {
    Device.DESKTOP: {"viewport": {"width": 1440, "height": 900}},
    Device.PHONE: {
        "viewport": {"width": 390, "height": 844},
        "device_scale_factor": 2,
        "is_mobile": True,
        "has_touch": True,
    },
}


@contextmanager
def opened_browser(*flags: str) -> Iterator[Browser]:
    """A Chromium, ended at the end. No event loop may run meanwhile: the driver has one of its own in this thread."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium.find(), chromium_sandbox=False, args=[*FLAGS, *flags])
        yield browser
        browser.close()


def opened_profile(
    browser: Browser, url: str, device: Device, theme: Theme, findings: Findings, **options: Any
) -> BrowserContext:
    """A browser of somebody who was never here: no cookies, nothing stored. Paths are below `url`; what goes wrong is found."""
    profile = browser.new_context(
        base_url=url,
        color_scheme=theme.value,
        ignore_https_errors=True,
        locale="en-GB",
        timezone_id="UTC",
        **{"reduced_motion": "reduce", **SCREENS[device], **options},
    )
    profile.set_default_timeout(PATIENCE_MS)
    findings.watch(profile, url)
    return profile
