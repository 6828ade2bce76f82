"""The contract of a queue. Subclass it, give it a fixture `queue` that is a fresh one, and pytest runs every promise:

    class TestMine(QueueContract):
        @pytest.fixture
        async def queue(self):
            queue = await open_mine()
            yield queue
            await queue.close()

Where the promises of `composia.plugins.queue.Queue` are tested; each test says its number:

1. PutContract, and what an implementation adds on durability, which no common test can see
2. PutContract, MoveContract
3. ClaimContract, SteeringContract, MoveContract
4. ReportContract
5. PutContract, RetryContract, MoveContract
6. RolloutContract, MoveContract
7. ChangesContract, KeepingContract
8. ListContract, RecordContract
9. SteeringContract
10. KeepingContract
"""

import pytest

from composia.plugins.testing.queue_attempts import LeaseContract, ReportContract, RolloutContract
from composia.plugins.testing.queue_keeping import ClockContract, KeepingContract
from composia.plugins.testing.queue_moves import MoveContract
from composia.plugins.testing.queue_put import ClaimContract, PutContract
from composia.plugins.testing.queue_reads import ChangesContract, ListContract, RecordContract
from composia.plugins.testing.queue_steering import RetryContract, SteeringContract


class QueueContract(
    PutContract,
    ClaimContract,
    ReportContract,
    LeaseContract,
    RolloutContract,
    MoveContract,
    ChangesContract,
    ListContract,
    RecordContract,
    SteeringContract,
    RetryContract,
    KeepingContract,
    ClockContract,
):
    """Every promise of a queue."""

    pytestmark = pytest.mark.anyio

    @pytest.fixture
    def anyio_backend(self) -> str:
        """Queues run on asyncio."""
        return "asyncio"
