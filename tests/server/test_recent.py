"""The newest changes in memory: who reads on from there misses none, and is told when not all are there."""

from composia.plugins.queue import Change
from composia.server.recent import KEPT, RecentChanges


def numbers(recent: RecentChanges, after: int) -> list[int] | None:
    changes = recent.since(after)
    return None if changes is None else [change.number for change in changes]


def test_who_is_behind_gets_all_changes_since_and_who_is_not_gets_none() -> None:
    recent = RecentChanges()
    for number in range(5, 9):
        recent.take(Change(number=number))

    assert recent.last == 8
    assert [numbers(recent, after) for after in (4, 6, 8, 9)] == [[5, 6, 7, 8], [7, 8], [], []]
    assert numbers(recent, 3) is None


def test_what_is_too_long_ago_is_not_there() -> None:
    recent = RecentChanges()
    for number in range(1, KEPT + 11):
        recent.take(Change(number=number))

    assert numbers(recent, 9) is None
    assert numbers(recent, 10) == list(range(11, KEPT + 11))


def test_before_any_change_has_come_nothing_is_newer_than_what_the_queue_had() -> None:
    recent = RecentChanges()
    assert numbers(recent, 0) == []
    recent.begin(7)
    assert (recent.last, numbers(recent, 7), numbers(recent, 6)) == (7, [], None)
    recent.take(Change(number=8))
    assert (recent.last, numbers(recent, 7)) == (8, [8])


def test_a_gap_is_never_passed_over() -> None:
    recent = RecentChanges()
    recent.take(Change(number=1))
    recent.take(Change(number=3))

    assert (recent.last, numbers(recent, 2), numbers(recent, 1)) == (3, [3], None)
