"""Whether a browser sent a request for a page of this server, or for one of another site that rides on its cookie."""

from collections.abc import Mapping


def foreign_site(headers: Mapping[str, str]) -> str:
    """What tells that a request with these headers (their names in lower case) was sent for a page that is not this server's
    own; "" when nothing does.

    Browsers say it in Sec-Fetch-Site, older ones in Origin; a program says neither, and has no page that could be another's.
    What a proxy adds is not looked at: whoever sends a request can write that.
    """
    site = headers.get("sec-fetch-site")
    if site is None:
        origin = headers.get("origin")
        return "" if origin is None or _host(origin) == headers.get("host", "").lower() else f"origin {origin}"
    typed_in = site == "none" and headers.get("sec-fetch-mode") == "navigate"
    return "" if site == "same-origin" or typed_in else f"sec-fetch-site {site}"


def _host(origin: str) -> str:
    """Host and port of an origin; of one that has none, such as `null`, what is no host either."""
    return origin.partition("://")[2].lower() or origin
