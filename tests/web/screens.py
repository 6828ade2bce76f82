"""Every screen of the page: where it is, and what has to be done to see it. Pictures are made of all of them, and what holds for all
is tested over this table."""

import re
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from tests.relay import Relay
from tests.web.looking import Device
from tests.web.simulated_site import Site
from tests.web.visits import Visits, settle


def nothing(_: Page) -> None:
    """The screen is what its address shows."""


@dataclass(frozen=True, kw_only=True)
class Screen:
    """`path` may hold fields of the site; `reach` does what a person does there, once the page has settled. A screen that is
    `cut_off` has lost its server since. `expected` are findings that belong to it; some are there on one device only."""

    name: str
    path: str
    title: str
    reach: Callable[[Page], None] = nothing
    signed_in: bool = True
    cut_off: bool = False
    expected: tuple[str, ...] = ()
    devices: tuple[Device, ...] = tuple(Device)

    def address(self, site: Site) -> str:
        """Where it is on this site."""
        return self.path.format(site=site)

    def open(self, visits: Visits, site: Site, device: Device) -> Page:
        """Go there, and wait until all of it is to be seen."""
        server = urlsplit(site.url)
        with Relay("127.0.0.1", (server.hostname or "", server.port or 0)) if self.cut_off else nullcontext() as relay:
            url = f"https://{relay.address}" if relay else site.url
            if self.signed_in:
                page = visits.signed_in(url, site.token("admin"), device=device)
            else:
                page = visits.stranger(url, device=device)
            page.goto(self.address(site))
            if self.signed_in:
                settle(page)
            self.reach(page)
        if self.cut_off:
            expect(page.get_by_test_id("not-live")).to_be_visible()
        expect(page).to_have_title(re.compile(self.title))
        return page


def opened_palette(page: Page) -> None:
    """By its keys."""
    page.keyboard.press("Control+k")
    expect(page.get_by_role("dialog")).to_be_visible()


def opened_keys(page: Page) -> None:
    """By its key."""
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()


def opened_by(button: str) -> Callable[[Page], None]:
    """A dialog that a button or an item of a menu with this name opens, and what it asks for has come."""

    def reach(page: Page) -> None:
        page.get_by_role("main").get_by_role("button", name=button).first.click()
        expect(page.get_by_role("dialog")).to_be_visible()
        expect(page.get_by_test_id("loading")).to_have_count(0)

    return reach


def opened_details(page: Page) -> None:
    """Those of the first row of a list."""
    details = page.get_by_role("main").get_by_role("button", name=re.compile("^Details of ")).first
    details.click()
    expect(details).to_have_attribute("aria-expanded", "true")


def opened_menu(button: str) -> Callable[[Page], None]:
    """The menu of a button whose name begins so."""

    def reach(page: Page) -> None:
        page.get_by_role("main").get_by_role("button", name=re.compile(f"^{button}")).click()
        expect(page.get_by_role("menu")).to_be_visible()

    return reach


def chosen_from_menu(item: str, button: str = "More actions") -> Callable[[Page], None]:
    """A dialog that an item of the menu of the thing itself opens."""

    def reach(page: Page) -> None:
        page.get_by_role("main").get_by_role("button", name=button).click()
        page.get_by_role("menuitem", name=item).first.click()
        expect(page.get_by_role("dialog")).to_be_visible()
        expect(page.get_by_test_id("loading")).to_have_count(0)

    return reach


def ticked(page: Page) -> None:
    """A take-down of the service with its data."""
    chosen_from_menu("Take down")(page)
    page.get_by_role("dialog").get_by_role("checkbox").check()
    expect(page.get_by_role("list", name="Volumes to remove")).to_be_visible()


def opened_many(page: Page) -> None:
    """What a deploy of the first services of the list would change, and all of it of one of them."""
    for place in range(3):
        page.get_by_role("checkbox", name=re.compile("^Choose (?!all)")).nth(place).check()
    page.get_by_role("toolbar", name="Chosen services").get_by_role("button", name="Deploy").click()
    page.get_by_role("dialog").locator("summary").first.click()
    expect(page.get_by_role("dialog").get_by_test_id("diff-file").first).to_be_visible()
    expect(page.get_by_test_id("loading")).to_have_count(0)


SERVICE, NODE, TITLE = "/services/{site.running}", "/nodes/{site.nodes[0]}", " · Composia$"

SCREENS = (
    Screen(name="sign-in", path="/sign-in", title="^Sign in", signed_in=False, expected=(r"401.*GetCaller",)),
    Screen(name="services", path="/services", title="^Services" + TITLE),
    Screen(name="services-grouped", path="/services?group=node", title="^Services" + TITLE),
    Screen(name="services-grouping", path="/services", title="^Services" + TITLE, reach=opened_menu("Group")),
    Screen(
        name="services-sorting",
        path="/services",
        title="^Services" + TITLE,
        reach=opened_menu("Sort"),
        devices=(Device.PHONE,),
    ),
    Screen(name="services-failed", path="/services?state=failed,degraded", title="^Services" + TITLE),
    Screen(name="services-none-match", path="/services?q=nothing-is-called-so", title="^Services" + TITLE),
    Screen(name="service", path=SERVICE, title=TITLE),
    Screen(name="service-crashing", path="/services/{site.crashing}", title=TITLE),
    Screen(name="service-rollout", path="/services/{site.rollout}", title=TITLE),
    Screen(name="service-broken", path="/services/{site.broken}", title=TITLE),
    Screen(name="service-unknown", path="/services/nobody", title=TITLE, expected=("404.*GetService",)),
    Screen(name="service-deployments", path=SERVICE + "/deployments", title=TITLE),
    Screen(name="service-files", path=SERVICE + "/files", title=TITLE),
    Screen(name="service-logs", path="/services/{site.chatty}/logs", title=TITLE),
    Screen(name="service-stats", path=SERVICE + "/stats", title=TITLE),
    Screen(name="service-stats-many", path="/services/{site.rollout}/stats", title=TITLE),
    Screen(name="deploy", path=SERVICE, title=TITLE, reach=opened_by("Deploy")),
    Screen(name="deploy-many", path="/services?changed", title="^Services" + TITLE, reach=opened_many),
    Screen(name="restart", path=SERVICE, title=TITLE, reach=opened_by("Restart")),
    Screen(name="stop", path=SERVICE, title=TITLE, reach=chosen_from_menu("Stop")),
    Screen(name="down", path=SERVICE, title=TITLE, reach=chosen_from_menu("Take down")),
    Screen(name="down-with-data", path=SERVICE, title=TITLE, reach=ticked),
    Screen(name="deployment", path="/deployments/{site.running_deployment}", title=TITLE),
    Screen(name="deployment-failed", path="/deployments/{site.failed_deployment}", title=TITLE),
    Screen(name="deployment-paused", path="/deployments/{site.paused_deployment}", title=TITLE),
    Screen(
        name="deployment-cancel",
        path="/deployments/{site.paused_deployment}",
        title=TITLE,
        reach=opened_by("Cancel"),
    ),
    Screen(name="deployments", path="/deployments", title="^Deployments" + TITLE),
    Screen(name="tasks", path="/tasks", title="^Tasks" + TITLE),
    Screen(name="tasks-of-a-node", path="/tasks?node={site.nodes[0]}", title="^Tasks" + TITLE),
    Screen(name="task", path="/tasks/{site.running_task}", title=TITLE),
    Screen(name="task-failed", path="/tasks/{site.failed_task}", title=TITLE),
    Screen(name="logs", path="/logs", title="^Logs" + TITLE),
    Screen(
        name="logs-filters",
        path="/logs",
        title="^Logs" + TITLE,
        reach=opened_by("Filters"),
        devices=(Device.PHONE,),
    ),
    Screen(name="logs-download", path="/logs", title="^Logs" + TITLE, reach=chosen_from_menu("Download", "More")),
    Screen(name="nodes", path="/nodes", title="^Nodes" + TITLE),
    Screen(name="nodes-filtered", path="/nodes?q=zone=a&state=online&sort=cpu", title="^Nodes" + TITLE),
    Screen(name="nodes-none-match", path="/nodes?q=nothing-is-called-so", title="^Nodes" + TITLE),
    Screen(
        name="nodes-sorting",
        path="/nodes",
        title="^Nodes" + TITLE,
        reach=opened_menu("Sort"),
        devices=(Device.PHONE,),
    ),
    Screen(name="node", path=NODE, title=TITLE),
    Screen(name="node-containers", path=NODE + "/containers", title="^Containers of .*" + TITLE),
    Screen(name="node-images", path=NODE + "/images", title="^Images of .*" + TITLE),
    Screen(name="node-image", path=NODE + "/images", title="^Images of .*" + TITLE, reach=opened_details),
    Screen(name="node-volumes", path=NODE + "/volumes", title="^Volumes of .*" + TITLE),
    Screen(name="node-networks", path=NODE + "/networks", title="^Networks of .*" + TITLE),
    Screen(name="drain", path=NODE, title=TITLE, reach=chosen_from_menu("Drain")),
    Screen(name="prune", path=NODE, title=TITLE, reach=chosen_from_menu("Prune")),
    Screen(name="add-node", path="/nodes", title="^Nodes" + TITLE, reach=opened_by("Add a node")),
    Screen(name="repository", path="/repository", title="^Repository" + TITLE),
    Screen(name="settings", path="/settings", title="^Settings" + TITLE),
    Screen(name="tokens", path="/settings/tokens", title=TITLE),
    Screen(name="new-token", path="/settings/tokens", title=TITLE, reach=opened_by("New token")),
    Screen(name="users", path="/settings/users", title=TITLE),
    Screen(name="add-user", path="/settings/users", title=TITLE, reach=opened_by("Add a user")),
    Screen(name="sessions", path="/settings/sessions", title=TITLE),
    Screen(name="plugins", path="/settings/plugins", title=TITLE),
    Screen(name="schedules", path="/settings/schedules", title=TITLE),
    Screen(name="health", path="/settings/health", title=TITLE),
    Screen(name="palette", path="/services", title="^Services" + TITLE, reach=opened_palette),
    Screen(name="keys", path="/services", title="^Services" + TITLE, reach=opened_keys),
    Screen(
        name="not-live",
        path="/services",
        title="^Services" + TITLE,
        cut_off=True,
        expected=("net::ERR_",),
    ),
)
