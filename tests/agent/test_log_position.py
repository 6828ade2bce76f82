"""Where a log is read on: nothing twice, nothing left out, whatever the clock does."""

from hypothesis import given
from hypothesis import strategies as st

from composia.agent.log_position import MARGIN_NS, RUNGS, SECOND, LogPosition, Overlap

BASE = 1_700_000_000 * SECOND


def read_on(position: LogPosition, log: list[int], *, filters_each: bool) -> list[int]:
    """The lines, by number, that are taken when the log is asked for again from a position. Some engines leave out each line
    that is older, others only those before the first that is not."""
    since = position.rung[0]
    begin = 0 if filters_each else next((n for n, at in enumerate(log) if at >= since), len(log))
    given = [n for n in range(begin, len(log)) if log[n] >= since or not filters_each]
    known = Overlap(position).known([log[n] for n in given])
    return given[known:]


def taken(log: list[int], sizes: list[int]) -> LogPosition:
    """The position after a log was taken in portions of these sizes."""
    position, begin = LogPosition(), 0
    for size in sizes:
        if portion := log[begin : begin + size]:
            position = position.after(portion)
        begin += size
    return position


portions = st.lists(st.integers(1, 9), max_size=20)


@given(
    steps=st.lists(st.one_of(st.integers(0, 3), st.integers(0, 40 * SECOND)), max_size=60),
    late=st.data(),
    sizes=portions,
    filters_each=st.booleans(),
)
def test_a_log_is_read_on_where_it_was_left(
    steps: list[int], late: st.DataObject, sizes: list[int], filters_each: bool
) -> None:
    """Lines of one nanosecond, and lines that come a little late, are told apart by their number."""
    log, now = [], BASE
    for step in steps:
        now += step
        log.append(now - late.draw(st.sampled_from([0, 0, 0, 1, MARGIN_NS // 3])))
    count = min(sum(sizes), len(log))

    assert read_on(taken(log, sizes), log, filters_each=filters_each) == list(range(count, len(log)))


@given(back=st.integers(1, 3000), sizes=portions, filters_each=st.booleans())
def test_a_clock_that_is_set_back_loses_nothing(back: int, sizes: list[int], filters_each: bool) -> None:
    before = [BASE + n * SECOND for n in range(0, 4000, 7)]
    log = before + [before[-1] - back * SECOND + n for n in range(50)]
    sizes = [len(before), *sizes]
    count = min(sum(sizes), len(log))

    left = read_on(taken(log, sizes), log, filters_each=filters_each)

    if count > len(before):  # else nothing says yet that the clock was set back
        assert left == list(range(count, len(log)))


def test_lines_that_the_engine_has_thrown_away_are_not_counted() -> None:
    log = [BASE + n * SECOND // 10 for n in range(100)]
    position = taken(log, [60])

    assert read_on(position, log[57:], filters_each=True) == list(range(3, 43))
    assert read_on(position, log[80:], filters_each=True) == list(range(20))


def test_a_long_log_keeps_a_few_times_only() -> None:
    position = LogPosition()
    for n in range(20_000):
        position = position.after([BASE + n * SECOND])

    assert len(position.rungs) <= RUNGS
    since, count = position.rung
    assert BASE + 19_990 * SECOND < since <= BASE + 19_998 * SECOND
    assert count == len([n for n in range(20_000) if BASE + n * SECOND >= since])
    assert position.rungs[0][0] < BASE + 10_000 * SECOND


def test_what_came_before_is_not_wanted_when_a_log_is_begun_in_the_middle() -> None:
    log = [BASE, BASE + 1, BASE + 2]

    assert read_on(LogPosition.first(BASE + 1).after([BASE + 1]), log, filters_each=True) == [2]
