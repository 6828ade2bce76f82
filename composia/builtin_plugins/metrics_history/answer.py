"""From stored rows to series with a value for each step."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil

from composia.builtin_plugins.metrics_history.bucket import NAN
from composia.builtin_plugins.metrics_history.packing import Layout
from composia.builtin_plugins.metrics_history.store import Found
from composia.core.usage import Series


@dataclass(frozen=True, kw_only=True)
class Steps:
    """A time, cut into `count` steps from `start_s` on."""

    start_s: int
    step_s: int
    count: int

    @classmethod
    def over(cls, from_s: float, to_s: float, finest_s: int, most: int) -> "Steps":
        """So many steps at most, and none shorter than what is kept."""
        start_s = int(from_s // finest_s) * finest_s
        finest = max(1, ceil((to_s - start_s) / finest_s))
        step = ceil(finest / max(1, most))
        return cls(start_s=start_s, step_s=step * finest_s, count=ceil(finest / step))

    @property
    def end_s(self) -> int:
        """Where the last one ends."""
        return self.start_s + self.count * self.step_s


class Sums:
    """Series in the making: of the host, or of containers by name."""

    def __init__(self, steps: Steps, containers: frozenset[str] | None) -> None:
        self._steps = steps
        self._containers = containers
        self._sums: dict[tuple[str, str], list[float]] = {}
        self._weights: dict[tuple[str, str], list[float]] = {}
        self._wanted: dict[Layout, list[tuple[int, tuple[str, str]]]] = {}

    def take(self, rows: Iterable[Found]) -> None:
        """Take rows in; a value counts by the time that it stands for."""
        steps = self._steps
        for row in rows:
            slots = len(row.values) // row.layout.size if row.layout.size else 0
            begin = (row.start_s - steps.start_s) / steps.step_s
            places = [int(begin + slot * row.step_s / steps.step_s // 1) for slot in range(slots)]
            for number, key in self._positions(row.layout):
                if key not in self._sums:
                    self._sums[key], self._weights[key] = [0.0] * steps.count, [0.0] * steps.count
                sums, weights = self._sums[key], self._weights[key]
                for place, value in zip(places, row.values[number * slots : (number + 1) * slots], strict=True):
                    if 0 <= place < steps.count and value == value:  # noqa: PLR0124 - NaN alone is not itself
                        sums[place] += value * row.step_s
                        weights[place] += row.step_s

    def series(self, node: str, service: str) -> list[Series]:
        """All of which something is known."""
        return [
            Series(
                node=node,
                service=service,
                container=container,
                metric=metric,
                start_ms=self._steps.start_s * 1000,
                step_s=float(self._steps.step_s),
                values=tuple(
                    total / weight if weight else NAN
                    for total, weight in zip(
                        self._sums[container, metric], self._weights[container, metric], strict=True
                    )
                ),
            )
            for container, metric in sorted(self._sums)
            if any(self._weights[container, metric])
        ]

    def _positions(self, layout: Layout) -> list[tuple[int, tuple[str, str]]]:
        """Where in a row the wanted series are."""
        if layout not in self._wanted:
            self._wanted[layout] = [
                (number, key)
                for number, key in enumerate(layout.keys())
                if (key[0] in self._containers if self._containers is not None else not key[0])
            ]
        return self._wanted[layout]
