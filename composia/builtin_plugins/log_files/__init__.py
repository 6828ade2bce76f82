"""The log sink `files`: compressed segments per service and node, which can be searched."""

from composia.builtin_plugins.log_files.config import FilesConfig
from composia.plugins import Context, Provider, hookimpl
from composia.plugins.log_sink import ReadableLogSink


async def _open(config: FilesConfig, context: Context) -> ReadableLogSink:
    from composia.builtin_plugins.log_files.sink import FilesSink  # noqa: PLC0415 - registering stays cheap

    return FilesSink(context.data, context.clock, config)


@hookimpl
def composia_log_sink() -> Provider[ReadableLogSink]:
    """Register it."""
    return Provider(name="files", open=_open, config=FilesConfig, summary="compressed files, searchable, retained")
