"""Copying a task's output, byte for byte, although the server may go away meanwhile."""

import asyncio
import time
from collections.abc import Callable

from composia.cli.connection import connected
from composia.cli.follow import AGAIN_S, PATIENCE_S
from composia.cli.profile import Profile
from composia.errors import Unavailable


async def copy_output(profile: Profile, task: str, *, only: int, follow: bool, write: Callable[[bytes], None]) -> None:
    """Write the output of a task, of one attempt where `only` is not 0. Who follows goes on from the last byte when the
    server is back within two minutes; else, and without `follow`, `Unavailable`."""
    attempt, offset, lost = only, 0, 0.0
    while True:
        try:
            async with connected(profile) as server:
                async for chunk in server.task_output(task, follow=follow, attempt=attempt, offset=offset):
                    if only and chunk.attempt != only:
                        return
                    attempt, offset, lost = chunk.attempt, chunk.offset + len(chunk.data), 0.0
                    write(chunk.data)
                return
        except Unavailable:
            lost = lost or time.monotonic()
            if not follow or time.monotonic() - lost > PATIENCE_S:
                raise
        await asyncio.sleep(AGAIN_S)
