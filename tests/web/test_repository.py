"""The repository: what is wrong with it, and what each commit changed."""

import re

from playwright.sync_api import expect

from tests.web.simulated_site import Site
from tests.web.visits import Visits, settle


def test_an_error_leads_to_its_line(visits: Visits, site: Site) -> None:
    page = visits.signed_in(site.url, site.token("viewer"))
    page.goto("/repository")
    settle(page)
    page.get_by_role("link", name=re.compile(rf"{site.broken}\Wcompose\.yaml:\d+")).first.click()
    expect(page).to_have_url(re.compile(f"/services/{site.broken}/files[?]file=.*#L[0-9]+$"))


def test_each_commit_names_the_services_that_it_changed(visits: Visits, site: Site) -> None:
    page = visits.signed_in(site.url, site.token("viewer"))
    page.goto("/repository")
    settle(page)
    commit = page.get_by_role("listitem").filter(has_text=f"Update {site.running} to").first
    commit.get_by_role("link", name=site.running, exact=True).click()
    expect(page).to_have_url(re.compile(f"/services/{site.running}/files[?]revision="))
    page.go_back()
    page.get_by_label("changed").select_option(site.running)
    expect(page).to_have_url(re.compile(f"service={site.running}$"))
    expect(page.get_by_role("button", name="Sync now")).to_have_count(0)  # a viewer's page
