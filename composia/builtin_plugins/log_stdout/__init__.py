"""The log sink `stdout`: an object of JSON a line on the server's standard output, for whatever collects that."""

from composia.plugins import Context, NoConfig, Provider, hookimpl
from composia.plugins.log_sink import LogSink


async def _open(_config: NoConfig, _context: Context) -> LogSink:
    from composia.builtin_plugins.log_stdout.sink import StdoutSink  # noqa: PLC0415 - registering stays cheap

    return StdoutSink()


@hookimpl
def composia_log_sink() -> Provider[LogSink]:
    """Register it."""
    return Provider(name="stdout", open=_open, summary="a line of JSON for each on the server's standard output")
