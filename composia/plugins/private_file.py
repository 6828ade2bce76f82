"""A small file that is its owner's alone and replaced in one step: how plugins keep digests and other private things."""

import asyncio
import os
from collections.abc import Coroutine
from pathlib import Path


def put_private(file: Path, content: bytes) -> None:
    """Put the content in the place of what was there (0600), so that it survives power loss. It blocks; the directory is
    made where it is missing."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = file.with_name(f".{file.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(file)
    directory = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


async def put_to_its_end(putting: Coroutine[object, object, None]) -> None:
    """Wait for what puts a file in a thread, even for whoever is cancelled meanwhile: a thread cannot be, and the next one
    would write into the same file."""
    task = asyncio.ensure_future(putting)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise
