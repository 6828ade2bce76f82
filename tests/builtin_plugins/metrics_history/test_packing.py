"""Values on their way through bytes, and rows that become one."""

import math
from array import array

from hypothesis import given
from hypothesis import strategies as st

from composia.builtin_plugins.metrics_history.chunk import mean, means, put_in
from composia.builtin_plugins.metrics_history.packing import Layout, pack, read_layout, unpack

NAN = float("nan")
FLOATS = st.floats(width=32, allow_infinity=False, min_value=-(2**100), max_value=2**100)


def same(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=2**-15, abs_tol=2**-120) or (math.isnan(one) and math.isnan(other))


@given(st.lists(FLOATS))
def test_values_come_back_as_they_were_but_for_their_last_digits(values: list[float]) -> None:
    found = unpack(pack(array("f", values)))

    assert len(found) == len(values)
    assert all(same(one, other) for one, other in zip(found, values, strict=True))


def test_a_layout_comes_back_as_it_was() -> None:
    layout = Layout(host=("cpu_percent", "filesystem_percent:/ä b"), containers=("a", "b"), measures=("pids",))

    assert read_layout(layout.text()) == layout
    assert layout.size == 4
    assert layout.keys()[-1] == ("b", "pids")


def test_rows_of_other_containers_lie_side_by_side_with_what_was_there() -> None:
    one = Layout(host=("h",), containers=("a", "b"), measures=("m",))
    other = Layout(containers=("b", "c"), measures=("m", "n"))
    first = put_in(3, None, {0: (one, array("f", [1, 2, 3]))})
    layout, values = put_in(3, first, {2: (other, array("f", [4, 5, 6, 7]))})

    rows = {key: list(values[place * 3 : place * 3 + 3]) for place, key in enumerate(layout.keys())}
    assert {key: [None if math.isnan(value) else value for value in row] for key, row in rows.items()} == {
        ("", "h"): [1, None, None],
        ("a", "m"): [2, None, None],
        ("b", "m"): [3, None, 4],
        ("c", "m"): [None, None, 5],
        ("a", "n"): [None, None, None],
        ("b", "n"): [None, None, 6],
        ("c", "n"): [None, None, 7],
    }


def test_a_mean_is_of_what_is_known() -> None:
    assert mean(array("f", [1, NAN, 3])) == 2
    assert math.isnan(mean(array("f", [NAN, NAN])))
    layout, values = means(2, (Layout(host=("a", "b")), array("f", [1, 3, NAN, 5])))
    assert list(values) == [2, 5]
    assert layout.host == ("a", "b")
