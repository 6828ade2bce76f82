"""What the disk is asked to take, and when."""

import asyncio
import errno
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from composia.builtin_plugins.log_files import sink as files_sink
from composia.builtin_plugins.log_files import stream
from composia.builtin_plugins.log_files.config import FilesConfig
from composia.builtin_plugins.log_files.sink import FilesSink
from composia.clock import ManualClock, SystemClock
from composia.errors import Unavailable
from composia.plugins.testing.log_lines import batch, source

pytestmark = pytest.mark.anyio


class Disk:
    """Which files the disk was asked to take; `taken` waits for the next one."""

    def __init__(self) -> None:
        self.files: list[str] = []
        self._loop = asyncio.get_running_loop()
        self._taken = asyncio.Event()

    def take(self, handle: int) -> None:
        os.fsync(handle)
        self.files.append(Path(f"/proc/self/fd/{handle}").readlink().name.partition("-")[0])
        self._loop.call_soon_threadsafe(self._taken.set)

    async def taken(self) -> None:
        await asyncio.wait_for(self._taken.wait(), 60)
        self._taken.clear()


@pytest.fixture
async def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    made = Disk()
    monkeypatch.setattr(os, "fdatasync", made.take)
    return made


@pytest.fixture
async def sink(tmp_path: Path) -> AsyncIterator[FilesSink]:
    made = FilesSink(tmp_path, SystemClock(), FilesConfig())
    yield made
    await made.close()


async def test_the_disk_takes_what_was_kept_although_nothing_comes_after_it(
    sink: FilesSink, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files_sink, "SYNC_S", 0.01)
    for number in (1, 2):
        await sink.append("n1", batch(number, [b"one"]))
        await disk.taken()
    assert disk.files == ["tail", "tail"]


async def test_what_is_kept_when_it_is_closed_waits_for_no_time(sink: FilesSink, disk: Disk) -> None:
    await sink.append("n1", batch(1, [b"one"]))
    await sink.close()
    assert disk.files == ["tail"]
    assert {task.get_name() for task in asyncio.all_tasks()}.isdisjoint({"sync logs"})


async def test_the_disk_has_a_block_before_the_tail_goes_that_it_has_taken(
    disk: Disk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Whatever the clock of the server says."""
    clock = ManualClock()
    monkeypatch.setattr(files_sink, "SYNC_S", 0.01)
    monkeypatch.setattr(stream, "BLOCK_BYTES", 50)
    sink = FilesSink(tmp_path / "other", clock, FilesConfig())
    await sink.append("n1", batch(1, [b"ahead"]))
    clock.set_wall(-86_400)
    await disk.taken()
    monkeypatch.setattr(files_sink, "SYNC_S", 3600.0)
    await sink.append("n1", batch(2, [b"x" * 60]))
    assert disk.files == ["tail", "open"]
    await sink.close()


async def test_a_disk_that_fails_as_it_is_closed_leaves_nothing_running_and_is_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_handle: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    sink = FilesSink(tmp_path, SystemClock(), FilesConfig())
    for number, service in ((1, "web"), (2, "db")):
        await sink.append("n1", batch(number, [b"one"], of=source(service)))
    with monkeypatch.context() as failing:
        failing.setattr(os, "fdatasync", fails)
        with pytest.raises(Unavailable):
            await sink.close()
    assert {task.get_name() for task in asyncio.all_tasks()}.isdisjoint({"sync logs"})

    disk = Disk()
    monkeypatch.setattr(os, "fdatasync", disk.take)
    await sink.close()
    assert disk.files == ["tail", "tail"]
