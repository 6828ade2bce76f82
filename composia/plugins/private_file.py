"""A small file that is its owner's alone and replaced in one step: how plugins keep digests and other private things."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path

import anyio

from composia.durable import make_private, write_durably


def put_private(file: Path, content: bytes) -> None:
    """Put the content in the place of what was there (0600), so that it survives power loss. It blocks; the directory is
    made where it is missing."""
    make_private(file.parent)
    write_durably(file, content)


async def put_to_its_end(putting: Coroutine[object, object, None]) -> None:
    """Wait for what puts a file in a thread, even for whoever is cancelled meanwhile, once or again and again: a thread cannot
    be, and the next one would write into the same file."""
    task = asyncio.ensure_future(putting)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        with anyio.CancelScope(shield=True):
            await asyncio.wait({task})
        raise
