"""The transport `connect`: Connect, gRPC, gRPC-Web and JSON on one port, HTTP/1.1 and HTTP/2."""

from composia.plugins import Context, NoConfig, Provider, hookimpl
from composia.plugins.transport import Transport


async def _open(_config: NoConfig, _context: Context) -> Transport:
    from composia.builtin_plugins.connect.transport import ConnectTransport  # noqa: PLC0415 - registering stays cheap

    return ConnectTransport()


@hookimpl
def composia_transport() -> Provider[Transport]:
    """Register it."""
    return Provider(name="connect", open=_open, summary="Connect, gRPC, gRPC-Web and JSON over HTTPS")
