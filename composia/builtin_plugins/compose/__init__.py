"""The executor `compose`: Docker Compose and the Docker engine of this host."""

from composia.builtin_plugins.compose.config import ComposeConfig
from composia.plugins import Context, Provider, hookimpl
from composia.plugins.executor import Executor


async def _open(config: ComposeConfig, context: Context) -> Executor:
    from composia.builtin_plugins.compose.executor import ComposeExecutor  # noqa: PLC0415 - registering stays cheap

    return ComposeExecutor.opened(config, context)


@hookimpl
def composia_executor() -> Provider[Executor]:
    """Register it."""
    return Provider(name="compose", open=_open, config=ComposeConfig, summary="Docker Compose on this host")
