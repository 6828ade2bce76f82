"""Reading logs although the server may go away meanwhile."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace

from composia.cli.connection import connected
from composia.cli.follow import AGAIN_S, PATIENCE_S
from composia.cli.profile import Profile
from composia.core.container_log import LogPage, LogsQuery
from composia.errors import Unavailable


async def read_logs(profile: Profile, query: LogsQuery, take: Callable[[LogPage], None]) -> None:
    """Give what is read to `take`. When the server is back within two minutes it goes on behind the last page, without
    gap or repeat; else, and where the containers themselves are asked, `Unavailable`."""
    lost, begun = 0.0, False
    while True:
        try:
            async with connected(profile) as server:
                async for page in server.read_logs(query):
                    lost, begun = 0.0, begun or bool(page.entries)
                    query = replace(query, cursor=page.cursor or query.cursor)
                    take(page)
                return
        except Unavailable:
            lost = lost or time.monotonic()
            if time.monotonic() - lost > PATIENCE_S or not (query.cursor or (query.follow and not begun)):
                raise
        await asyncio.sleep(AGAIN_S)
