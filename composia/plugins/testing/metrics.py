"""The contract of a history of metrics. Subclass it, give it a fixture `bench`, and pytest runs every promise:

    class TestMine(MetricsContract):
        @pytest.fixture
        def bench(self, tmp_path):
            return MetricsBench(plugin="my_plugin", root=tmp_path)

Each test says which promise of `composia.plugins.metrics.Metrics` it is of; `spoil` says how to damage the store.
"""

import json
import math
import random
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import anyio
import msgspec
import pytest

from composia.clock import Clock, ManualClock
from composia.core.measure import CONTAINER, HOST
from composia.core.usage import ContainerUsages, DockerUsage, FilesystemUsage, HostUsage, Series, UsageQuery
from composia.plugins.metrics import Metrics
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


async def asked(metrics: Metrics, *names: str, node: str = "node-a", **query: Any) -> dict[tuple[str, str], Series]:
    """The series of some containers, or of the host, by container and measure."""
    service, its_node = ("web", "") if names else ("", node)
    asked_for = UsageQuery(service=service, node=its_node, **query)
    found = await metrics.query(asked_for, {node: frozenset(names)} if names else {})
    return {(series.container, series.metric): series for series in found}


def known(series: Series) -> list[float]:
    """The values that are known, to four digits."""
    return [float(f"{value:.4g}") for value in series.values if not math.isnan(value)]


class MetricsContract:
    """All promises."""

    pytestmark = pytest.mark.anyio

    @pytest.fixture
    def anyio_backend(self) -> str:
        """Servers run on asyncio."""
        return "asyncio"

    async def test_3_each_measure_is_there_under_its_name(self, bench: MetricsBench) -> None:
        """Of the host, and of each container that is asked for."""
        async with bench.opened() as metrics:
            await record_for(metrics, bench, 120, "a", "b")
            hosts, containers = await asked(metrics, since_s=120), await asked(metrics, "b", since_s=120)

        names = {measure.name for measure in HOST if not measure.each} | {"filesystem_percent:/"}
        assert hosts.keys() == {("", name) for name in names}
        counted = {"read_bytes_per_s", "written_bytes_per_s"}  # which these containers do not have
        assert containers.keys() == {("b", measure.name) for measure in CONTAINER if measure.name not in counted}
        means = {measure: known(series)[-1] for (_, measure), series in {**hosts, **containers}.items()}
        assert means == {
            "cpu_percent": 10.0,
            "docker_bytes": 7.0,
            "filesystem_percent:/": 75.0,
            "load_1m": 0.5,
            "memory_bytes": 2000.0,
            "memory_used_bytes": 600.0,
            "pids": 3.0,
            "received_bytes_per_s": 100.0,
            "sent_bytes_per_s": 0.0,
            "swap_used_bytes": 0.0,
        }
        assert known(hosts["", "sent_bytes_per_s"])[-1] == 10.0

    async def test_3_there_is_a_value_for_each_step_and_none_where_nothing_was_recorded(
        self, bench: MetricsBench
    ) -> None:
        """Two minutes of readings, two without, and two again."""
        async with bench.opened() as metrics:
            await record_for(metrics, bench, 120, "a")
            bench.clock.advance(120)
            await record_for(metrics, bench, 120, "a")
            cpu = (await asked(metrics, "a", since_s=360))["a", "cpu_percent"]

        assert (cpu.start_ms, cpu.step_s) == (BEGIN_MS, 60.0)
        assert [math.isnan(value) for value in cpu.values] == [False, False, True, True, False, False]

    async def test_3_there_are_at_most_so_many_values(self, bench: MetricsBench) -> None:
        """Each the mean of what it stands for."""
        async with bench.opened() as metrics:
            for cpu in (10.0, 20.0, 30.0, 40.0):
                await record_for(metrics, bench, 60, "a", cpu=cpu)
            found = await asked(metrics, "a", since_s=240, points=2)
            one = await asked(metrics, "a", since_s=240, points=1)

        assert known(found["a", "cpu_percent"]) == [15.0, 35.0]
        assert found["a", "cpu_percent"].step_s == 120.0
        assert known(one["a", "cpu_percent"]) == [25.0]

    async def test_3_a_time_that_is_over_can_be_asked_for(self, bench: MetricsBench) -> None:
        """With nothing of what came later."""
        async with bench.opened() as metrics:
            for cpu in (10.0, 20.0, 30.0):
                await record_for(metrics, bench, 60, "a", cpu=cpu)
            found = await asked(metrics, "a", since_s=120, until_s=60)

        assert known(found["a", "cpu_percent"]) == [20.0]

    async def test_3_a_counter_that_began_anew_gives_no_negative_rate(self, bench: MetricsBench) -> None:
        """A container that was started again, and one that came to be."""
        async with bench.opened() as metrics:
            counts = [(900, None), (1500, None), (150, 300), (750, 900)]
            for first, second in counts:
                names = ("a",) if second is None else ("a", "b")
                received = tuple(count for count in (first, second) if count is not None)
                reading = ContainerUsages(
                    names=names,
                    cpu_percent=(1.0,) * len(names),
                    memory_bytes=(1,) * len(names),
                    received_bytes=received,
                )
                metrics.record("node-a", bench.clock.now_ms(), HostUsage(received_bytes=first), reading)
                bench.clock.advance(60)
            found = await asked(metrics, "a", "b", since_s=240)
            of_host = (await asked(metrics, since_s=240))["", "received_bytes_per_s"]

        assert known(found["a", "received_bytes_per_s"]) == [10.0, 2.5, 10.0]
        assert known(found["b", "received_bytes_per_s"]) == [5.0, 10.0]
        assert known(of_host) == [10.0, 2.5, 10.0]

    async def test_3_containers_that_come_and_go_have_their_own_values(self, bench: MetricsBench) -> None:
        """Also within a minute."""
        async with bench.opened() as metrics:
            await record_for(metrics, bench, 30, "a", "c", cpu=10.0)
            await record_for(metrics, bench, 30, "b", "c", cpu=30.0)
            found = await asked(metrics, "a", "b", "c", since_s=60)

        means = {name: known(found[name, "cpu_percent"]) for name in "abc"}
        assert means == {"a": [10.0], "b": [30.0], "c": [20.0]}
        assert known(found["c", "received_bytes_per_s"]) == [100.0]

    async def test_3_nodes_are_kept_apart_and_one_without_readings_has_no_series(self, bench: MetricsBench) -> None:
        """Though their containers have the same names."""
        async with bench.opened() as metrics:
            for node, cpu in (("node-a", 10.0), ("node-b", 20.0)):
                metrics.record(node, bench.clock.now_ms(), host(0, cpu=cpu), used(0, "web-1", cpu=cpu))
            bench.clock.advance(60)
            names = {node: frozenset({"web-1"}) for node in ("node-a", "node-b", "node-c")}
            found = await metrics.query(UsageQuery(service="web", since_s=60), names)

        means = {(series.node, series.service): known(series) for series in found if series.metric == "cpu_percent"}
        assert means == {("node-a", "web"): [10.0], ("node-b", "web"): [20.0]}

    async def test_1_a_host_is_known_by_each_reading_for_an_hour(self, bench: MetricsBench) -> None:
        """And by the minute after that."""
        async with bench.opened() as metrics:
            await record_for(metrics, bench, 2 * HOUR_S, every_s=5)
            fine = (await asked(metrics, since_s=HOUR_S, points=1000))["", "cpu_percent"]
            coarse = (await asked(metrics, since_s=2 * HOUR_S, points=1000))["", "cpu_percent"]

        assert (fine.step_s, len(known(fine))) == (5.0, 720)
        assert (coarse.step_s, len(known(coarse))) == (60.0, 120)

    async def test_1_readings_become_coarser_with_age_and_then_are_gone(self, bench: MetricsBench) -> None:
        """Two days by the minute, thirty by the quarter of an hour."""
        async with bench.opened() as metrics:
            await record_for(metrics, bench, HOUR_S, "a")
            await metrics.tidy()
            bench.clock.advance(DAY_S)
            by_minute = (await asked(metrics, "a", since_s=DAY_S + HOUR_S, points=10_000))["a", "cpu_percent"]
            bench.clock.advance(2 * DAY_S)
            await metrics.tidy()
            by_quarter = (await asked(metrics, "a", since_s=3 * DAY_S + HOUR_S, points=10_000))["a", "cpu_percent"]
            bench.clock.advance(30 * DAY_S)
            await metrics.tidy()
            gone = await asked(metrics, "a", since_s=60 * DAY_S)

        assert (by_minute.step_s, len(known(by_minute))) == (60.0, 60)
        assert (by_quarter.step_s, known(by_quarter)) == (900.0, [10.0] * 4)
        assert gone == {}

    async def test_1_one_node_takes_no_more_than_it_may(self, bench: MetricsBench) -> None:
        """The oldest is given up for the newest."""
        names, chance = tuple(f"container-{number}" for number in range(100)), random.Random(1)  # noqa: S311 - noise, and the same each time
        async with bench.opened(bench.small) as metrics:
            for day in range(4):
                for quarter in range(96):
                    for minute in range(15):
                        moment = 15 * (quarter + 96 * day) + minute
                        noise = tuple(100 * chance.random() for _ in names)
                        reading = ContainerUsages(names=names, cpu_percent=noise, memory_bytes=(1,) * len(names))
                        metrics.record("node-a", bench.clock.now_ms(), host(moment * 60), reading)
                        bench.clock.advance(60)
                    await metrics.tidy()
            last = await asked(metrics, names[0], since_s=HOUR_S)
            every = await asked(metrics, names[0], since_s=4 * DAY_S, points=10_000)

        assert bench.stored() <= bench.small_bytes
        assert len(known(last[names[0], "cpu_percent"])) == 60
        assert len(known(every[names[0], "cpu_percent"])) < 0.9 * 4 * DAY_S / 60

    async def test_2_it_is_all_there_when_it_is_opened_again(self, bench: MetricsBench) -> None:
        """The last reading too, when it was closed in good order."""
        async with bench.opened() as metrics:
            await record_for(metrics, bench, 2 * HOUR_S, "a")
        async with bench.opened() as metrics:
            cpu = (await asked(metrics, "a", since_s=2 * HOUR_S, points=1000))["a", "cpu_percent"]
            fine = (await asked(metrics, since_s=60, points=1000))["", "cpu_percent"]

        assert known(cpu) == [10.0] * 120
        assert known(fine) == [10.0] * 4

    async def test_2_a_minute_that_is_gone_on_with_keeps_what_it_had(self, bench: MetricsBench) -> None:
        """Though another process writes it again and again."""
        async with bench.opened() as metrics:
            await record_for(metrics, bench, 30, "a", "b", cpu=10.0)
        async with bench.opened() as metrics:
            for _ in range(2):
                await record_for(metrics, bench, 15, "a", cpu=30.0)
                await metrics.tidy()
            found = await asked(metrics, "a", "b", since_s=60)
            fine = (await asked(metrics, since_s=60))["", "cpu_percent"]

        assert known(found["b", "cpu_percent"]) == [10.0]
        assert known(found["a", "cpu_percent"]) == [20.0]
        assert known(fine) == [10.0, 10.0, 30.0, 30.0]

    async def test_2_a_kill_takes_no_more_than_the_last_minute(self, bench: MetricsBench) -> None:
        """A process that records each second is killed when it has for some more than a minute."""
        server = bench.in_another_process()
        assert server.stdout
        times = [json.loads(server.stdout.readline()) for _ in range(66)]
        server.send_signal(signal.SIGKILL)
        server.wait()
        server.stdout.close()

        bench.clock = ManualClock(times[-1] + 1000)
        async with bench.opened() as metrics:
            cpu = (await asked(metrics, since_s=90, points=1000))["", "cpu_percent"]
        ends = [
            cpu.start_ms + (place + 1) * cpu.step_s * 1000
            for place, value in enumerate(cpu.values)
            if not math.isnan(value)
        ]
        assert ends[0] <= times[0] + 6000
        assert ends[-1] >= times[-1] - 60_000

    async def test_4_a_damaged_store_is_begun_anew(self, bench: MetricsBench) -> None:
        """It holds nothing that cannot be done without."""
        async with bench.opened() as metrics:
            await record_for(metrics, bench, 120, "a")
        assert bench.spoil
        bench.spoil(bench.root / "data")
        async with bench.opened() as metrics:
            assert await asked(metrics, "a", since_s=HOUR_S) == {}
            await record_for(metrics, bench, 120, "a")
            again = await asked(metrics, "a", since_s=120)

        assert known(again["a", "cpu_percent"]) == [10.0, 10.0]

    async def test_4_what_runs_ends_only_when_it_is_told_to(self, bench: MetricsBench) -> None:
        """Whatever was recorded."""
        async with bench.opened() as metrics, anyio.create_task_group() as tasks:
            tasks.start_soon(metrics.run)
            metrics.record("node-a", bench.clock.now_ms(), HostUsage(), ContainerUsages())
            metrics.record("node-b", bench.clock.now_ms() - 10 * HOUR_S * 1000, HostUsage(), None)
            await asked(metrics)
            tasks.cancel_scope.cancel()
