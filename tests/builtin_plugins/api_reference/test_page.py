"""The reference that was built into the program is served at `/api`, to readers alone."""

import gzip

import pytest
from starlette.requests import Request
from starlette.responses import Response

from composia.builtin_plugins.api_reference.page import Reference


def request(path: str, method: str = "GET", **headers: str) -> Response:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Reference()._respond(Request({"type": "http", "method": method, "path": path, "headers": raw}))


@pytest.mark.parametrize("path", ["/api", "/api/"])
def test_the_built_reference_is_in_the_program(path: str) -> None:
    answer = request(path)
    assert (answer.status_code, answer.media_type) == (200, "text/html")
    assert b'<section id="GetStatus">' in bytes(answer.body)


def test_it_is_sent_packed_to_who_takes_that() -> None:
    answer = request("/api/", accept_encoding="gzip, br")
    assert answer.headers["content-encoding"] == "gzip"
    assert gzip.decompress(bytes(answer.body)) == request("/api/").body


def test_nothing_else_is_there_and_nothing_can_be_changed() -> None:
    assert request("/api/else").status_code == 404
    assert request("/api/", "POST").status_code == 405
