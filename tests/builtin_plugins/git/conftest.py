"""What the tests of the source `git` share."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from composia.plugins.source import Source
from composia.plugins.testing.source_files import opened
from tests.builtin_plugins.git.bench import HttpBench, PathBench


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def bench(tmp_path: Path) -> PathBench:
    return PathBench(tmp_path)


@pytest.fixture
async def source(bench: PathBench) -> AsyncIterator[Source]:
    async with opened(bench) as source:
        yield source


@pytest.fixture
def web(tmp_path: Path) -> Iterator[HttpBench]:
    bench = HttpBench(tmp_path)
    yield bench
    bench.server.stop()
