"""Which server's store the journals belong to."""

from pathlib import Path

import anyio.to_thread

from composia.agent.attempts import Attempts
from composia.agent.durable import make_private, write_durably
from composia.agent.workload import Workload


class Database:
    """Remembers the server's store. Attempts of another one mean nothing here: their ids name other tasks."""

    def __init__(self, data: Path, attempts: Attempts, workload: Workload) -> None:
        self._place = data / "database"
        self._aside = data / "aside"
        self._attempts = attempts
        self._workload = workload

    async def enter(self, database: str) -> bool:
        """Work for that store from now on; False when it was another so far: then all work was ended, and the
        journals were put aside."""
        known = self._place.read_text() if self._place.exists() else ""
        if known == database:
            return True
        if known:
            await self._workload.fence_all()
            await anyio.to_thread.run_sync(make_private, self._aside)
            await self._attempts.put_aside(self._aside / known)
        await anyio.to_thread.run_sync(write_durably, self._place, database.encode())
        return not known
