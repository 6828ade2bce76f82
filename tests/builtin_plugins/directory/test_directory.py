"""The source `directory`: the contract, and what is its own."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from composia.builtin_plugins import directory
from composia.builtin_plugins.directory import scan, store
from composia.clock import ManualClock
from composia.core.file import FileKind
from composia.errors import Invalid, NotFound
from composia.plugins import Context
from composia.plugins.source import Source
from composia.plugins.testing.source import SourceContract
from composia.plugins.testing.source_bench import Put
from composia.plugins.testing.source_files import content, files, opened, synced
from tests.builtin_plugins.directory.bench import DirectoryBench

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def bench(tmp_path: Path) -> DirectoryBench:
    return DirectoryBench(tmp_path)


@pytest.fixture
async def source(bench: DirectoryBench) -> AsyncIterator[Source]:
    async with opened(bench) as source:
        yield source


class TestDirectory(SourceContract):
    """Every promise of a source."""


async def test_what_git_keeps_for_itself_is_no_file_at_any_depth(bench: DirectoryBench, source: Source) -> None:
    bench.write(
        {
            "a": Put(content=b"1"),
            ".git/config": Put(content=b""),
            "deeper/.git/config": Put(content=b""),
            "worktree/.git": Put(content=b"gitdir: /elsewhere"),
            "linked/.git": Put(content=b"../.git", kind=FileKind.LINK),
            "deeper/.gitignore": Put(content=b"x"),
        }
    )
    snapshot = await source.snapshot((await synced(source)).head)
    assert [file.path for file in await files(snapshot)] == ["a", "deeper/.gitignore"]


async def test_what_is_neither_file_nor_link_is_left_out(bench: DirectoryBench, source: Source) -> None:
    bench.write({"a": Put(content=b"1")})
    os.mkfifo(bench.path / "pipe")
    (bench.path / "nothing").mkdir()
    assert await content(await source.snapshot((await synced(source)).head)) == {"a": Put(content=b"1")}


async def test_the_revision_depends_on_content_kind_and_path_alone(bench: DirectoryBench, source: Source) -> None:
    names = []
    for written in (
        {"a": Put(content=b"1")},
        {"a": Put(content=b"1", kind=FileKind.EXECUTABLE)},
        {"a": Put(content=b"1", kind=FileKind.LINK)},
        {"b": Put(content=b"1")},
        {"a": Put(content=b"1")},
    ):
        bench.write(written)
        names.append((await synced(source)).head)
    assert len(set(names)) == 4
    assert names[0] == names[4]
    assert all(len(name) == 16 and name.startswith("dir-") for name in names)
    assert [found.revision.id for found in await source.log("", 9)] == [names[4], names[3], names[2], names[1]]


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files whose content was read."""
    names: list[str] = []
    add_file = store.Store.add_file

    def counted(self: store.Store, path: Path) -> str:
        names.append(path.name)
        return add_file(self, path)

    monkeypatch.setattr(store.Store, "add_file", counted)
    return names


async def test_a_change_in_place_that_keeps_size_and_time_is_seen(
    bench: DirectoryBench, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan, "TICK_NS", -10_000_000_000)  # nothing changes again without another time of change
    bench.write({"a": Put(content=b"1")})
    file = bench.path / "a"
    before = file.stat()
    first = (await synced(source)).head
    while file.stat().st_ctime_ns == before.st_ctime_ns:  # until the file system's clock has moved on
        file.write_bytes(b"2")
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert file.stat().st_mtime_ns == before.st_mtime_ns
    assert (await synced(source)).head != first


async def test_what_has_not_changed_is_not_read_again(
    bench: DirectoryBench, source: Source, read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan, "TICK_NS", -10_000_000_000)
    bench.write({"a": Put(content=b"1"), "b": Put(content=b"1")})
    await synced(source)
    (bench.path / "b").write_bytes(b"22")
    await synced(source)
    assert [sorted(read[:2]), read[2:]] == [["a", "b"], ["b"]]


async def test_what_has_just_changed_is_read_again_for_it_may_change_unseen(
    bench: DirectoryBench, source: Source, read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan, "TICK_NS", 3600 * 10**9)  # however long this takes
    bench.write({"a": Put(content=b"1")})
    await synced(source)
    await synced(source)
    assert read == ["a", "a"]


async def test_a_directory_that_cannot_be_read_is_an_error_and_not_an_empty_one(
    bench: DirectoryBench, source: Source
) -> None:
    bench.write({"a/b": Put(content=b"1")})
    good = (await synced(source)).head
    bench.leave()
    bench.path.write_bytes(b"a file where the directory was")
    state = await source.sync(5)
    assert (state.head, state.error) == (good, f"not a directory: {bench.path}")


async def test_old_revisions_go_and_their_content_with_them(
    bench: DirectoryBench, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "KEPT", 3)
    heads = []
    for number in range(5):
        bench.write({"a": Put(content=str(number).encode()), "same": Put(content=b"same")})
        heads.append((await synced(source)).head)
    held = await source.snapshot(heads[2])
    assert [found.revision.id for found in await source.log("", 9)] == [heads[4], heads[3], heads[2]]
    assert await held.read(await held.find("a"), most=9) == b"2"
    with pytest.raises(NotFound):
        await source.snapshot(heads[1])
    assert len(list((bench.data / "seen" / "objects").iterdir())) == 4
    bench.write({"b": Put(content=b"5")})
    await synced(source)
    with pytest.raises(NotFound, match="no longer kept"):
        await held.read(await held.find("a"), most=9)


async def test_a_data_directory_inside_of_the_source_is_refused(tmp_path: Path) -> None:
    provider = directory.composia_source()
    context = Context(data=tmp_path / "data", clock=ManualClock())
    with pytest.raises(Invalid, match="inside of the source"):
        await provider.open(directory.DirectoryConfig(path=str(tmp_path)), context)


def test_to_register_the_directory_does_not_load_it() -> None:
    code = (
        "import sys; from composia.builtin_plugins import directory; directory.composia_source();"
        "sys.exit('composia.builtin_plugins.directory.source' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
