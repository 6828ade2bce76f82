"""What a real engine has, held to the contract."""

import pytest

from composia.plugins.testing.executor_stock import StockContract


@pytest.mark.engine
class TestStock(StockContract):
    pass
