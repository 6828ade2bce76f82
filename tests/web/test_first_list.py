"""What is loaded before the first list is seen."""

from playwright.sync_api import Page

from tests.bench.page_load import loaded

MOST_BYTES = 100_000
"""Of scripts and styles, as they come over the wire."""


def test_the_first_list_waits_for_little(page: Page) -> None:
    found = loaded(page)
    assert 0 < found["first"] < MOST_BYTES, f"{found['first']} bytes in {found['files']} files"
