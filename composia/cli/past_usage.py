"""What was used over a time, as small lines of bars."""

import time
from collections.abc import Iterable, Sequence

from composia.cli import usage_shapes
from composia.cli.output import emit, print_table
from composia.cli.quantities import binary, decimal, known, percent, sparkline
from composia.core.measure import CONTAINER, HOST
from composia.core.usage import Series
from composia.errors import Invalid

WIDTH = 40
"""How many bars a line has at most."""

_UNITS = {measure.name: measure.unit for measure in (*HOST, *CONTAINER)}


def ago(since_ms: int) -> float:
    """How many seconds ago a moment was; `Invalid` for one that has not come."""
    passed_s = time.time() - since_ms / 1000
    if passed_s <= 0:
        raise Invalid("--since is in the future", hint="write how long ago, as 2h or 3d, or when, as 2026-11-01T10:00")
    return passed_s


def show(found: Sequence[Series], output: str, *, of_containers: bool) -> None:
    """Print series as a table, or as data."""
    data = {"series": [usage_shapes.series(one) for one in found]}
    emit(output, data, lambda: _table(found, of_containers=of_containers))


def _table(found: Iterable[Series], *, of_containers: bool) -> None:
    places = ("NODE", "CONTAINER") if of_containers else ("NODE",)
    rows = []
    for one in found:
        there = known(one.values)
        if there:
            where = (one.node, one.container) if of_containers else (one.node,)
            numbers = (_shown(one.metric, value) for value in (there[-1], sum(there) / len(there), max(there)))
            rows.append((*where, one.metric, *numbers, sparkline(one.values, WIDTH)))
    print_table((*places, "MEASURE", "LAST", "MEAN", "MOST", "OVER TIME"), rows)


def _shown(metric: str, value: float) -> str:
    unit = _UNITS.get(metric.partition(":")[0], "")
    match unit:
        case "%":
            return percent(value)
        case "bytes":
            return binary(value)
        case "bytes/s":
            return f"{decimal(value)}/s"
    return f"{value:.4g}"
