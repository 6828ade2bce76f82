"""The contract of a history of metrics: what services use. Promise 4."""

import math
from dataclasses import replace

from composia.core.usage import UsageQuery
from composia.plugins.metrics import ServiceOf
from composia.plugins.testing.metrics_bench import (
    BEGIN_MS,
    DAY_S,
    HOUR_S,
    MetricsBench,
    host,
    known,
    of,
    record_for,
    used,
)


class ServiceContract:
    """Sums over containers."""

    async def test_4_a_service_has_the_sum_of_its_containers_on_all_nodes(self, bench: MetricsBench) -> None:
        """And only of these."""
        services = {"web-1": "web", "web-2": "web", "db-1": "db", "theirs": ""}
        async with bench.opened() as metrics:
            for _ in range(8):
                for node, names in (("node-a", ("web-1", "web-2", "theirs")), ("node-b", ("db-1", "web-1"))):
                    passed_s = (bench.clock.now_ms() - BEGIN_MS) / 1000
                    metrics.record(node, bench.clock.now_ms(), host(0), used(passed_s, *names))
                bench.clock.advance(15)
            nodes: dict[str, ServiceOf] = dict.fromkeys(("node-a", "node-b", "node-c"), services.__getitem__)
            asked_for = UsageQuery(by_service=True, since_s=120, metrics=("cpu_percent", "received_bytes_per_s"))
            found = await metrics.query(asked_for, nodes)
            of_one = await metrics.query(replace(asked_for, node="node-b"), {"node-b": services.__getitem__})

        assert [(one.node, one.service, one.container, one.metric, known(one)) for one in found] == [
            ("", "db", "", "cpu_percent", [10.0, 10.0]),
            ("", "db", "", "received_bytes_per_s", [100.0, 100.0]),
            ("", "web", "", "cpu_percent", [30.0, 30.0]),
            ("", "web", "", "received_bytes_per_s", [300.0, 300.0]),
        ]
        assert {(one.node, one.service): known(one) for one in of_one if one.metric == "cpu_percent"} == {
            ("node-b", "db"): [10.0, 10.0],
            ("node-b", "web"): [10.0, 10.0],
        }

    async def test_4_a_container_that_takes_the_place_of_another_is_not_added_to_it(self, bench: MetricsBench) -> None:
        """Whether it is called the same or not. What is not known of one node is no reason to know nothing."""
        async with bench.opened() as metrics:
            await record_for(metrics, bench, 120, "web-1", cpu=10.0)
            await record_for(metrics, bench, 60, "web-1", cpu=20.0)
            await record_for(metrics, bench, 120, "web-2", cpu=40.0)
            await record_for(metrics, bench, 60, "web-2", "web-3", cpu=50.0)
            bench.clock.advance(60)
            nodes = {"node-a": of("web-1", "web-2", "web-3")}
            asked_for = UsageQuery(by_service=True, service="web", since_s=420, metrics=("cpu_percent",))
            (each,) = await metrics.query(asked_for, nodes)
            (one,) = await metrics.query(replace(asked_for, points=1), nodes)

        assert known(each) == [10.0, 10.0, 20.0, 40.0, 40.0, 100.0]
        assert math.isnan(each.values[-1])
        assert known(one) == [float(f"{220 / 6:.4g}")]

    async def test_4_a_service_is_known_by_the_quarter_of_an_hour_as_by_the_minute(self, bench: MetricsBench) -> None:
        """Also while the last minutes lie apart."""
        async with bench.opened() as metrics:
            await record_for(metrics, bench, HOUR_S + 120, "web-1", "web-2")
            asked_for = UsageQuery(by_service=True, since_s=HOUR_S + 120, metrics=("cpu_percent",))
            (by_minute,) = await metrics.query(asked_for, {"node-a": of("web-1", "web-2")})
            await metrics.tidy()
            (by_quarter,) = await metrics.query(replace(asked_for, since_s=3 * DAY_S), {"node-a": of("web-1", "web-2")})

        assert known(by_minute) == [20.0] * 62
        assert set(known(by_quarter)) == {20.0}
