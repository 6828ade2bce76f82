"""The executor `compose` on a real engine, held to the contract."""

from collections.abc import Callable

import pytest

from composia.plugins.testing.executor import ExecutorContract, HungContract
from composia.plugins.testing.executor_bench import Bench
from tests.e2e.executor.definitions import HUNG_S


@pytest.mark.engine
class TestCompose(ExecutorContract):
    pass


@pytest.mark.engine
class TestHungCompose(HungContract):
    @pytest.fixture
    def bench(self, make_bench: Callable[..., Bench]) -> Bench:
        return make_bench(engine_deadline_s=HUNG_S, stop_grace_s=2.0)
