"""Large files: memory for the largest one and not for all of them, and what no bundle can hold is not even read."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from dulwich.object_store import DiskObjectStore

from composia.core.problem import Problem, Severity
from composia.plugins.source import Source
from composia.plugins.testing.source_bench import Put
from composia.plugins.testing.source_files import synced
from composia.server import contents
from composia.server.catalog import CatalogReader
from tests.builtin_plugins.git.bench import PathBench
from tests.builtin_plugins.git.http import GitHost, WebServer
from tests.builtin_plugins.git.repository import Repository
from tests.server.snapshots import service

pytestmark = pytest.mark.anyio

MIB = 1 << 20
SERVICE = {path: Put(content=str(text).encode()) for path, text in service("web").items()}

FOLLOW = """
import asyncio, resource, sys
from pathlib import Path
from composia.builtin_plugins import git
from composia.clock import ManualClock
from composia.plugins import Context
from composia.server.bundles import BundleStore
from composia.server.catalog import CatalogReader

async def main(url, data):
    source = await git.composia_source().open(git.GitConfig(url=url, timeout_s=100), Context(data=data, clock=ManualClock()))
    state = await source.sync(1)
    assert not state.error, state.error
    snapshot = await source.snapshot(state.head)
    (definition,) = (await CatalogReader().read(snapshot)).definitions
    await BundleStore(data / "bundles").build(snapshot, definition.directory, definition.bundle)
    await source.close()

resource.setrlimit(resource.RLIMIT_DATA, (int(sys.argv[3]), int(sys.argv[3])))
asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
"""


def test_a_file_of_a_hundred_megabytes_takes_memory_for_itself_and_none_for_the_others(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "services")
    for key in ("core.compression", "pack.compression"):
        repository.git("config", key, "0")
    large = {f"web/data-{number}": Put(content=os.urandom(50 * MIB)) for number in range(2)}
    repository.commit({**SERVICE, **large, "web/largest": Put(content=os.urandom(100 * MIB))})
    with WebServer(GitHost(tmp_path)).running() as server:
        url, data, most = f"{server.url}/services", tmp_path / "data", 380 * MIB
        command = [sys.executable, "-c", FOLLOW, url, str(data), str(most)]
        # else each thread that was needed keeps up to 64 MiB that others do not get
        env = {**os.environ, "MALLOC_ARENA_MAX": "1"}
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    assert done.returncode == 0, done.stderr
    (archive,) = (data / "bundles").iterdir()
    assert archive.stat().st_size > 200 * MIB


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> set[bytes]:
    """The names of objects whose content is read."""
    names: set[bytes] = set()
    get_raw = DiskObjectStore.get_raw

    def noted(store: DiskObjectStore, name: Any) -> Any:
        names.add(name)
        return get_raw(store, name)

    monkeypatch.setattr(DiskObjectStore, "get_raw", noted)
    return names


async def test_a_file_that_no_bundle_can_hold_is_named_by_its_size_and_not_read(
    bench: PathBench, source: Source, read: set[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contents, "MAX_CONTENT", 3 * MIB)
    beside = {f"beside/{path.removeprefix('web/')}": put for path, put in SERVICE.items()}
    beside["beside/composia-meta.yaml"] = Put(content=b"name: beside\nnodes: [a]\n")
    bench.write({**SERVICE, **beside, "web/giant": Put(content=os.urandom(5 * MIB))})
    snapshot = await source.snapshot((await synced(source)).head)
    read.clear()
    good, broken = (await CatalogReader().read(snapshot)).definitions
    assert (good.name, good.problems, broken.name) == ("beside", (), "web")
    assert broken.problems == (
        Problem(
            severity=Severity.ERROR,
            message="this file has 5 MiB, more than 3",
            file="web/giant",
            hint="keep data out of Git",
        ),
    )
    assert (await snapshot.find("web/giant")).object_id.encode() not in read
    assert (await snapshot.find("web/compose.yaml")).object_id.encode() in read


async def test_the_size_of_a_large_file_that_is_kept_as_a_difference_is_known_too(
    bench: PathBench, source: Source
) -> None:
    base = os.urandom(MIB)
    bench.write({"data": Put(content=base)})
    bench.write({"data": Put(content=base + b"and more")})
    bench.repository.git("gc", "-q")
    snapshot = await source.snapshot((await synced(source)).head)
    file = await snapshot.find("data")
    assert await snapshot.read_small([file]) == (None,)
    assert len(await snapshot.read(file, most=MIB + 8)) == MIB + 8
