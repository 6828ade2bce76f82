import subprocess
import sys
from pathlib import Path

import pytest

from composia.builtin_plugins import memory, sqlite
from composia.clock import ManualClock
from composia.plugins import Context, Provider
from composia.plugins.queue import Queue
from composia.plugins.testing.work import deployment, put


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("provider", "name"), [(memory.composia_queue(), "memory"), (sqlite.composia_queue(), "sqlite")]
)
async def test_a_provider_opens_its_queue_in_a_directory_that_it_makes(
    provider: Provider[Queue], name: str, tmp_path: Path
) -> None:
    assert provider.name == name
    queue = await provider.open(provider.config(), Context(data=tmp_path / "queue" / name, clock=ManualClock()))
    assert (await put(queue, "r1", deployment())).deployment.id == "d1"
    await queue.close()


def test_to_register_sqlite_does_not_load_it() -> None:
    code = "import sys; from composia.builtin_plugins import sqlite; sqlite.composia_queue(); sys.exit('apsw' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
