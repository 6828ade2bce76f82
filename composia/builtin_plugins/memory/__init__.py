"""The queue `memory`: everything in this process, gone with it. For tests."""

from composia.plugins import Context, NoConfig, Provider, hookimpl
from composia.plugins.queue import Queue


async def _open(_config: NoConfig, _context: Context) -> Queue:
    from composia.builtin_plugins.memory.queue import MemoryQueue  # noqa: PLC0415 - registering stays cheap

    return MemoryQueue()


@hookimpl
def composia_queue() -> Provider[Queue]:
    """Register it."""
    return Provider(name="memory", open=_open, summary="in this process and gone with it, for tests")
