"""The log sink `files` under the contract."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from composia.builtin_plugins.log_files.config import FilesConfig
from composia.builtin_plugins.log_files.sink import FilesSink
from composia.clock import SystemClock
from composia.plugins.log_sink import ReadableLogSink
from composia.plugins.testing.log_lines import texts
from composia.plugins.testing.log_sink import LogSinkBench, ReadableLogSinkContract


class TestFilesSink(ReadableLogSinkContract):
    @pytest.fixture
    async def bench(self, tmp_path: Path) -> AsyncIterator[LogSinkBench]:
        sink = FilesSink(tmp_path, SystemClock(), FilesConfig())

        async def restart() -> ReadableLogSink:
            return FilesSink(tmp_path, SystemClock(), FilesConfig())

        yield LogSinkBench(sink=sink, lines=lambda: texts(sink), restart=restart)
        await sink.close()
