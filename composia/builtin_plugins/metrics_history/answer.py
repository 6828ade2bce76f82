"""From stored rows to series with a value for each step."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from math import ceil
from typing import NamedTuple

from composia.builtin_plugins.metrics_history.bucket import NAN
from composia.builtin_plugins.metrics_history.packing import Layout
from composia.builtin_plugins.metrics_history.store import Found
from composia.core.usage import Series
from composia.plugins.metrics import ServiceOf


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

    def places(self, row: Found) -> list[int]:
        """In which step each value of a series of the row is."""
        slots = len(row.values) // row.layout.size if row.layout.size else 0
        return [(row.start_s - self.start_s + slot * row.step_s) // self.step_s for slot in range(slots)]

    def series(
        self, sums: list[float], weights: list[float], *, node: str, service: str, container: str, metric: str
    ) -> Series:
        """The means; NaN where there is no weight."""
        return Series(
            node=node,
            service=service,
            container=container,
            metric=metric,
            start_ms=self.start_s * 1000,
            step_s=float(self.step_s),
            values=tuple(total / weight if weight else NAN for total, weight in zip(sums, weights, strict=True)),
        )


class Sums:
    """Series in the making, of the host or of single containers of one node."""

    def __init__(self, steps: Steps, metrics: Collection[str], service_of: ServiceOf | None) -> None:
        self._steps = steps
        self._wanted = Wanted(metrics, service_of)
        self._sums: dict[Key, list[float]] = {}
        self._weights: dict[Key, list[float]] = {}

    def take(self, rows: Iterable[Found]) -> None:
        """Take rows in; a value counts by the time that it stands for."""
        count = self._steps.count
        for row in rows:
            places = self._steps.places(row)
            slots = len(places)
            for number, key in self._wanted.of(row.layout):
                if key not in self._sums:
                    self._sums[key], self._weights[key] = [0.0] * count, [0.0] * count
                sums, weights = self._sums[key], self._weights[key]
                for place, value in zip(places, row.values[number * slots : (number + 1) * slots], strict=True):
                    if 0 <= place < count and value == value:  # noqa: PLR0124 - NaN alone is not itself
                        sums[place] += value * row.step_s
                        weights[place] += row.step_s

    def series(self, node: str) -> list[Series]:
        """All of which something is known."""
        return [
            self._steps.series(
                self._sums[key],
                self._weights[key],
                node=node,
                service=key.service,
                container=key.container,
                metric=key.metric,
            )
            for key in sorted(self._sums)
            if any(self._weights[key])
        ]


class ServiceSums:
    """Series in the making, each of all containers of a service, over any number of nodes. What a container used counts for
    the time that it was there, so one that took the place of another is not added to that."""

    def __init__(self, steps: Steps, metrics: Collection[str]) -> None:
        self._steps = steps
        self._metrics = metrics
        self._sums: dict[tuple[str, str], list[float]] = {}
        self._known: dict[tuple[str, str], dict[int, int]] = {}

    def take(self, rows: Iterable[Found], service_of: ServiceOf) -> None:
        """Take the rows of a node in."""
        wanted, count = Wanted(self._metrics, service_of), self._steps.count
        for row in rows:
            places = self._steps.places(row)
            times = range(row.start_s, row.start_s + len(places) * row.step_s, row.step_s)
            slots = len(places)
            for number, key in wanted.of(row.layout):
                its = key.service, key.metric
                if its not in self._sums:
                    self._sums[its], self._known[its] = [0.0] * count, {}
                sums, known = self._sums[its], self._known[its]
                values = row.values[number * slots : (number + 1) * slots]
                for place, time_s, value in zip(places, times, values, strict=True):
                    if 0 <= place < count and value == value:  # noqa: PLR0124 - NaN alone is not itself
                        sums[place] += value * row.step_s
                        known[time_s] = row.step_s

    def series(self, node: str) -> list[Series]:
        """All of which something is known."""
        found = []
        for service, metric in sorted(self._sums):
            weights = [0.0] * self._steps.count
            for time_s, step_s in self._known[service, metric].items():
                weights[(time_s - self._steps.start_s) // self._steps.step_s] += step_s
            if any(weights):
                sums = self._sums[service, metric]
                found.append(self._steps.series(sums, weights, node=node, service=service, container="", metric=metric))
        return found


class Key(NamedTuple):
    """Which series of a node."""

    service: str
    container: str
    metric: str


class Wanted:
    """Which series of rows are asked for: those of the host, or those of the containers that have a service."""

    def __init__(self, metrics: Collection[str], service_of: ServiceOf | None) -> None:
        self._metrics = metrics
        self._service_of = service_of
        self._of: dict[Layout, list[tuple[int, Key]]] = {}

    def of(self, layout: Layout) -> list[tuple[int, Key]]:
        """Where in a row they are."""
        if layout not in self._of:
            self._of[layout] = list(self._find(layout))
        return self._of[layout]

    def _find(self, layout: Layout) -> Iterator[tuple[int, Key]]:
        services = {name: self._service_of(name) if self._service_of else "" for name in layout.containers}
        for number, (container, metric) in enumerate(layout.keys()):
            asked = services[container] if container else self._service_of is None
            if asked and (not self._metrics or metric.partition(":")[0] in self._metrics or metric in self._metrics):
                yield number, Key(services.get(container, ""), container, metric)
