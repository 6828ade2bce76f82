"""Retention of the log sink `files`: by age, then by size from whoever has most."""

import os
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from composia.builtin_plugins.log_files import retention, stream
from composia.builtin_plugins.log_files.config import FilesConfig
from composia.builtin_plugins.log_files.sink import FilesSink
from composia.clock import ManualClock
from composia.core.container_log import LogsQuery
from composia.plugins.log_sink import LogWindow
from composia.plugins.testing.log_lines import NOON_NS, batch, source, texts

pytestmark = pytest.mark.anyio

DAY_S = 86_400


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def sink(tmp_path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FilesSink]:
    monkeypatch.setattr(stream, "BLOCK_BYTES", 5_000)
    monkeypatch.setattr(stream, "SEGMENT_BYTES", 100_000)
    made = FilesSink(tmp_path, clock, FilesConfig(days=3, mib=1))
    yield made
    await made.close()


def size_of(directory: Path) -> int:
    return sum(path.stat().st_size for path in directory.rglob("*.zst"))


def kinds_of(directory: Path) -> list[str]:
    return [path.name.partition("-")[0] for path in directory.rglob("*.zst")]


def date_files(directory: Path, written: dict[tuple[Path, int], int], now_ms: int) -> None:
    """Give each file the time at which it grew last."""
    for path in directory.rglob("*.zst"):
        at_ns = written.setdefault((path, path.stat().st_size), now_ms * 1_000_000)
        os.utime(path, ns=(at_ns, at_ns))


def noise(number: int) -> bytes:
    """Bytes that no compression makes smaller."""
    return random.Random(number).randbytes(20_000).replace(b"\n", b"x")


async def test_what_is_older_than_so_many_days_goes_whatever_the_nodes_clock_says(
    sink: FilesSink, clock: ManualClock, tmp_path: Path
) -> None:
    for day in range(6):
        await sink.append("n1", batch(day + 1, [b"day %d" % day], at_ns=NOON_NS - day))
        if day < 2:
            await sink.append("n2", batch(day + 1, [b"day %d" % day], at_ns=NOON_NS - day))
        clock.advance(DAY_S)
        before = size_of(tmp_path)
        removed = await sink.trim(clock.now_ms())
        assert removed <= before
    left = set(await texts(sink))
    # a file goes as a whole, and may hold two days
    assert {b"day 3", b"day 4", b"day 5"} <= left <= {b"day 2", b"day 3", b"day 4", b"day 5"}
    assert not (tmp_path / "n2" / "web").exists()
    await sink.append("n2", batch(7, [b"again"]))
    assert await texts(sink, LogsQuery(nodes=("n2",))) == [b"again"]


async def test_a_clock_that_was_ahead_once_keeps_nothing_from_growing_old(
    sink: FilesSink, clock: ManualClock, tmp_path: Path
) -> None:
    """What is written after it was set back goes in its time. The times of the files, which are the kernel's, are set as
    the test's clock would have them."""
    clock.set_wall(400 * DAY_S)
    await sink.append("n1", batch(1, [b"ahead"]))
    clock.set_wall(-400 * DAY_S)
    written: dict[tuple[Path, int], int] = {}
    for day in range(8):
        await sink.append("n1", batch(day + 2, [b"day %d" % day, noise(day)[:6_000]], at_ns=NOON_NS + day))
        date_files(tmp_path, written, clock.now_ms())
        clock.advance(DAY_S)
        await sink.trim(clock.now_ms())
    left = await texts(sink, LogsQuery(grep="^(day|ahead)", regex=True))
    assert left[-3:] == [b"day 5", b"day 6", b"day 7"]
    assert len(left) <= 5


async def test_what_is_too_much_is_taken_from_who_has_most_the_oldest_first(
    sink: FilesSink, clock: ManualClock, tmp_path: Path
) -> None:
    await sink.append("n1", batch(1, [b"quiet"], of=source("calm")))
    for number in range(2, 102):
        await sink.append(
            "n1", batch(number, [b"%03d" % number, noise(number)], of=source("loud"), at_ns=NOON_NS + number)
        )
    assert size_of(tmp_path) > 1024 * 1024
    before = size_of(tmp_path)
    removed = await sink.trim(clock.now_ms())

    assert size_of(tmp_path) == before - removed
    assert 1024 * 1024 - 150_000 < size_of(tmp_path) <= 1024 * 1024
    assert await texts(sink, LogsQuery(services=("calm",))) == [b"quiet"]
    left = await texts(sink, LogsQuery(services=("loud",), grep="^[0-9]{3}$", regex=True))
    assert left == [b"%03d" % number for number in range(102 - len(left), 102)]
    assert await sink.trim(clock.now_ms()) == 0


async def test_what_lies_in_a_tail_for_long_is_compressed(sink: FilesSink, clock: ManualClock, tmp_path: Path) -> None:
    for number in range(1, 20):
        await sink.append("n1", batch(number, [b"the same again and again"]))
    before = size_of(tmp_path)
    clock.advance(retention.SETTLE / 1_000_000 + 1)
    await sink.trim(clock.now_ms())
    assert size_of(tmp_path) < before / 5
    assert kinds_of(tmp_path) == ["open"]
    await sink.append("n1", batch(20, [b"more"]))
    assert len(await texts(sink)) == 20


async def test_a_reader_is_not_troubled_by_what_is_removed_under_it(sink: FilesSink, clock: ManualClock) -> None:
    for number in range(1, 151):
        await sink.append("n1", batch(number, [noise(number)], at_ns=NOON_NS + number))
    found = 0
    async for page in sink.read(LogsQuery(), LogWindow(upto=sink.position())):
        if not found:
            assert await sink.trim(clock.now_ms())
        found += len(page)
    assert 10 < found < 150
