"""Whether the server lives, and whether it is ready."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from composia.builtin_plugins.memory.queue import MemoryQueue
from composia.server import health
from composia.server.health import Health, health_pages

pytestmark = pytest.mark.anyio


async def ask(checked: Health, path: str, method: str = "GET") -> tuple[int, str]:
    """Status and body of the page."""
    sent: list[Any] = []

    async def receive() -> Any:
        raise AssertionError("nothing of the request is read")

    async def send(message: Any) -> None:
        sent.append(message)

    (route,) = (route for route in health_pages(checked) if route.path == path)
    await route.app({"type": "http", "method": method, "path": path}, receive, send)
    start, body = sent
    assert dict(start["headers"])[b"cache-control"] == b"no-store"
    return start["status"], body["body"].decode()


async def test_a_server_whose_store_answers_is_ready(tmp_path: Path) -> None:
    checked = Health(MemoryQueue(), tmp_path)
    assert await ask(checked, "/readyz") == (200, "ok\n")
    assert await ask(checked, "/readyz", "HEAD") == (200, "")
    assert await ask(checked, "/readyz", "POST") == (405, "only GET\n")
    assert await checked.ready()


async def test_one_that_stops_is_not_ready_but_lives(tmp_path: Path) -> None:
    checked = Health(MemoryQueue(), tmp_path)
    checked.stopping = True
    assert await ask(checked, "/readyz") == (503, "the server is stopping\n")
    assert await ask(checked, "/healthz") == (200, "ok\n")


async def test_one_whose_store_is_gone_or_hangs_is_not_ready_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone, hangs = MemoryQueue(), MemoryQueue()
    await gone.close()

    async def never() -> int:
        await asyncio.sleep(3600)
        return 0

    monkeypatch.setattr(hangs, "last_change", never)
    monkeypatch.setattr(health, "ANSWER_S", 0.01)
    assert await ask(Health(gone, tmp_path), "/readyz") == (503, "the queue is closed\n")
    assert await ask(Health(hangs, tmp_path), "/readyz") == (503, "the store does not answer within 0.01 s\n")
    assert not await Health(gone, tmp_path).ready()
