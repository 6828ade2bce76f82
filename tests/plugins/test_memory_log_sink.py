"""The log sink in memory under the contract."""

import pytest

from composia.plugins.log_sink import ReadableLogSink
from composia.plugins.testing.log_lines import texts
from composia.plugins.testing.log_sink import LogSinkBench, ReadableLogSinkContract
from tests.plugins.memory_log_sink import MemoryLogSink


class TestMemoryLogSink(ReadableLogSinkContract):
    @pytest.fixture
    def bench(self) -> LogSinkBench:
        sink = MemoryLogSink()

        async def restart() -> ReadableLogSink:
            return sink  # a server of a test that is restarted finds it again

        return LogSinkBench(sink=sink, lines=lambda: texts(sink), restart=restart)
