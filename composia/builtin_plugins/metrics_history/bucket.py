"""What was recorded of a node in one minute: sums, so that a reading costs the same however many there were."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from operator import add

from composia.builtin_plugins.metrics_history.packing import Layout
from composia.core.measure import GAUGES, RATES
from composia.core.usage import ContainerUsages, HostUsage

MINUTE_S = 60
SLOT_S = 5
NAN = float("nan")
_GAUGES = tuple(measure.name for measure in GAUGES)
_COUNTED = tuple(measure.name.removesuffix("_per_s") for measure in RATES)
_RATES = tuple(measure.name for measure in RATES)

Row = tuple[Layout, "array[float]"]
"""Which values there are, and they themselves."""


@dataclass(frozen=True, kw_only=True)
class Last:
    """The last readings of a node, which the next ones are compared with."""

    host: HostUsage | None = None
    host_s: float = 0.0
    containers: ContainerUsages | None = None
    containers_s: float = 0.0


@dataclass(kw_only=True)
class _Part:
    """The sums of containers as long as they are the same ones; a measure that they do not have has none."""

    names: tuple[str, ...]
    sums: dict[str, "array[float]"] = field(default_factory=dict)
    weights: dict[str, float] = field(default_factory=dict)

    def add(self, measure: str, values: Sequence[float], weight: float) -> None:
        known = self.sums.get(measure)
        self.sums[measure] = array("d", values if known is None else map(add, known, values))
        self.weights[measure] = self.weights.get(measure, 0.0) + weight


class Bucket:
    """A minute of a node, from `start_s` (UTC)."""

    def __init__(self, start_s: int) -> None:
        self.start_s = start_s
        self._host: dict[str, tuple[float, float]] = {}
        self._slots: dict[int, dict[str, float]] = {}
        self._parts: list[_Part] = []

    def add_host(self, at_s: float, host: HostUsage, last: Last) -> None:
        """Take a reading of the host in."""
        values = _of_host(host)
        if last.host is not None and (passed_s := at_s - last.host_s) > 0:
            for counted, measure in (("received_bytes", "received_bytes_per_s"), ("sent_bytes", "sent_bytes_per_s")):
                before, after = getattr(last.host, counted), getattr(host, counted)
                if after >= before:
                    values[measure] = (after - before) / passed_s
                elif host.uptime_s <= passed_s:  # it was started meanwhile; else an agent was that counts less of it
                    values[measure] = after / passed_s
        for measure, value in values.items():
            total, count = self._host.get(measure, (0.0, 0.0))
            self._host[measure] = (total + value, count + 1)
        self._slots[int(at_s - self.start_s) // SLOT_S] = values

    def add_containers(self, at_s: float, used: ContainerUsages, last: Last) -> None:
        """Take a reading of the containers in."""
        before, names = last.containers, used.names
        if not self._parts or self._parts[-1].names != names:
            self._parts.append(_Part(names=names))
        part = self._parts[-1]
        for measure in _GAUGES:
            if column := getattr(used, measure):
                part.add(measure, column, 1.0)
        passed_s = at_s - last.containers_s
        if before is None or passed_s <= 0:
            return
        for counted, measure in zip(_COUNTED, _RATES, strict=True):
            if column := getattr(used, counted):
                part.add(measure, _growth(before.names, getattr(before, counted), names, column), passed_s)

    def row(self) -> Row:
        """The means of all that was recorded."""
        host = tuple(sorted(self._host))
        values = array("f", [self._host[measure][0] / self._host[measure][1] for measure in host])
        layout, of_containers = _means(self._parts)
        values.extend(of_containers)
        return replace(layout, host=host), values

    def detail(self) -> Row:
        """The host's readings, one for each five seconds of the minute, measure by measure."""
        measures = tuple(sorted(self._host))
        values: array[float] = array("f")
        for measure in measures:
            values.extend(self._slots.get(slot, {}).get(measure, NAN) for slot in range(MINUTE_S // SLOT_S))
        return Layout(host=measures), values


def first(used: ContainerUsages, most: int) -> ContainerUsages:
    """The first containers of many."""
    return ContainerUsages(**{column.name: getattr(used, column.name)[:most] for column in fields(used)})


def _of_host(host: HostUsage) -> dict[str, float]:
    values = {
        "cpu_percent": host.cpu_percent,
        "load_1m": host.load_1m,
        "memory_used_bytes": float(host.memory_bytes - host.memory_available_bytes),
        "swap_used_bytes": float(host.swap_bytes - host.swap_free_bytes),
    }
    if (docker := host.docker) is not None:
        values["docker_bytes"] = float(docker.total_bytes)
    for disk in host.filesystems:
        if disk.size_bytes:
            values[f"filesystem_percent:{disk.mount}"] = 100 * (1 - disk.available_bytes / disk.size_bytes)
    return values


def _growth(
    old_names: tuple[str, ...], old: Sequence[int], names: tuple[str, ...], new: Sequence[int]
) -> Sequence[float]:
    """How much each was counted on. What was not there before began in between, and its count with it."""
    if names != old_names or len(old) != len(new):
        known = dict(zip(old_names, old, strict=False))
        old = [known.get(name, 0) for name in names]
    return [after - before if after >= before else after for before, after in zip(old, new, strict=True)]


def _means(parts: list[_Part]) -> tuple[Layout, "array[float]"]:
    measures = tuple(m for m in (*_GAUGES, *_RATES) if any(m in part.sums for part in parts))
    names = parts[0].names if len(parts) == 1 else tuple(sorted({name for part in parts for name in part.names}))
    values: array[float] = array("f")
    for measure in measures:
        if len(parts) == 1:
            weight = parts[0].weights[measure]
            values.extend([total / weight for total in parts[0].sums[measure]])
        else:
            values.extend(_mean_over(parts, measure, names))
    return Layout(containers=names if measures else (), measures=measures), values


def _mean_over(parts: list[_Part], measure: str, names: tuple[str, ...]) -> list[float]:
    totals = dict.fromkeys(names, 0.0)
    weights = dict.fromkeys(names, 0.0)
    for part in parts:
        weight = part.weights.get(measure, 0.0)
        for name, total in zip(part.names, part.sums.get(measure, ()), strict=False):
            totals[name] += total
            weights[name] += weight
    return [totals[name] / weights[name] if weights[name] else NAN for name in names]
