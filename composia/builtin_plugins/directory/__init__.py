"""The source `directory`: a plain directory as it lies, for tests, demos and `composia validate`."""

from pathlib import Path

import msgspec

from composia.plugins import Context, Provider, hookimpl
from composia.plugins.source import Source


class DirectoryConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which directory."""

    path: str


async def _open(config: DirectoryConfig, _context: Context) -> Source:
    from composia.builtin_plugins.directory.source import DirectorySource  # noqa: PLC0415 - registering stays cheap

    return DirectorySource(Path(config.path))


@hookimpl
def composia_source() -> Provider[Source]:
    """Register `directory`."""
    return Provider(name="directory", open=_open, config=DirectoryConfig, summary="a plain directory, read as it is")
