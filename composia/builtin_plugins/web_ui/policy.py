"""The content security policy of the page: what it loads and runs is its own, and nothing else."""

import base64
import hashlib
import re

INLINE_SCRIPT = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL)

STYLE_ATTRIBUTES = (
    # how SvelteKit hides what it tells screen readers after a navigation
    (
        "position: absolute; left: 0; top: 0; clip: rect(0 0 0 0); clip-path: inset(50%); "
        "overflow: hidden; white-space: nowrap; width: 1px; height: 1px"
    ),
    # bits-ui around each command of a palette
    "display: contents;",
)
"""The only `style` attributes in templates that are ours through libraries; our own styles are classes."""


def content_security_policy(html: str) -> str:
    """The header for this page; its inline scripts run by their digests. Scripts make no markup out of text but through Svelte."""
    scripts = " ".join(_digest(script) for script in INLINE_SCRIPT.findall(html))
    styles = " ".join(_digest(style) for style in STYLE_ATTRIBUTES)
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' {scripts}".rstrip(),
            "style-src 'self'",
            f"style-src-attr 'unsafe-hashes' {styles}",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types svelte-trusted-html",
        )
    )


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
