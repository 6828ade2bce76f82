"""The executor `simulated`: a whole node without Docker, for demos, for work on the web page and for load tests."""

from composia.plugins import Context, NoConfig, Provider, hookimpl
from composia.plugins.executor import Executor


async def _open(_config: NoConfig, context: Context) -> Executor:
    from composia.builtin_plugins.simulated.executor import SimulatedExecutor  # noqa: PLC0415 - registering stays cheap

    return SimulatedExecutor.opened(context)


@hookimpl
def composia_executor() -> Provider[Executor]:
    """Register it."""
    return Provider(name="simulated", open=_open, summary="containers that only seem to run, steered by x-simulate")
