"""Which server's store the journals belong to."""

import logging
from pathlib import Path

import anyio.to_thread

from composia.agent.attempts import Attempts
from composia.agent.workload import Workload
from composia.durable import write_durably

log = logging.getLogger(__name__)


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
            log.warning("the server has another database: journals are put aside", extra={"place": str(self._aside)})
            await self._workload.fence_all()
            await self._attempts.put_aside(self._aside)
        await anyio.to_thread.run_sync(write_durably, self._place, database.encode())
        return not known
