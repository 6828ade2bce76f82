"""What axe finds wrong for people who hear the page, use it by keyboard, or see badly."""

from functools import cache
from typing import Any

import environment
import webpage
from playwright.sync_api import Page

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
GRAVE = ("serious", "critical")
RUN = "options => axe.run({exclude: [['[role=row]:nth-child(n + 16)']]}, options)"
"""Of long lists the first rows stand for all: axe takes seconds for a hundred of them."""


def grave_findings(page: Page, *rules: str) -> list[str]:
    """The findings that axe calls serious or critical, one line a node; of these rules alone, when some are named."""
    if not page.evaluate("typeof window.axe === 'object'"):
        page.evaluate(source())
    only = {"type": "rule", "values": list(rules)} if rules else {"type": "tag", "values": TAGS}
    result: dict[str, Any] = page.evaluate(RUN, {"runOnly": only, "resultTypes": ["violations"]})
    return [
        f"{violation['id']} ({violation['impact']}): {node['html']}\n  {node['failureSummary'].splitlines()[-1].strip()}"
        for violation in result["violations"]
        if violation["impact"] in GRAVE
        for node in violation["nodes"]
    ]


@cache
def source() -> str:
    """Axe itself, as npm installed it."""
    webpage.install(environment.node_path())
    return (webpage.WEB / "node_modules" / "axe-core" / "axe.min.js").read_text()
