"""The built page, in memory: precompressed, cached for ever where the name carries a hash, by ETag elsewhere."""

import hashlib
import mimetypes
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from composia.builtin_plugins.web_ui.policy import content_security_policy
from composia.plugins.routes import Route

INDEX = "index.html"
BUILT = "_app/"
HASHED = "_app/immutable/"
PACKED = {".br": "br", ".gz": "gzip"}
"""Endings of precompressed twins, the better one first."""

SECURITY = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-frame-options": "DENY",
    # of what a browser could do for a page, this one may put text on the clipboard and fill the screen
    "permissions-policy": (
        "camera=(), microphone=(), geolocation=(), display-capture=(), payment=(), usb=(), serial=(), bluetooth=(), "
        "midi=(), accelerometer=(), gyroscope=(), magnetometer=(), browsing-topics=(), "
        "clipboard-write=(self), fullscreen=(self)"
    ),
}


@dataclass(frozen=True, kw_only=True)
class Asset:
    """A file of the page: its bytes by encoding ("" is as it is), media type and ETag, and the policy of a document."""

    variants: dict[str, bytes]
    media_type: str
    etag: str
    policy: str = ""


class WebPage:
    """Serves the page; an unknown path that a browser navigates to is the page too, for it has routes of its own."""

    def __init__(self, assets: dict[str, Asset]) -> None:
        self._assets = assets

    @classmethod
    def load(cls) -> "WebPage":
        """Read the page that was built into the program."""
        files = dict(_walk(resources.files("composia.builtin_plugins.web_ui") / "static", ""))
        return cls({path: _asset(path, files) for path in files if not path.endswith(tuple(PACKED))})

    def routes(self) -> Sequence[Route]:
        """The page at `/`."""
        return (Route(path="/", app=self),)

    async def close(self) -> None:
        """Nothing is held open."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await self._respond(Request(scope))(scope, receive, send)

    def _respond(self, request: Request) -> Response:
        if request.method not in ("GET", "HEAD"):
            return Response("method not allowed\n", 405, {**SECURITY, "allow": "GET, HEAD"})
        path = request.url.path.lstrip("/") or INDEX
        if path not in self._assets and self._is_navigation(request, path):
            path = INDEX
        asset = self._assets.get(path)
        if asset is None:
            return Response("not found\n", 404, {**SECURITY, "cache-control": "no-store"})
        return _deliver(request, path, asset)

    def _is_navigation(self, request: Request, path: str) -> bool:
        """A missing asset stays missing, or an old tab would get a page where it wants a script."""
        is_page = "." not in path.rpartition("/")[2] and not path.startswith(BUILT)
        return is_page and "text/html" in request.headers.get("accept", "")


def _deliver(request: Request, path: str, asset: Asset) -> Response:
    accepted = _accepted(request.headers.get("accept-encoding", ""))
    encoding = next((name for name in PACKED.values() if name in accepted and name in asset.variants), "")
    etag = f'"{asset.etag}-{encoding}"'
    headers = {
        **SECURITY,
        "etag": etag,
        "vary": "accept-encoding",
        "cache-control": "public, max-age=31536000, immutable" if path.startswith(HASHED) else "no-cache",
    }
    if asset.policy:
        headers["content-security-policy"] = asset.policy
    known = [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]
    if etag in known:
        return Response(status_code=304, headers=headers)
    if encoding:
        headers["content-encoding"] = encoding
    body = asset.variants[encoding]
    headers["content-length"] = str(len(body))
    return Response(b"" if request.method == "HEAD" else body, headers=headers, media_type=asset.media_type)


def _accepted(header: str) -> set[str]:
    """The encodings that an Accept-Encoding header allows; `q=0` forbids."""
    accepted = set()
    for part in header.lower().split(","):
        name, _, weight = part.partition(";")
        if weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000"):
            accepted.add(name.strip())
    return accepted


def _walk(directory: Traversable, prefix: str) -> Iterator[tuple[str, bytes]]:
    if not directory.is_dir():
        return
    for entry in directory.iterdir():
        if entry.is_dir():
            yield from _walk(entry, f"{prefix}{entry.name}/")
        else:
            yield f"{prefix}{entry.name}", entry.read_bytes()


def _asset(path: str, files: dict[str, bytes]) -> Asset:
    variants = {"": files[path]}
    variants |= {encoding: files[path + ending] for ending, encoding in PACKED.items() if path + ending in files}
    media_type = mimetypes.guess_type(path)[0] or "application/octet-stream"
    return Asset(
        variants=variants,
        media_type=media_type,
        etag=hashlib.sha256(files[path]).hexdigest()[:16],
        policy=content_security_policy(files[path].decode()) if media_type == "text/html" else "",
    )
