"""The spool of log lines on a disk that is full, damaged or slow to be well: what was kept stays, and what is lost is said."""

import errno
import logging
import os
from pathlib import Path

import pytest

from composia.agent.log_spool import LogSpool
from tests.agent.spooled import BOUND, all_of, content, opened, put
from tests.small_disk import small_disk


def test_a_full_disk_loses_nothing_and_is_told(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        spool = opened(disk.place / "logs", 1 << 20)
        put(spool, b"before")
        disk.fill()
        with pytest.raises(OSError, match="No space"):
            put(spool, b"x" * 10_000)
        disk.clear()
        assert put(spool, b"after") == 2
        spool.sync()
        written = content(all_of(spool))

        assert written == content(all_of(opened(disk.place / "logs", 1 << 20)))
    assert (written[0], written[-1]) == ((1, b"before"), (2, b"after"))


def test_what_the_server_has_is_removed_on_a_full_disk_too(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        spool = opened(disk.place / "logs", 1 << 20)
        while not spool.is_full:
            put(spool, b"x" * 10_000)
        put(spool, b"x" * (1 << 17))  # with which the last segment has its size, too
        spool.sync()
        disk.fill()
        spool.acknowledge(spool.last)

        assert not spool.is_full
        assert put(spool, b"on" * 10_000) == spool.last
        assert spool.size < 1 << 17


def test_one_large_batch_that_the_server_has_fills_no_spool_on_a_full_disk(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        spool = opened(disk.place / "logs")
        put(spool, b"x" * 10 * BOUND)
        spool.sync()
        disk.fill()
        spool.acknowledge(1)

        assert not spool.is_full
        with pytest.raises(OSError, match="No space"):
            put(spool, b"on")
        disk.clear()
        assert put(spool, b"on") == 2
        spool.sync()
        assert content(all_of(opened(disk.place / "logs"))) == [(2, b"on")]


def test_a_server_that_knows_more_makes_it_another_spool(tmp_path: Path) -> None:
    """This one was put back from a backup, and its next numbers mean something else there."""
    spool = opened(tmp_path / "logs")
    put(spool, b"one")
    spool.sync()
    before = spool.id
    spool.acknowledge(7)

    assert spool.id != before
    assert [(batch.spool, batch.data) for batch in all_of(spool)] == [(spool.id, b"one")]
    assert opened(tmp_path / "logs").id == spool.id


def test_damage_in_the_middle_costs_its_segment_only_and_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    spool = opened(tmp_path / "logs")
    for _ in range(40):
        put(spool, b"x" * 100)
    spool.sync()
    first, second, *_ = sorted((tmp_path / "logs").glob("*.log"))
    torn = bytearray(first.read_bytes())
    torn[len(torn) // 2] ^= 1
    first.write_bytes(torn)

    with caplog.at_level(logging.ERROR):
        numbers = [batch.number for batch in all_of(opened(tmp_path / "logs"))]

    assert set(range(int(second.stem), 41)) <= set(numbers)
    assert 0 < 40 - len(numbers) < int(second.stem)
    assert "damaged" in caplog.text


@pytest.mark.parametrize("end", ["cut off", "nonsense"])
def test_an_older_segment_without_its_end_costs_no_other_batch_in_a_new_life(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, end: str
) -> None:
    """Also when what is owed begins behind where it breaks off."""
    spool = opened(tmp_path / "logs")
    for n in range(1, 41):
        put(spool, b"x", at_ns=n)
    first, second, *_ = sorted((tmp_path / "logs").glob("*.log"))
    last_of_first = int(second.stem) - 1
    spool.acknowledge(last_of_first - 1)
    spool.close()
    whole = first.read_bytes()
    first.write_bytes(whole[: len(whole) // 3] + (b"" if end == "cut off" else b"\xff" * (len(whole) * 2 // 3)))

    with caplog.at_level(logging.ERROR):
        numbers = [batch.number for batch in all_of(opened(tmp_path / "logs"))]

    assert numbers == list(range(last_of_first + 1, 41))
    assert "damaged" in caplog.text


@pytest.mark.parametrize("left", [b"", b"\xff" * 200], ids=["nothing", "nonsense"])
@pytest.mark.parametrize("cut", [0, 1], ids=["whole", "cut"])
def test_a_last_segment_that_is_spoilt_makes_it_another_spool(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, left: bytes, cut: int
) -> None:
    """What was sent of it has numbers that now mean something else. The one before may lack its last batch, too."""
    spool = opened(tmp_path / "logs")
    for n in range(1, 41):
        put(spool, b"x", at_ns=n)
    spool.close()
    *_, before, last = sorted((tmp_path / "logs").glob("*.log"))
    before.write_bytes(before.read_bytes()[: before.stat().st_size - cut])
    last.write_bytes(left)
    there = int(last.stem) - 1 - cut

    for _ in range(2):
        again = opened(tmp_path / "logs")
        assert again.id != spool.id
        assert (again.last, [batch.number for batch in all_of(again)]) == (there, list(range(1, there + 1)))
        again.close()
    again = opened(tmp_path / "logs")
    assert put(again, b"more", at_ns=41) == there + 1
    again.sync()
    assert content(all_of(again, there)) == [(there + 1, b"more")]
    assert caplog.text == ""


def test_a_disk_that_is_in_trouble_at_first_costs_nothing_once_it_is_well(tmp_path: Path) -> None:
    spool = opened(tmp_path / "logs")
    for n in range(1, 21):
        put(spool, b"%d" % n + b"x" * 300, at_ns=n)
    spool.close()
    *_, last = sorted((tmp_path / "logs").glob("*.log"))
    last.rename(tmp_path / "aside")
    last.mkdir()  # cannot be read
    again = LogSpool(tmp_path / "logs", BOUND, now_ms=5)
    with pytest.raises(OSError, match="directory"):
        again.open()
    last.rmdir()
    (tmp_path / "aside").rename(last)
    again.open()
    again.acknowledge(1)

    assert [batch.number for batch in all_of(again)] == list(range(2, 21))
    assert put(again, b"on") == 21


def test_a_segment_that_could_not_be_opened_at_once_is_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = opened(tmp_path / "logs")
    put(spool, b"x" * 1000)
    open_ = os.open

    def refused(path: Path, flags: int, *more: int) -> int:
        if flags & os.O_APPEND:
            raise OSError(errno.EMFILE, "Too many open files")
        return open_(path, flags, *more)

    with monkeypatch.context() as patched:
        patched.setattr(os, "open", refused)
        with pytest.raises(OSError, match="Too many"):
            put(spool, b"two")
    put(spool, b"two", at_ns=2)
    spool.sync()

    assert content(all_of(spool)) == [(1, b"x" * 1000), (2, b"two")]
