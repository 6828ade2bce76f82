"""Commands in containers of a real engine, held to the contract."""

import pytest

from composia.plugins.testing.executor_exec import ExecContract


@pytest.mark.engine
class TestExec(ExecContract):
    pass
