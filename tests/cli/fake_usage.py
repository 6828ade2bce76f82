"""The part of the fake server that tells what nodes and containers use."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from composia.core.usage import (
    ContainerUsages,
    DockerUsage,
    FilesystemUsage,
    HostUsage,
    NodeUsage,
    Series,
    UsageQuery,
)
from composia.errors import ComposiaError
from tests.cli import sample

MIB = 1 << 20
GIB = 1 << 30

HOST = HostUsage(
    cpu_percent=12.5,
    load_1m=0.5,
    load_5m=0.25,
    load_15m=0.1,
    memory_bytes=16 * GIB,
    memory_available_bytes=10 * GIB,
    swap_bytes=2 * GIB,
    swap_free_bytes=2 * GIB,
    uptime_s=200_000.0,
    received_bytes=8_753_329_820,
    sent_bytes=32_604_908,
    filesystems=(
        FilesystemUsage(mount="/", device="/dev/vda", size_bytes=100 * GIB, available_bytes=60 * GIB),
        FilesystemUsage(mount="/srv", device="/dev/vdb", size_bytes=10 * GIB, available_bytes=GIB),
    ),
    docker=DockerUsage(
        images_bytes=5_000_000_000,
        containers_bytes=7_000_000,
        volumes_bytes=2_000_000_000,
        unused_bytes=1_200_000_000,
        at_ms=sample.NOON_MS,
        root="/var/lib/docker",
    ),
)
CONTAINERS = ContainerUsages(
    names=("web-web-1", "alone"),
    cpu_percent=(3.25, 150.0),
    memory_bytes=(52 * MIB, 2 * GIB),
    memory_limit_bytes=(64 * MIB, 0),
    received_bytes=(1112, 3_400_000),
    sent_bytes=(0, 12_000_000_000),
    read_bytes=(4096, 0),
    written_bytes=(0, 8 * MIB),
    pids=(2, 35),
)
USAGE = (
    NodeUsage(node="node-a", host=HOST, containers=CONTAINERS, containers_age_s=4.0, host_age_s=2.04),
    NodeUsage(node="node-b", host=HOST, containers=None, containers_age_s=7310.0, host_age_s=7300.0),
)
NAN = float("nan")


@dataclass(kw_only=True)
class FakeUsage:
    """`usage` are the readings that are given one after the other, the last of them again and again."""

    usage: list[tuple[NodeUsage, ...] | ComposiaError] = field(default_factory=lambda: [USAGE])
    queries: list[UsageQuery] = field(default_factory=list)

    async def get_usage(self, nodes: Sequence[str]) -> tuple[NodeUsage, ...]:
        """As prepared."""
        readings = self.usage.pop(0) if len(self.usage) > 1 else self.usage[0]
        if isinstance(readings, ComposiaError):
            raise readings
        return tuple(usage for usage in readings if not nodes or usage.node in nodes)

    async def query_usage(self, query: UsageQuery) -> tuple[Series, ...]:
        """Of the host, or of one container."""
        self.queries.append(query)
        series = partial(Series, service=query.service, start_ms=sample.NOON_MS, step_s=60.0)
        if query.service:
            return (
                series(
                    node="node-a",
                    container="web-web-1",
                    metric="cpu_percent",
                    values=(1.0, 2.0, NAN, 8.0),
                ),
                series(
                    node="node-a",
                    container="web-web-1",
                    metric="memory_bytes",
                    values=(50.0 * MIB, 51.0 * MIB, 52.0 * MIB, 52.0 * MIB),
                ),
            )
        return (
            series(node=query.node, metric="cpu_percent", values=(0.0, 100.0, 50.0, NAN)),
            series(node=query.node, metric="filesystem_percent:/", values=(40.0, 40.0, 40.0, 41.0)),
            series(node=query.node, metric="received_bytes_per_s", values=(0.0, 2.5e6, 1e3, 0.0)),
        )
