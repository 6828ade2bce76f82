"""The queue `sqlite`: one file beside the server, and every answer survives power loss."""

from composia.plugins import Context, NoConfig, Provider, hookimpl
from composia.plugins.queue import Queue


async def _open(_config: NoConfig, context: Context) -> Queue:
    from composia.builtin_plugins.sqlite.queue import open_queue  # noqa: PLC0415 - registering stays cheap

    return await open_queue(context.data)


@hookimpl
def composia_queue() -> Provider[Queue]:
    """Register it."""
    return Provider(name="sqlite", open=_open, summary="one file beside the server, every answer survives power loss")
