"""The clone: fetched only when something moved, read while a fetch goes on, small, and honest about damage."""

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import anyio
import pytest

from composia.builtin_plugins import git
from composia.builtin_plugins.git.packs import MOST_PACKS
from composia.clock import ManualClock
from composia.core.file import FileKind
from composia.core.revision import Revision
from composia.errors import NotFound, NotPossible
from composia.plugins import Context
from composia.plugins.source import Source
from composia.plugins.testing.source_bench import Put
from composia.plugins.testing.source_files import ONE, TWO, content, files, opened, read, synced
from tests.builtin_plugins.git.bench import HttpBench, PathBench
from tests.builtin_plugins.git.http import Answer, GitHost, Request, WebServer

pytestmark = pytest.mark.anyio


def commands(web: HttpBench) -> list[str]:
    """What was asked since the last time."""
    asked = [
        request.body.partition(b"command=")[2].split(b"\n")[0].decode() or "hello" for request in web.server.requests
    ]
    web.server.requests.clear()
    return [command[:7].rstrip("0") for command in asked]


async def test_a_sync_asks_for_names_and_fetches_only_when_one_moved(web: HttpBench) -> None:
    web.write(ONE)
    async with opened(web) as source:
        await synced(source)
        assert commands(web) == ["hello", "ls-refs", "hello", "ls-refs", "fetch"]
        await synced(source)
        assert commands(web) == ["hello", "ls-refs"]
        web.branch("another-name-for-the-same")
        await synced(source)
        assert commands(web) == ["hello", "ls-refs"]
        assert await source.resolve("another-name-for-the-same") == await source.resolve("")


async def test_commits_are_told_with_author_time_and_message(bench: PathBench, source: Source) -> None:
    first = bench.repository.commit(ONE, message="First\n\nwith a body: größer\n")
    second = bench.repository.commit(TWO, message="Second")
    await synced(source)
    ada = {"author": "Ada <ada@example.org>", "committed_ms": 1_700_000_000_000}
    assert [commit.revision for commit in await source.log("", 9)] == [
        Revision(id=second, message="Second", **ada),  # type: ignore[arg-type]
        Revision(id=first, message="First\n\nwith a body: größer", **ada),  # type: ignore[arg-type]
    ]


async def test_a_submodule_is_named_as_one(bench: PathBench, source: Source) -> None:
    bench.write(ONE)
    bench.repository.git("update-index", "--add", "--cacheinfo", f"160000,{bench.repository.head},vendor/lib")
    bench.repository.git("commit", "-m", "submodule")
    snapshot = await source.snapshot((await synced(source)).head)
    assert [file.path for file in await files(snapshot) if file.kind is FileKind.SUBMODULE] == ["vendor/lib"]


async def test_files_whose_names_are_no_text_are_read_all_the_same(bench: PathBench, source: Source) -> None:
    name = os.fsdecode(b"caf\xe9")
    bench.write({name: Put(content=b"1")})
    assert await content(await source.snapshot((await synced(source)).head)) == {name: Put(content=b"1")}


async def test_another_branch_of_one_data_directory_begins_anew(bench: PathBench) -> None:
    bench.write(ONE)
    async with opened(bench) as source:
        head = (await synced(source)).head
    bench.rewrite(TWO)
    bench.remove_branch()
    provider, context = git.composia_source(), Context(data=bench.data, clock=ManualClock())
    other = await provider.open(git.GitConfig(url=str(bench.repository.path), branch="other"), context)
    with pytest.raises(NotFound):
        await other.resolve("")
    state = await synced(other)
    assert (state.branch, state.rewritten, state.head != head) == ("other", False, True)
    await other.close()


async def test_many_fetches_leave_few_packs_and_every_object(bench: PathBench, source: Source) -> None:
    heads = []
    for number in range(3 * MOST_PACKS):
        bench.rewrite({"count": Put(content=f"{number}".encode()), "same": Put(content=b"same" * 1000)})
        heads.append((await synced(source)).head)
        assert await content(await source.snapshot(heads[0])) != {}
    packs = list((bench.data / "clone.git" / "objects" / "pack").glob("*.pack"))
    assert len(packs) <= MOST_PACKS
    counts = [await read(await source.snapshot(head), "count") for head in heads]
    assert counts == [f"{number}".encode() for number in range(3 * MOST_PACKS)]


async def test_a_clone_with_a_broken_pack_is_called_damaged(bench: PathBench) -> None:
    bench.write(ONE)
    async with opened(bench) as source:
        head = (await synced(source)).head
    (pack,) = (bench.data / "clone.git" / "objects" / "pack").glob("*.pack")
    pack.chmod(0o600)
    pack.write_bytes(pack.read_bytes()[:12] + bytes(pack.stat().st_size - 12))
    async with opened(bench) as source:
        with pytest.raises(NotPossible, match="damaged") as error:
            await source.snapshot(head)
        assert error.value.where == str(bench.data / "clone.git")


async def test_a_clone_that_was_removed_beneath_a_source_is_called_damaged(bench: PathBench) -> None:
    bench.write(ONE)
    async with opened(bench) as source:
        head = (await synced(source)).head
    async with opened(bench) as source:
        shutil.rmtree(bench.data / "clone.git")
        with pytest.raises(NotPossible, match="damaged"):
            await source.log(head, 1)
        with pytest.raises(NotPossible, match="damaged"):
            await source.revisions([head])


async def test_a_clone_that_lost_a_pack_is_made_whole_by_the_next_sync(bench: PathBench) -> None:
    bench.write(ONE)
    async with opened(bench) as source:
        await synced(source)
    for pack in (bench.data / "clone.git" / "objects" / "pack").iterdir():
        pack.unlink()
    async with opened(bench) as source:
        assert await content(await source.snapshot((await synced(source)).head)) == ONE


async def test_what_is_no_clone_in_its_place_is_left_alone(bench: PathBench) -> None:
    (bench.data / "clone.git").mkdir(parents=True)
    (bench.data / "clone.git" / "precious").touch()
    with pytest.raises(NotPossible, match="damaged"):
        await bench.open()
    assert [found.name for found in bench.data.rglob("*")] == ["clone.git", "precious"]


class SlowHost:
    """Sends what is fetched bit by bit, without end, until it is let go."""

    def __init__(self, host: Callable[[Request], Answer]) -> None:
        self._host = host
        self.fetching = threading.Event()
        self.go_on = threading.Event()

    def __call__(self, request: Request) -> Answer:
        good = self._host(request)
        if b"command=fetch" not in request.body:
            return good
        return Answer(headers=good.headers, pieces=self._slowly(b"".join(good.pieces)))

    def _slowly(self, answer: bytes) -> Iterator[bytes]:
        for begin in range(0, len(answer), 1000):
            self.fetching.set()
            self.go_on.wait(0.01)
            yield answer[begin : begin + 1000]


@pytest.fixture
async def slow(bench: PathBench) -> AsyncIterator[tuple[Source, SlowHost, str]]:
    """A source that knows one revision, and whose next fetch takes long."""
    bench.write(ONE)
    host = SlowHost(GitHost(bench.root))
    with WebServer(host).running() as server:
        host.go_on.set()
        config = git.GitConfig(url=f"{server.url}/services")
        source = await git.composia_source().open(config, Context(data=bench.data, clock=ManualClock()))
        head = (await synced(source)).head
        host.go_on.clear()
        host.fetching.clear()
        bench.write({"large": Put(content=os.urandom(2_000_000))})
        yield source, host, head
        host.go_on.set()
        await source.close()


async def test_reading_goes_on_while_a_fetch_is_slow(slow: tuple[Source, SlowHost, str]) -> None:
    source, host, head = slow
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(source.sync, 2)
        await anyio.to_thread.run_sync(host.fetching.wait, 10)
        assert await content(await source.snapshot(head)) == ONE
        assert await source.resolve("") == head
        host.go_on.set()
    assert await source.resolve("") != head


async def test_a_slow_fetch_ends_soon_when_it_is_cancelled(slow: tuple[Source, SlowHost, str]) -> None:
    source, host, head = slow
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(source.sync, 2)
        await anyio.to_thread.run_sync(host.fetching.wait, 10)
        begin = time.monotonic()
        tasks.cancel_scope.cancel()
    assert time.monotonic() - begin < 15  # all of it would take 20 s
    assert await source.resolve("") == head
    host.go_on.set()
    assert (await synced(source)).head != head


def test_to_register_git_does_not_load_dulwich() -> None:
    code = "import sys; from composia.builtin_plugins import git; git.composia_source(); sys.exit('dulwich' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=Path.cwd()).returncode == 0


@pytest.mark.parametrize(
    "lock",
    ["packed-refs.lock", "config.lock", "HEAD.lock", "refs/heads/main.lock", "objects/pack/pack-0123.idx.lock"],
)
async def test_a_lock_that_a_killed_server_has_left_is_let_go(web: HttpBench, lock: str) -> None:
    web.write(ONE)
    async with opened(web) as source:
        await synced(source)
    (clone,) = web.data.rglob("clone.git")
    (clone / lock).parent.mkdir(parents=True, exist_ok=True)
    (clone / lock).touch()
    web.write(TWO)

    async with opened(web) as source:
        state = await synced(source)

    assert state.error == ""
    assert not (clone / lock).exists()
