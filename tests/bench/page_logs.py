"""Frames of the log view while ten containers print 10 000 lines a second."""

import re
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml
from playwright.sync_api import Page, expect

from tests.bench.page_opened import opened_page
from tests.e2e.fleet import Fleet, wait_until

CONTAINERS, EVERY_S = 10, 0.001
PRINTS = [
    "\x1b[32mINFO\x1b[0m {time} request id={hex} GET /api/items/{n} 200 in {ms} ms",
    '{{"level": "info", "msg": "stored", "took_ms": {ms}, "id": "{hex}"}}',
]
SECONDS = 20.0

FRAMES = """(ms) => new Promise((resolve) => {
  const frames = [];
  const begun = performance.now();
  let last = begun;
  const frame = (now) => {
    frames.push(now - last);
    last = now;
    if (now - begun < ms) requestAnimationFrame(frame);
    else resolve(frames.slice(1));
  };
  requestAnimationFrame(frame);
})"""


def measure() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory:
        fleet = Fleet(directory=Path(directory))
        try:
            _start(fleet)
            token = (fleet.server_data / "admin.token").read_text().strip()
            with opened_page(fleet.url, token) as page:
                page.goto("/services/hose/logs")
                expect(page.get_by_test_id("lines")).to_be_visible()
                time.sleep(3)  # what was printed before is read, too
                _print(page)
        finally:
            fleet.end()


def _print(page: Page) -> None:
    before, begun = _lines(page), time.monotonic()
    frames: list[float] = page.evaluate(FRAMES, SECONDS * 1000)
    lines, passed_s = _lines(page) - before, time.monotonic() - begun
    over = sum(frame > 100 for frame in frames)
    print(
        f"{lines / passed_s:.0f} lines a second came: longest frame {max(frames):.0f} ms, {over} of {len(frames)} over 100 ms (aim 0)"
    )


def _lines(page: Page) -> int:
    """How many lines the view says it has, or has had."""
    return int(re.sub(r"\D", "", page.get_by_test_id("lines").inner_text()) or 0)


def _start(fleet: Fleet) -> None:
    part: dict[str, Any] = {
        "image": "hose:1",
        "scale": CONTAINERS,
        "x-simulate": {"prints": PRINTS, "every_s": EVERY_S},
    }
    fleet.write("hose", yaml.safe_dump({"services": {"main": part}}), "node-a")
    fleet.commit()
    fleet.start_server()
    token = fleet.directory / "node-a.token"
    token.write_text(fleet.cli("token", "create", "--role", "node", "--node", "node-a", "-q"))
    fleet.start(
        "agent-node-a",
        *("agent", "--server", fleet.url, "--node", "node-a", "--data", str(fleet.agent_data("node-a"))),
        *("--token-file", str(token), "--ca-file", str(fleet.server_data / "ca.pem"), "--executor", "simulated"),
    )
    wait_until(lambda: fleet.node("node-a")["state"] == "online", "the node is online")
    fleet.deploy("hose")
