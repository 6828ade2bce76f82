"""Rows that hold many values of each series, and how several of them become one."""

import math
from array import array
from collections.abc import Iterable, Mapping

from composia.builtin_plugins.metrics_history.bucket import NAN, Row
from composia.builtin_plugins.metrics_history.packing import Layout


def united(layouts: Iterable[Layout]) -> Layout:
    """A layout that has all that these have."""
    every = list(dict.fromkeys(layouts))
    if len(every) == 1:
        return every[0]
    return Layout(
        host=tuple(sorted({measure for layout in every for measure in layout.host})),
        containers=tuple(sorted({name for layout in every for name in layout.containers})),
        measures=tuple(dict.fromkeys(measure for layout in every for measure in layout.measures)),
    )


def put_in(slots: int, old: Row | None, new: Mapping[int, Row]) -> Row:
    """Rows of one value a series, each into its slot of `slots`, in the place of what `old` has there."""
    known = [old[0]] if old else []
    layout = united([*known, *(row[0] for row in new.values())])
    values = array("f", [NAN]) * (layout.size * slots)
    places: dict[tuple[str, str], int] = {}
    if old and old[0] == layout:
        values = old[1]
    elif old:
        places = {key: place for place, key in enumerate(layout.keys())}
        for number, key in enumerate(old[0].keys()):
            at = places[key] * slots
            values[at : at + slots] = old[1][number * slots : (number + 1) * slots]
    for slot, (its, one) in new.items():
        if its == layout:
            values[slot::slots] = one
            continue
        places = places or {key: place for place, key in enumerate(layout.keys())}
        for key, value in zip(its.keys(), one, strict=True):
            values[places[key] * slots + slot] = value
    return layout, values


def laid_over(slots: int, old: Row, new: Row) -> Row:
    """Both rows: what `new` does not know is taken from `old`."""
    layout = united([old[0], new[0]])
    found: array[float] = array("f")
    known = [dict(zip(row[0].keys(), range(row[0].size), strict=True)) for row in (old, new)]
    keys = layout.keys()
    for key in keys:
        places = [its.get(key) for its in known]
        for slot in range(slots):
            values = [
                NAN if at is None else row[1][at * slots + slot] for at, row in zip(places, (old, new), strict=True)
            ]
            found.append(values[0] if math.isnan(values[1]) else values[1])
    return layout, found


def means(slots: int, row: Row) -> Row:
    """One value a series: the mean of what is known."""
    layout, values = row
    found: array[float] = array("f")
    for begin in range(0, len(values), slots):
        found.append(mean(values[begin : begin + slots]))
    return layout, found


def mean(values: "array[float]") -> float:
    """Of those that are known; NaN of none."""
    total = sum(values)
    if total == total:  # noqa: PLR0124 - NaN alone is not itself
        return total / len(values)
    known = [value for value in values if value == value]  # noqa: PLR0124 - as above
    return sum(known) / len(known) if known else NAN
