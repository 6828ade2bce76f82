"""That what goes wrong in a browser unseen is found: the net under all other tests of the page."""

import http.server
import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.web.findings import Findings
from tests.web.looking import Device, Theme, opened_profile

PAGES = {
    "/": "<title>well</title><main><h1>All is well</h1></main>",
    "/logs-an-error": "<script>console.error('so it is')</script>",
    "/throws": "<script>setTimeout(() => { throw new Error('thrown') })</script>",
    "/rejects": "<script>Promise.reject(new Error('rejected'))</script>",
    "/misses": "<script>fetch('/missing')</script>",
    "/leaves": "<img src='http://127.0.0.2/picture.png'>",
    "/styles": "<meta http-equiv='Content-Security-Policy' content=\"style-src 'self'\"><p style='color: red'>red</p>",
}


class Pages(http.server.BaseHTTPRequestHandler):
    """Serves PAGES."""

    def do_GET(self) -> None:
        page = PAGES.get(self.path)
        self.send_response(200 if page is not None else 404)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(f"<!doctype html><html lang=en><link rel=icon href='data:,'>{page}".encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Where PAGES are."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def found_at(browser: Browser, url: str, path: str, *expected: str) -> list[str]:
    findings = Findings()
    for pattern in expected:
        findings.expect(pattern)
    profile = opened_profile(browser, url, Device.DESKTOP, Theme.DARK, findings)
    page = profile.new_page()
    page.goto(path, wait_until="networkidle")
    expect(page.locator("html")).to_be_attached()
    profile.close()
    return findings.unexpected()


def test_nothing_is_found_where_all_is_well(browser: Browser, url: str) -> None:
    assert found_at(browser, url, "/") == []


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/logs-an-error", "console: so it is"),
        ("/throws", "script: Error: thrown"),
        ("/rejects", "script: Error: rejected"),
        ("/misses", "answer: 404 of GET"),
        ("/leaves", "request to elsewhere: http://127.0.0.2/picture.png"),
        ("/styles", "console: content security policy: style-src-attr refused inline"),
    ],
)
def test_what_goes_wrong_is_found(browser: Browser, url: str, path: str, words: str) -> None:
    found = found_at(browser, url, path)
    assert [one for one in found if one.startswith(words)], found


def test_what_is_expected_is_no_finding_neither_as_answer_nor_on_the_console(browser: Browser, url: str) -> None:
    assert found_at(browser, url, "/misses", r"404.*/missing") == []
