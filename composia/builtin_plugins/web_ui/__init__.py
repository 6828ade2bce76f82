"""The routes `web_ui`: the web page that comes with Composia, at `/`."""

from composia.plugins import Context, NoConfig, Provider, hookimpl
from composia.plugins.routes import Routes


async def _open(_config: NoConfig, _context: Context) -> Routes:
    from composia.builtin_plugins.web_ui.page import WebPage  # noqa: PLC0415 - registering stays cheap

    return WebPage.load()


@hookimpl
def composia_routes() -> Provider[Routes]:
    """Register it."""
    return Provider(name="web_ui", open=_open, summary="the web page")
