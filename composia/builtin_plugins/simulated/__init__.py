"""The executor `simulated`: a whole node without Docker, for demos, for work on the web page and for load tests."""

from composia.builtin_plugins.simulated.config import SimulatedConfig
from composia.plugins import Context, Provider, hookimpl
from composia.plugins.executor import Executor


async def _open(config: SimulatedConfig, context: Context) -> Executor:
    from composia.builtin_plugins.simulated.executor import SimulatedExecutor  # noqa: PLC0415 - registering stays cheap

    return SimulatedExecutor.opened(context, config)


@hookimpl
def composia_executor() -> Provider[Executor]:
    """Register it."""
    return Provider(
        name="simulated",
        open=_open,
        config=SimulatedConfig,
        summary="containers that only seem to run, steered by x-simulate",
    )
