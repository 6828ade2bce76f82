"""The page, opened: as whom, on what, in which theme."""

import re
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from playwright.sync_api import Browser, Page, Route, expect

from tests.web.findings import Findings
from tests.web.looking import Device, Theme, opened_profile

SESSIONS: dict[tuple[str, str], Any] = {}
"""The sessions of this process, by server and token: a server that is asked for one beside each test would call it too often."""


@dataclass(kw_only=True)
class Visits:
    """The profiles of one test; all end with it."""

    browser: Browser
    findings: Findings
    pages: list[Page] = field(default_factory=list)
    _stack: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def stranger(self, url: str, *, device: Device = Device.DESKTOP, theme: Theme = Theme.DARK, **options: Any) -> Page:
        """An empty page of somebody who was never here; `options` are those of Playwright's contexts."""
        profile = opened_profile(self.browser, url, device, theme, self.findings, **options)
        self._stack.callback(profile.close)
        page = profile.new_page()
        self.pages.append(page)
        return page

    def signed_in(
        self, url: str, token: str, *, device: Device = Device.DESKTOP, theme: Theme = Theme.DARK, **options: Any
    ) -> Page:
        """An empty page of somebody who has signed in with an API token."""
        if (url, token) not in SESSIONS:
            SESSIONS[url, token] = self._begin_session(url, token)
        return self.stranger(url, device=device, theme=theme, storage_state=SESSIONS[url, token], **options)

    def _begin_session(self, url: str, token: str) -> Any:
        context = self.browser.new_context(base_url=url, ignore_https_errors=True)
        answer = context.request.post("/session", data={"token": token})
        assert answer.ok, answer.text()
        stored = context.storage_state()
        context.close()
        return stored

    def keep_pictures(self, directory: Path, name: str) -> None:
        """Keep what the pages look like now, for a person who wonders about a failed test."""
        directory.mkdir(parents=True, exist_ok=True)
        file = re.sub(r"[^\w-]+", "-", name)
        for number, page in enumerate(page for page in self.pages if not page.is_closed()):
            page.screenshot(path=directory / f"{file}-{number}.png")


class Held:
    """The calls of an RPC from now on, which wait for the test."""

    def __init__(self, page: Page, rpc: str) -> None:
        self.calls: list[Route] = []
        self._free = False
        page.route(re.compile(rf"/{rpc}\b"), self._hold)

    def let_go(self) -> None:
        """They go on, and so does what is called from now on."""
        self._free = True
        for call in self.calls:
            call.continue_()

    def _hold(self, call: Route) -> None:
        if self._free:
            call.continue_()
        else:
            self.calls.append(call)


PAINTED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))"


NOTICES = Path(__file__).resolve().parents[2] / "web" / "src" / "lib" / "ui" / "notices.svelte.ts"


def keep_notices(page: Page) -> None:
    """What the page says by the way stays, so that a slow test sees it; it goes after some seconds by itself."""
    found = re.search(r"SHOWN_MS = (\d+);", NOTICES.read_text())
    assert found is not None
    shown = int(found[1])
    keep = f"() => {{ const begin = setTimeout; setTimeout = (run, ms) => begin(run, ms === {shown} ? 1e9 : ms) }}"
    page.evaluate(keep)
    page.add_init_script(f"({keep})()")  # and of what is loaded next


def settle(page: Page) -> None:
    """Wait until the page is live and nothing in it is on its way any more."""
    expect(page.get_by_test_id("link").first).to_have_text(re.compile(r"^\s*Live"))
    expect(page.get_by_test_id("loading")).to_have_count(0)
    expect(page.get_by_role("button", name="Account (unspecified)")).to_have_count(0)  # who looks at it is known
    page.evaluate(PAINTED)  # what a view begins once it is shown has begun
