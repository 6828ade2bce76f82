from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from composia.builtin_plugins.sqlite.queue import open_queue
from composia.plugins.queue import Queue
from composia.plugins.testing.queue import QueueContract


class TestSqliteQueue(QueueContract):
    @pytest.fixture
    async def queue(self, tmp_path: Path) -> AsyncIterator[Queue]:
        queue = await open_queue(tmp_path)
        yield queue
        await queue.close()
