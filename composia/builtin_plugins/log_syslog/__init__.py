"""The log sink `syslog`: RFC 5424 over TCP or TLS."""

from composia.builtin_plugins.log_syslog.config import SyslogConfig
from composia.plugins import Context, Provider, hookimpl
from composia.plugins.log_sink import LogSink


async def _open(config: SyslogConfig, _context: Context) -> LogSink:
    from composia.builtin_plugins.log_syslog.sink import SyslogSink  # noqa: PLC0415 - registering stays cheap

    return SyslogSink(config)


@hookimpl
def composia_log_sink() -> Provider[LogSink]:
    """Register it."""
    return Provider(name="syslog", open=_open, config=SyslogConfig, summary="RFC 5424 over TCP or TLS")
