"""From a key to the next painted frame, in the filter of 1 000 services."""

from playwright.sync_api import expect

from tests.bench.page_opened import opened_page, percentiles
from tests.web.simulated_site import simulated_site
from tests.web.visits import settle

SERVICES = 1000
TEXTS = ("db", "running", "authentik", "zzz", "st", "8", "node", "eu")

# After the frame in which a key was answered has been painted, a message is the next thing that runs.
WATCH = """() => {
  window.presses = [];
  let pressed = 0;
  addEventListener('keydown', (event) => { pressed = event.timeStamp; }, true);
  addEventListener('input', () => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => presses.push(performance.now() - pressed);
    port2.postMessage(0);
  }), true);
}"""


def measure() -> None:
    """Measure and print."""
    with simulated_site(count=SERVICES) as site, opened_page(site.url, site.token("admin")) as page:
        page.goto("/services")
        settle(page)
        expect(page.get_by_role("rowheader")).to_have_count(len(site.services), timeout=120_000)
        page.evaluate(WATCH)
        field = page.get_by_role("searchbox")
        for text in TEXTS:
            field.press_sequentially(text, delay=120)
            for _ in text:
                field.press("Backspace", delay=60)
        print(percentiles(f"a key in the filter of {len(site.services)} services (aim < 50)", page.evaluate("presses")))
