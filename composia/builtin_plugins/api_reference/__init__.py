"""The routes `api_reference`: what every RPC, message and field means, at `/api`."""

from composia.plugins import Context, NoConfig, Provider, hookimpl
from composia.plugins.routes import Routes


async def _open(_config: NoConfig, _context: Context) -> Routes:
    from composia.builtin_plugins.api_reference.page import Reference  # noqa: PLC0415 - registering stays cheap

    return Reference()


@hookimpl
def composia_routes() -> Provider[Routes]:
    """Register it."""
    return Provider(name="api_reference", open=_open, summary="the API reference")
