"""What the executor `compose` sees of a real engine, held to the contract."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from composia.plugins.testing.executor_bench import Bench
from composia.plugins.testing.executor_seeing import EventsContract, LostEventsContract
from tests.e2e.executor.definitions import HUNG_S
from tests.e2e.testbed.engine import Engine


@pytest.mark.engine
class TestEvents(EventsContract):
    pass


@pytest.mark.engine
class TestLostEvents(LostEventsContract):
    @pytest.fixture
    def bench(self, make_bench: Callable[..., Bench]) -> Bench:
        return make_bench(engine_deadline_s=HUNG_S)

    @pytest.fixture
    def gone(self, engine_a: Engine) -> Callable[[], AbstractContextManager[None]]:
        @contextmanager
        def be_gone() -> Iterator[None]:
            engine_a.kill()
            try:
                yield
            finally:
                engine_a.start()

        return be_gone
