"""What the page may load and run; that it keeps to it is seen in a browser (tests/web)."""

import base64
import hashlib

from composia.builtin_plugins.web_ui.page import Asset, WebPage
from composia.builtin_plugins.web_ui.policy import content_security_policy
from tests.builtin_plugins.web_ui.test_page import PAGE, request

SCRIPT = "\n  start('page')\n"
HTML = f'<head><script src="/a.js"></script><script>{SCRIPT}</script></head><script type="module">other()</script>'


def directive(policy: str, name: str) -> list[str]:
    (found,) = (part.split()[1:] for part in policy.split("; ") if part.split()[0] == name)
    return found


def digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def test_scripts_in_the_page_run_by_their_digests_and_no_others() -> None:
    allowed = directive(content_security_policy(HTML), "script-src")
    assert allowed == ["'self'", digest(SCRIPT), digest("other()")]


def test_nothing_is_unsafe_and_nothing_comes_from_elsewhere() -> None:
    policy = content_security_policy(HTML)
    assert "unsafe-inline" not in policy
    assert "unsafe-eval" not in policy
    assert "//" not in policy
    assert directive(policy, "default-src") == ["'none'"]
    assert directive(policy, "frame-ancestors") == ["'none'"]
    assert directive(policy, "require-trusted-types-for") == ["'script'"]


def test_documents_are_sent_with_their_policy_also_when_they_are_known() -> None:
    page = WebPage({"index.html": Asset(variants={"": b""}, media_type="text/html", etag="e", policy="default-src x")})
    first = request("/", page=page)
    again = request("/", page=page, if_none_match=first.headers["etag"])
    assert (first.status, again.status) == (200, 304)
    assert first.headers["content-security-policy"] == again.headers["content-security-policy"] == "default-src x"
    assert "content-security-policy" not in request("/", page=WebPage({"index.html": PAGE})).headers


def test_the_page_that_was_built_has_a_policy_with_both_of_its_scripts() -> None:
    answer = request("/services", page=WebPage.load(), accept="text/html")
    assert len(directive(answer.headers["content-security-policy"], "script-src")) == 3
