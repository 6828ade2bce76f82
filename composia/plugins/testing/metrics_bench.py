"""A history of metrics under test, and readings for it."""

import math
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec

from composia.clock import Clock, ManualClock
from composia.core.usage import ContainerUsages, DockerUsage, FilesystemUsage, HostUsage, Series, UsageQuery
from composia.plugins.metrics import Metrics, ServiceOf
from composia.plugins.provider import Context, Provider

HOUR_S = 3600
DAY_S = 24 * HOUR_S
BEGIN_MS = 1_700_000_100_000
"""A whole quarter of an hour."""


@dataclass(kw_only=True)
class MetricsBench:
    """A history under test. `small` is a configuration that keeps four days by the minute, but no more of a node than fits
    into `small_bytes`, about."""

    plugin: str
    root: Path
    small: Mapping[str, Any] = field(default_factory=dict)
    small_bytes: int = 0
    spoil: Callable[[Path], None] | None = None
    clock: ManualClock = field(default_factory=lambda: ManualClock(BEGIN_MS))

    @asynccontextmanager
    async def opened(self, config: Mapping[str, Any] | None = None) -> AsyncIterator[Metrics]:
        """The history, as a server would open it."""
        metrics = await open_metrics(self.plugin, config or {}, self.root / "data", self.clock)
        try:
            yield metrics
        finally:
            await metrics.close()

    def stored(self) -> int:
        """How many bytes it takes of the disk."""
        return sum(file.stat().st_size for file in (self.root / "data").rglob("*") if file.is_file())

    def in_another_process(self) -> "subprocess.Popen[bytes]":
        """A server, so to speak, that records a reading each second and says so, and may be killed."""
        words = [self.plugin, str(self.root / "data")]
        return subprocess.Popen(
            [sys.executable, "-m", "composia.plugins.testing.metrics_process", *words], stdout=subprocess.PIPE
        )


async def open_metrics(plugin: str, config: Mapping[str, Any], data: Path, clock: Clock) -> Metrics:
    """Open the history that a plugin registers."""
    provider: Provider[Metrics] = import_module(plugin).composia_metrics()
    return await provider.open(msgspec.convert(config, provider.config), Context(data=data, clock=clock))


def used(seconds: float, *names: str, cpu: float = 10.0) -> ContainerUsages:
    """Containers that receive 100 bytes a second, and have done so for so long."""
    return ContainerUsages(
        names=names,
        cpu_percent=tuple(cpu for _ in names),
        memory_bytes=tuple(1000 * (1 + place) for place, _ in enumerate(names)),
        received_bytes=tuple(int(100 * seconds) for _ in names),
        sent_bytes=tuple(0 for _ in names),
        pids=tuple(3 for _ in names),
        restarts=tuple(2 for _ in names),
    )


def host(seconds: float, cpu: float = 50.0) -> HostUsage:
    """A host that sends 10 bytes a second, and has done so for so long."""
    return HostUsage(
        cpu_percent=cpu,
        load_1m=0.5,
        memory_bytes=1000,
        memory_available_bytes=400,
        sent_bytes=int(10 * seconds),
        filesystems=(FilesystemUsage(mount="/", size_bytes=100, available_bytes=25),),
        docker=DockerUsage(images_bytes=5, volumes_bytes=2),
    )


async def record_for(
    metrics: Metrics, bench: MetricsBench, seconds: int, *names: str, every_s: int = 15, cpu: float = 10.0
) -> None:
    """Readings of `node-a` over that time, with its maintenance now and then."""
    for number in range(seconds // every_s):
        passed_s = (bench.clock.now_ms() - BEGIN_MS) / 1000
        metrics.record("node-a", bench.clock.now_ms(), host(passed_s, cpu=cpu), used(passed_s, *names, cpu=cpu))
        bench.clock.advance(every_s)
        if number % 240 == 0:
            await metrics.tidy()


async def asked(history: Metrics, *names: str, node: str = "node-a", **query: Any) -> dict[tuple[str, str], Series]:
    """The series of some containers, or of the host, by container and measure."""
    service, its_node = ("web", "") if names else ("", node)
    asked_for = UsageQuery(service=service, node=its_node, **query)
    found = await history.query(asked_for, {node: of(*names)} if names else {})
    return {(series.container, series.metric): series for series in found}


def of(*names: str, service: str = "web") -> ServiceOf:
    """Containers of these names are of that service, no others."""
    return lambda container: service if container in names else ""


def known(series: Series) -> list[float]:
    """The values that are known, to four digits."""
    return [float(f"{value:.4g}") for value in series.values if not math.isnan(value)]
