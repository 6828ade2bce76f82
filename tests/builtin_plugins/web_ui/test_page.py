"""The web page is served precompressed, cached where that is safe, and never in place of a missing script."""

import asyncio
from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any

import pytest

from composia.builtin_plugins.web_ui.page import Asset, WebPage

SCRIPT = "_app/immutable/chunks/a.Dx4kXJAl.js"
PAGE = Asset(variants={"": b"<h1>page</h1>"}, media_type="text/html", etag="e1")
PACKED = Asset(variants={"": b"plain", "br": b"brotli", "gzip": b"gzip"}, media_type="text/javascript", etag="e2")


@dataclass(frozen=True, kw_only=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


def request(path: str, method: str = "GET", page: WebPage | None = None, **headers: str) -> Answer:
    """One request to the page, as a server makes it."""
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": raw, "server": ("h", 1)}
    asyncio.run((page or WebPage({"index.html": PAGE, SCRIPT: PACKED}))(scope, receive, send))
    return Answer(
        status=sent[0]["status"],
        headers={name.decode(): value.decode() for name, value in sent[0]["headers"]},
        body=b"".join(message.get("body", b"") for message in sent[1:]),
    )


@pytest.mark.parametrize(
    ("accepted", "encoding", "body"),
    [
        ("br, gzip", "br", b"brotli"),
        ("gzip", "gzip", b"gzip"),
        ("br;q=0, gzip", "gzip", b"gzip"),
        ("identity", None, b"plain"),
    ],
)
def test_the_best_encoding_that_is_accepted_is_sent(accepted: str, encoding: str | None, body: bytes) -> None:
    answer = request(f"/{SCRIPT}", accept_encoding=accepted)

    assert (answer.status, answer.headers.get("content-encoding"), answer.body) == (200, encoding, body)
    assert answer.headers["vary"] == "accept-encoding"


def test_a_hashed_name_is_cached_for_ever_and_the_page_is_asked_for_again() -> None:
    assert request("/").headers["cache-control"] == "no-cache"
    assert request(f"/{SCRIPT}").headers["cache-control"] == "public, max-age=31536000, immutable"


def test_what_the_browser_has_is_not_sent_again() -> None:
    etag = request("/").headers["etag"]

    again = request("/", if_none_match=f'"other", W/{etag}')

    assert (again.status, again.body) == (304, b"")


def test_a_path_that_a_person_navigates_to_is_the_page_and_a_missing_script_stays_missing() -> None:
    assert request("/services/web", accept="text/html").status == 200
    assert request("/services/web", accept="application/json").status == 404
    assert request("/_app/immutable/gone.js", accept="text/html").status == 404
    assert request("/_app/immutable/gone", accept="text/html").status == 404


def test_a_missing_script_is_asked_for_again_once_it_may_be_there() -> None:
    assert request("/_app/immutable/gone.js").headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/", "/services/web", f"/{SCRIPT}", "/nothing.png"])
def test_no_answer_is_more_than_it_says_or_for_other_sites(path: str) -> None:
    headers = request(path, accept="text/html").headers

    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]
    assert "strict-transport-security" not in headers  # the CA is our own, and who does not know it could not go on


def test_a_head_says_what_a_get_would_send() -> None:
    got, told = request(f"/{SCRIPT}", accept_encoding="br"), request(f"/{SCRIPT}", "HEAD", accept_encoding="br")

    assert (told.status, told.body) == (200, b"")
    assert told.headers == got.headers
    assert told.headers["content-length"] == "6"


def test_only_reading_is_allowed() -> None:
    assert request("/", "POST").status == 405
    assert request("/", "HEAD").body == b""


def test_the_built_page_is_in_the_program() -> None:
    answer = request("/", page=WebPage.load())

    assert (answer.status, b"Composia" in answer.body) == (200, True)
