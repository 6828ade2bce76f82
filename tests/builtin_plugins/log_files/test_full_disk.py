"""A disk that is full, again and again: what cannot be kept is refused, and nothing is lost or there twice."""

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from composia.builtin_plugins.log_files import store, stream
from composia.builtin_plugins.log_files.config import FilesConfig
from composia.builtin_plugins.log_files.sink import FilesSink
from composia.clock import ManualClock, SystemClock
from composia.errors import Unavailable
from composia.plugins.testing.log_lines import NOON_NS, batch, source, texts
from tests.small_disk import SmallDisk, small_disk

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small file system"),
]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk", "2m") as disk:
        yield disk


async def test_what_finds_no_room_is_refused_and_comes_again(disk: SmallDisk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "BLOCK_BYTES", 9_000)
    monkeypatch.setattr(stream, "SEGMENT_BYTES", 20_000)
    monkeypatch.setattr(store, "AHEAD", 1)
    rng = random.Random(3)
    sink = FilesSink(disk.place / "logs", SystemClock(), FilesConfig())
    refused: list[str] = []
    expected: list[bytes] = []
    for number in range(1, 120):
        line = b"%03d %b" % (number, rng.randbytes(2_500).replace(b"\n", b"x"))
        if number % 2:
            disk.fill()
            try:
                await sink.append("n1", batch(number, [line], at_ns=NOON_NS + number))
            except Unavailable as error:
                refused.append(error.message)
            assert await texts(sink) == [*expected, line][: len(await texts(sink))]
            disk.clear()
        await sink.append("n1", batch(number, [line], at_ns=NOON_NS + number))
        expected.append(line)
        if number % 10 == 0:
            sink = FilesSink(disk.place / "logs", SystemClock(), FilesConfig())
    assert len(refused) > 20
    assert all("no space left" in message for message in refused)
    assert await texts(sink) == expected
    assert await texts(FilesSink(disk.place / "logs", SystemClock(), FilesConfig())) == expected


async def test_what_is_too_old_goes_from_a_full_disk_although_nothing_can_be_compressed(
    disk: SmallDisk, caplog: pytest.LogCaptureFixture
) -> None:
    clock = ManualClock()
    sink = FilesSink(disk.place / "logs", clock, FilesConfig(days=3))
    await sink.append("n1", batch(1, [b"old"], of=source("old")))
    clock.advance(2 * 86_400)
    for number in range(2, 40):
        await sink.append("n1", batch(number, [b"new %d" % number] * 40, of=source("new")))
    disk.fill()
    assert await sink.trim(clock.now_ms()) == 0
    assert "logs not tidied" in caplog.text
    clock.advance(2 * 86_400)
    assert await sink.trim(clock.now_ms())
    assert not (disk.place / "logs" / "n1" / "old").exists()
    disk.clear()
    assert set(await texts(sink)) == {b"new %d" % number for number in range(2, 40)}
    await sink.close()
