"""The source `directory`: a plain directory as it lies, for tests and demos."""

from pathlib import Path

import msgspec
from anyio import to_thread

from composia.errors import Invalid
from composia.plugins import Context, Provider, hookimpl
from composia.plugins.source import Source


class DirectoryConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which directory."""

    path: str


async def _open(config: DirectoryConfig, context: Context) -> Source:
    from composia.builtin_plugins.directory.source import DirectorySource  # noqa: PLC0415 - registering stays cheap

    path = Path(config.path)
    if await to_thread.run_sync(_is_inside, context.data, path):
        message = f"the data directory {context.data} lies inside of the source"
        raise Invalid(message, where="source.path", hint="keep them apart")
    source = DirectorySource(path, context.data / "seen")
    await source.open()
    return source


def _is_inside(path: Path, directory: Path) -> bool:
    return path.resolve().is_relative_to(directory.resolve())


@hookimpl
def composia_source() -> Provider[Source]:
    """Register `directory`."""
    return Provider(name="directory", open=_open, config=DirectoryConfig, summary="a plain directory, read as it is")
