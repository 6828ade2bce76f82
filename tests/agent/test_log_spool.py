"""The spool of log lines: nothing that was appended is lost, wherever it is cut, and no number means two things."""

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from composia.agent.log_position import LogPosition
from composia.agent.log_records import read_records
from composia.core.container_log import ForwardedLogs
from tests.agent.spooled import BOUND, all_of, content, make_source, opened, put


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
