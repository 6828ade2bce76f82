"""Bytes and time until the list of services is there, with 200 of them."""

import statistics
from typing import Any

from playwright.sync_api import Page

from tests.bench.page_opened import opened_page, percentiles, slowed
from tests.web.simulated_site import Site, simulated_site
from tests.web.visits import settle

ROUNDS = 7

WATCH = """
(() => {
  window.seen = { lcp: 0, shift: 0, list: 0 };
  new PerformanceObserver((list) => { for (const entry of list.getEntries()) seen.lcp = entry.startTime; })
    .observe({ type: 'largest-contentful-paint', buffered: true });
  new PerformanceObserver((list) => { for (const entry of list.getEntries()) seen.shift += entry.value; })
    .observe({ type: 'layout-shift', buffered: true });
  new MutationObserver((_, observer) => {
    if (!document.querySelector('[role=rowheader]')) return;
    observer.disconnect();
    requestAnimationFrame(() => { seen.list = performance.now(); });
  }).observe(document, { childList: true, subtree: true });
})();
"""

READ = """() => {
  const entries = performance.getEntriesByType('resource').filter((entry) => /[.](js|css)$/.test(new URL(entry.name).pathname));
  const sum = (some) => some.reduce((total, entry) => total + entry.encodedBodySize, 0);
  const first = entries.filter((entry) => entry.responseEnd <= seen.list);
  return { ...seen, first: sum(first), files: first.length, all: sum(entries) };
}"""


def measure() -> None:
    """Measure and print."""
    with simulated_site() as site:
        plain = _opened(site, slow=False)
        slow = [_opened(site, slow=True) for _ in range(ROUNDS)]
    print(
        f"scripts and styles until the first list: {plain['first'] / 1000:.1f} kB in {plain['files']} files (aim < 100)"
    )
    print(
        f"  all that /services loads by itself: {plain['all'] / 1000:.1f} kB; list after {plain['list']:.0f} ms unthrottled"
    )
    print(percentiles("largest paint, CPU 4 times slower, 10 Mbit/s, 40 ms (aim < 1800)", [one["lcp"] for one in slow]))
    print(percentiles("  the list is there", [one["list"] for one in slow]))
    print(f"  layout shift {statistics.median(one['shift'] for one in slow):.4f}")


def _opened(site: Site, *, slow: bool) -> dict[str, Any]:
    with opened_page(site.url, site.token("admin")) as page:
        if slow:
            slowed(page, cpu=4, mbit_s=10, latency_ms=40)
        return loaded(page)


def loaded(page: Page) -> dict[str, Any]:
    """Open the list of services in a page that has nothing yet: when what was painted, and the bytes of scripts and styles until
    then."""
    page.add_init_script(WATCH)
    page.goto("/services")
    settle(page)
    found: dict[str, Any] = page.evaluate(READ)
    return found
