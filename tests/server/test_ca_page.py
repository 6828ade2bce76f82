"""The page with the server's CA."""

from pathlib import Path
from typing import Any

import pytest

from composia.server.ca_page import ca_page
from composia.server.certificates import is_loopback

pytestmark = pytest.mark.anyio


async def ask(file: Path, method: str, path: str) -> tuple[int, dict[bytes, bytes], bytes]:
    """Status, headers and body of the page."""
    sent: list[Any] = []

    async def receive() -> Any:
        raise AssertionError("nothing of the request is read")

    async def send(message: Any) -> None:
        sent.append(message)

    route = ca_page(file.read_bytes)
    assert route.path == "/ca.pem"
    await route.app({"type": "http", "method": method, "path": path}, receive, send)
    start, body = sent
    return start["status"], dict(start["headers"]), body["body"]


async def test_it_shows_the_file_as_it_is_now(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_bytes(b"old")
    first = await ask(file, "GET", "/ca.pem")
    file.write_bytes(b"new one")
    second = await ask(file, "GET", "/ca.pem")
    head = await ask(file, "HEAD", "/ca.pem")

    kind = (b"content-type", b"application/x-pem-file")
    fresh = (b"cache-control", b"no-store")
    assert first == (200, dict([kind, fresh, (b"content-length", b"3")]), b"old")
    assert second == (200, dict([kind, fresh, (b"content-length", b"7")]), b"new one")
    assert head == (200, dict([kind, fresh, (b"content-length", b"7")]), b"")


@pytest.mark.parametrize(("method", "path", "status"), [("POST", "/ca.pem", 405), ("GET", "/ca.pem/x", 404)])
async def test_it_is_only_to_be_read(tmp_path: Path, method: str, path: str, status: int) -> None:
    file = tmp_path / "ca.pem"
    file.write_bytes(b"ca")

    answered, _, body = await ask(file, method, path)

    assert (answered, body == b"ca") == (status, False)


@pytest.mark.parametrize(
    ("listen", "alone"),
    [
        ("127.0.0.1:1", True),
        ("127.9.9.9:1", True),
        ("[::1]:1", True),
        ("localhost:1", True),
        ("0.0.0.0:1", False),
        ("[::]:1", False),
        ("10.0.0.1:1", False),
        ("composia.test:1", False),
    ],
)
def test_whether_a_server_is_alone_on_its_address(listen: str, alone: bool) -> None:
    assert is_loopback(listen) is alone
