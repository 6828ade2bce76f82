from collections.abc import AsyncIterator

import pytest

from composia.builtin_plugins.memory.queue import MemoryQueue
from composia.plugins.queue import Queue
from composia.plugins.testing.queue import QueueContract


class TestMemoryQueue(QueueContract):
    @pytest.fixture
    async def queue(self) -> AsyncIterator[Queue]:
        queue = MemoryQueue()
        yield queue
        await queue.close()
