"""Copying a task's output, byte for byte, although the server may go away meanwhile."""

import asyncio
import time
from collections.abc import Callable

from composia.cli.connection import connected
from composia.cli.follow import AGAIN_S, PATIENCE_S
from composia.cli.profile import Profile
from composia.errors import Unavailable

DIAL_S = 10.0
"""For less than this a connection to a server that is away is tried."""


async def copy_output(profile: Profile, task: str, *, only: int, follow: bool, write: Callable[[bytes], None]) -> None:
    """Write the output of a task, of one attempt where `only` is not 0. Who follows goes on from the last byte when the
    server is back within two minutes; else, and without `follow`, `Unavailable`."""
    attempt, offset, lost = only, 0, 0.0
    while True:
        asked = time.monotonic()
        try:
            async with connected(profile) as server:
                async for chunk in server.task_output(task, follow=follow, attempt=attempt, offset=offset):
                    if only and chunk.attempt != only:
                        return
                    attempt, offset, lost = chunk.attempt, chunk.offset + len(chunk.data), 0.0
                    write(chunk.data)
                return
        except Unavailable:
            # a quiet task sends nothing: what lasted longer than a connection is tried for was one all the same
            now = time.monotonic()
            lost = lost if lost and now - asked < DIAL_S else now
            if not follow or now - lost > PATIENCE_S:
                raise
        await asyncio.sleep(AGAIN_S)
