"""The spool of log lines: nothing that was appended is lost, wherever it is cut, and no number means two things."""

import errno
import logging
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from composia.agent.log_position import LogPosition
from composia.agent.log_records import read_records
from composia.agent.log_spool import LogSpool
from composia.core.container_log import ForwardedLogs, LogSource
from composia.plugins.executor_talking import LogLines
from tests.small_disk import small_disk

BOUND = 4096


def make_lines(*lines: bytes, at_ns: int = 1) -> LogLines:
    ends = [sum(len(line) for line in lines[: n + 1]) for n in range(len(lines))]
    return LogLines(
        at_ns=tuple(range(at_ns, at_ns + len(lines))),
        stderr=tuple(n % 2 == 1 for n in range(len(lines))),
        partial=tuple(n % 3 == 1 for n in range(len(lines))),
        ends=tuple(ends),
        data=b"".join(lines),
    )


def make_source(container: str = "c1") -> LogSource:
    return LogSource(service="web", container="main", name="web-main-1", id=container)


def opened(directory: Path, bound: int = BOUND) -> LogSpool:
    spool = LogSpool(directory, bound, now_ms=5)
    spool.open()
    return spool


def put(spool: LogSpool, *lines: bytes, container: str = "c1", at_ns: int = 1) -> int:
    position = (spool.position(container) or LogPosition()).after(make_lines(*lines, at_ns=at_ns).at_ns)
    return spool.append(make_source(container), make_lines(*lines, at_ns=at_ns), position)


def all_of(spool: LogSpool, after: int = 0) -> list[ForwardedLogs]:
    found: list[ForwardedLogs] = []
    while batches := spool.read(found[-1].number if found else after, 100):
        found += batches
    return found


def content(batches: list[ForwardedLogs]) -> list[tuple[int, bytes]]:
    return [(batch.number, batch.data) for batch in batches]


def test_batches_come_back_as_they_were_once_they_are_forced_to_disk(tmp_path: Path) -> None:
    spool = opened(tmp_path / "logs")
    put(spool, b"one", b"", b"\xff\0\n", at_ns=7)

    assert spool.read(0, 100) == ()
    spool.sync()
    [batch] = spool.read(0, 100)

    assert batch == ForwardedLogs(
        spool=spool.id,
        number=1,
        source=make_source(),
        at_ns=(7, 8, 9),
        stderr=(False, True, False),
        partial=(False, True, False),
        ends=(3, 3, 6),
        data=b"one\xff\0\n",
    )


def test_a_new_life_goes_on_with_numbers_positions_and_what_is_owed(tmp_path: Path) -> None:
    spool = opened(tmp_path / "logs")
    for n in range(60):
        put(spool, b"x" * 100, container=f"c{n % 3}", at_ns=n + 1)
    spool.sync()
    spool.acknowledge(17)

    again = opened(tmp_path / "logs")

    assert (again.id, again.last, again.kept, again.created_ms) == (spool.id, 60, 17, 5)
    assert [batch.number for batch in all_of(again)] == list(range(18, 61))
    assert again.position("c2") == spool.position("c2")
    assert put(again, b"more") == 61


def test_a_spool_that_is_empty_does_not_begin_to_count_anew(tmp_path: Path) -> None:
    spool = opened(tmp_path / "logs")
    for _ in range(50):
        put(spool, b"x" * 100)
    spool.sync()
    spool.acknowledge(50)
    assert spool.size < BOUND // 4

    again = opened(tmp_path / "logs")

    assert all_of(again) == []
    assert put(again, b"more") == 51
    assert again.id == spool.id


def test_it_is_full_at_its_bound_and_has_room_once_the_server_has_some(tmp_path: Path) -> None:
    spool = opened(tmp_path / "logs")
    while not spool.is_full:
        put(spool, b"x" * 100)
    assert BOUND <= spool.size < BOUND + 400
    spool.sync()

    spool.acknowledge(spool.last // 8)
    assert spool.is_full
    spool.acknowledge(spool.last // 2)
    assert not spool.is_full


def test_one_batch_may_be_larger_than_the_bound(tmp_path: Path) -> None:
    spool = opened(tmp_path / "logs")
    put(spool, b"x" * 10 * BOUND)
    assert spool.is_full
    spool.sync()
    assert content(all_of(spool)) == [(1, b"x" * 10 * BOUND)]
    spool.acknowledge(1)
    assert not spool.is_full


def test_what_was_forgotten_is_not_known_after_the_next_segment(tmp_path: Path) -> None:
    spool = opened(tmp_path / "logs")
    put(spool, b"x", container="gone")
    put(spool, b"x", container="there")
    spool.forget(["gone"])
    put(spool, b"x" * BOUND, container="there")
    put(spool, b"x", container="there")

    assert opened(tmp_path / "logs").containers == ("there",)


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


@dataclass(frozen=True)
class Appended:
    number: int
    data: bytes
    container: str
    position: LogPosition


class Spool(RuleBasedStateMachine):
    """The agent is killed, or the power fails, at any byte."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp(prefix="composia-test-"))
        self.spool = opened(self.root / "logs")
        self.appended: list[Appended] = []
        self.synced = 0
        self.acknowledged = 0
        self.sent: dict[int, bytes] = {}
        self.count = 0

    def teardown(self) -> None:
        self.spool.close()
        shutil.rmtree(self.root)

    @rule(size=st.sampled_from([0, 1, 50, 600, 2000]), container=st.sampled_from("ab"))
    def append(self, size: int, container: str) -> None:
        self.count += 1
        data = b"%d" % self.count + b"x" * size
        number = put(self.spool, data, container=container, at_ns=self.count)
        position = self.spool.position(container)
        assert position is not None
        assert number == len(self.appended) + 1
        self.appended.append(Appended(number, data, container, position))

    @rule()
    def sync(self) -> None:
        self.spool.sync()
        self.synced = len(self.appended)

    @rule()
    def send(self) -> None:
        """All that may be sent: what was sent before under a number is the same now."""
        for number, data in content(all_of(self.spool)):
            assert self.sent.setdefault(number, data) == data

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def acknowledge(self, data: st.DataObject) -> None:
        self.acknowledged = max(self.acknowledged, data.draw(st.sampled_from(sorted(self.sent))))
        self.spool.acknowledge(self.acknowledged)

    @rule(torn=st.binary(max_size=40))
    def kill(self, torn: bytes) -> None:
        """In the middle of a record, or of a new segment."""
        self.spool.close()
        *_, active = sorted((self.root / "logs").glob("*.log"))
        with active.open("ab") as file:
            file.write(torn)
        (self.root / "logs" / ".00000000000000000099.log.new").write_bytes(torn)
        self._reopen(len(self.appended))

    @rule(data=st.data())
    def lose_power(self, data: st.DataObject) -> None:
        """What was not forced to disk is there up to any byte."""
        self.spool.close()
        *_, active = sorted((self.root / "logs").glob("*.log"))
        kept = max(self.spool.synced, int(active.stem) - 1)
        whole = self._end_of(active, kept)
        active.write_bytes(active.read_bytes()[: data.draw(st.integers(whole, active.stat().st_size))])
        self._reopen(kept)

    def _end_of(self, active: Path, number: int) -> int:
        """Where the batch with that number ends in the last segment."""
        ends = [end for _, end in read_records(active.read_bytes())]
        return ends[number - int(active.stem) + 1]

    def _reopen(self, at_least: int) -> None:
        self.spool = opened(self.root / "logs")
        assert at_least <= self.spool.last <= len(self.appended)
        del self.appended[self.spool.last :]
        self.synced = self.spool.last

    @invariant()
    def owes_all_that_was_not_acknowledged(self) -> None:
        found = content(all_of(self.spool))
        expected = [(one.number, one.data) for one in self.appended[self.spool.kept : self.spool.synced]]
        assert found == expected
        assert self.spool.kept <= self.acknowledged
        assert self.spool.synced >= self.synced

    @invariant()
    def knows_every_position(self) -> None:
        for container in "ab":
            last = next((one.position for one in reversed(self.appended) if one.container == container), None)
            assert self.spool.position(container) == last

    @invariant()
    def takes_no_more_than_it_needs(self) -> None:
        owed = sum(len(one.data) + 200 for one in self.appended[self.spool.kept :])
        assert self.spool.size <= owed + BOUND // 4 + 4000


Spool.TestCase.settings = settings(max_examples=50, stateful_step_count=40, deadline=None)
TestSpool = Spool.TestCase
