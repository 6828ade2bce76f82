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

import anyio
import pytest

from composia.clock import ManualClock
from composia.core.measure import CONTAINER, HOST
from composia.core.usage import ContainerUsages, HostUsage, UsageQuery
from composia.plugins.testing.metrics_bench import (
    BEGIN_MS,
    DAY_S,
    HOUR_S,
    MetricsBench,
    asked,
    host,
    known,
    of,
    record_for,
    used,
)
from composia.plugins.testing.metrics_services import ServiceContract


class MetricsContract(ServiceContract):
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
            "restarts": 2.0,
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

    async def test_3_a_host_that_counts_less_though_it_was_not_started_again_gives_no_rate(
        self, bench: MetricsBench
    ) -> None:
        """An agent that was started again counts nothing of an interface that is gone: what is left was not received just now.
        Of a host that was started again it is what it received since."""
        async with bench.opened() as metrics:
            for count, up_s in ((9000, 1000), (9600, 1060), (6000, 1120), (6600, 1180), (300, 30)):
                reading = HostUsage(received_bytes=count, uptime_s=float(up_s))
                metrics.record("node-a", bench.clock.now_ms(), reading, None)
                bench.clock.advance(60)
            received = (await asked(metrics, since_s=300, points=5))["", "received_bytes_per_s"]

        assert [None if math.isnan(value) else value for value in received.values] == [None, 10.0, None, 10.0, 5.0]

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
            nodes = dict.fromkeys(("node-a", "node-b", "node-c"), of("web-1"))
            found = await metrics.query(UsageQuery(service="web", since_s=60), nodes)

        means = {(series.node, series.service): known(series) for series in found if series.metric == "cpu_percent"}
        assert means == {("node-a", "web"): [10.0], ("node-b", "web"): [20.0]}

    async def test_3_only_the_measures_that_are_asked_for_are_given(self, bench: MetricsBench) -> None:
        """One that is of each of something is all of these."""
        async with bench.opened() as metrics:
            await record_for(metrics, bench, 60, "a")
            hosts = await asked(metrics, since_s=60, metrics=("load_1m", "filesystem_percent"))
            containers = await asked(metrics, "a", since_s=60, metrics=("pids", "cpu_percent"))

        assert hosts.keys() == {("", "load_1m"), ("", "filesystem_percent:/")}
        assert containers.keys() == {("a", "cpu_percent"), ("a", "pids")}

    async def test_1_a_host_is_known_by_each_reading_for_an_hour(self, bench: MetricsBench) -> None:
        """And by the minute after that."""
        async with bench.opened() as metrics:
            await record_for(metrics, bench, 2 * HOUR_S, every_s=5)
            fine = (await asked(metrics, since_s=HOUR_S, points=1000))["", "cpu_percent"]
            coarse = (await asked(metrics, since_s=2 * HOUR_S, points=1000))["", "cpu_percent"]

        assert (fine.step_s, len(known(fine))) == (5.0, 720)
        assert (coarse.step_s, len(known(coarse))) == (60.0, 120)

    async def test_1_a_question_that_comes_late_is_answered_as_finely(self, bench: MetricsBench) -> None:
        """Whoever asks has counted the hour, or the two days, back from the moment before; and all of it is still there."""
        late_s = 50.05
        async with bench.opened() as metrics:
            await record_for(metrics, bench, HOUR_S + 130, "a", every_s=5)
            await metrics.tidy()
            fine = (await asked(metrics, since_s=HOUR_S + late_s, points=10_000))["", "cpu_percent"]
            bench.clock.advance(2 * DAY_S - HOUR_S + 780)
            await metrics.tidy()
            by_minute = (await asked(metrics, "a", since_s=2 * DAY_S + late_s, points=10_000))["a", "cpu_percent"]
            of_host = (await asked(metrics, since_s=2 * DAY_S + late_s, points=10_000))["", "cpu_percent"]

        assert (fine.step_s, len(known(fine)), len(fine.values)) == (5.0, 731, 731)
        assert (by_minute.step_s, len(known(by_minute))) == (60.0, 49)
        assert (of_host.step_s, len(known(of_host))) == (60.0, 49)

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
            cpu = (await asked(metrics, since_s=3600, points=1000))["", "cpu_percent"]
        ends = [
            cpu.start_ms + (place + 1) * cpu.step_s * 1000
            for place, value in enumerate(cpu.values)
            if not math.isnan(value)
        ]
        assert ends[0] <= times[0] + 6000
        assert ends[-1] >= times[-1] - 60_000

    async def test_5_a_damaged_store_is_begun_anew(self, bench: MetricsBench) -> None:
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

    async def test_5_what_runs_ends_only_when_it_is_told_to(self, bench: MetricsBench) -> None:
        """Whatever was recorded."""
        async with bench.opened() as metrics, anyio.create_task_group() as tasks:
            tasks.start_soon(metrics.run)
            metrics.record("node-a", bench.clock.now_ms(), HostUsage(), ContainerUsages())
            metrics.record("node-b", bench.clock.now_ms() - 10 * HOUR_S * 1000, HostUsage(), None)
            await asked(metrics)
            tasks.cancel_scope.cancel()
