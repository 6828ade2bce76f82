"""From a line of `docker events` to the pixel: a container is killed and started, and its service's row says so."""

import os
import random
import tempfile
import threading
import time
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.bench.deploying import META
from tests.bench.events import listen
from tests.bench.page_opened import opened_page, percentiles
from tests.e2e.fleet import Fleet, wait_until
from tests.e2e.testbed import claim
from tests.e2e.testbed.testbed import Testbed
from tests.web.visits import settle

SERVICES, ROUNDS = 10, 60

# When the row of a service has changed, and the frame with it is painted; in milliseconds since 1970.
WATCH = """() => {
  window.painted = {};
  const before = new Map();
  const look = () => {
    for (const row of document.querySelectorAll('[role=row][data-name]')) {
      const text = row.querySelector('[role=cell][title$="are up"]')?.textContent.trim();
      const was = before.get(row.dataset.name);
      before.set(row.dataset.name, text);
      if (was === undefined || was === text) continue;
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => (painted[row.dataset.name] ??= []).push(performance.timeOrigin + performance.now());
      requestAnimationFrame(() => port2.postMessage(0));
    }
  };
  look();
  new MutationObserver(look).observe(document.querySelector('main'), { childList: true, subtree: true, characterData: true });
}"""


def measure() -> None:
    """Measure and print."""
    testbed = Testbed.up(f"bench-{os.getpid()}", engines=1, user=claim.own_user())
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory:
        fleet = Fleet(directory=Path(directory))
        try:
            compose = f"services:\n  main:\n    image: {testbed.registry.name('fixture:1')}\n    command: [/bin/fixture, sleep]\n"
            for number in range(SERVICES):
                fleet.write(f"pixel-{number}", compose, "node-a", meta=META.format(max_parallel=1))
            fleet.commit()
            fleet.start_server()
            fleet.start_agent("node-a", testbed.engine(1))
            fleet.deploy("--all")
            found = _rounds(fleet, testbed)
            print(percentiles("docker events to pixel (aim p95 < 250)", found))
        finally:
            fleet.end()
            testbed.release(claim.own_user())


def _rounds(fleet: Fleet, testbed: Testbed) -> list[float]:
    engine = testbed.engine(1)
    names = {service: next(iter(fleet.containers("node-a", service).values())) for service in _services()}
    printed: list[float] = []
    found = []
    token = (fleet.server_data / "admin.token").read_text().strip()
    with listen(engine) as lines, opened_page(fleet.url, token) as page:
        assert lines.stdout is not None
        out = lines.stdout
        threading.Thread(target=lambda: printed.extend(time.time() * 1000 for _ in out), daemon=True).start()
        page.goto("/services")
        settle(page)
        expect(page.get_by_role("rowheader")).to_have_count(SERVICES)
        page.evaluate(WATCH)
        seen = dict.fromkeys(names, 0)
        for number in range(ROUNDS):
            service = _services()[number // 2 % SERVICES]
            engine.docker("start" if number % 2 else "kill", names[service])
            seen[service] += 1
            wanted = seen[service]
            at = wait_until(lambda: _painted(page, service, wanted), f"{service} is shown")  # noqa: B023 - asked at once
            found.append(at - printed[number])
            time.sleep(random.uniform(0.05, 0.3))  # so that it falls into no step with heartbeats
        lines.terminate()
    return found


def _services() -> list[str]:
    return [f"pixel-{number}" for number in range(SERVICES)]


def _painted(page: Page, service: str, number: int) -> float:
    times: list[float] = page.evaluate("name => painted[name] ?? []", service)
    return times[number - 1] if len(times) >= number else 0.0
