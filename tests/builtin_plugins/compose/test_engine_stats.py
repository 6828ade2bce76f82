"""The engine's own numbers, as engines of both kinds of control groups write them."""

import json
from typing import Any

from composia.builtin_plugins.compose.disk import disk_of
from composia.builtin_plugins.compose.engine_stats import EngineStats, stats_of
from composia.builtin_plugins.compose.reading import Measured, Reading, in_columns
from composia.core.usage import ContainerUsages, DockerUsage

AT = "2026-11-26T03:50:00.123456789Z"


def answer(memory: dict[str, Any], transferred: list[dict[str, Any]] | None) -> bytes:
    return json.dumps(
        {
            "read": AT,
            "cpu_stats": {"cpu_usage": {"total_usage": 5000}, "online_cpus": 2},
            "memory_stats": memory,
            "networks": {"eth0": {"rx_bytes": 10, "tx_bytes": 1}, "eth1": {"rx_bytes": 5, "tx_bytes": 2}},
            "blkio_stats": {"io_service_bytes_recursive": transferred},
            "pids_stats": {"current": 4, "limit": 18446744073709551615},
        }
    ).encode()


def test_an_engine_on_old_groups_is_understood() -> None:
    memory = {"usage": 4000, "limit": 65536, "stats": {"total_inactive_file": 1000, "inactive_file": 7}}
    transferred = [
        {"major": 8, "op": "Read", "value": 4096},
        {"op": "Write", "value": 10},
        {"op": "Total", "value": 4106},
    ]
    reading = Reading(
        cpu_ns=5000,
        memory_bytes=3000,
        memory_limit_bytes=65536,
        received_bytes=15,
        sent_bytes=3,
        read_bytes=4096,
        written_bytes=10,
        pids=4,
    )

    assert stats_of(answer(memory, transferred)) == EngineStats(at=AT, reading=reading)


def test_an_engine_on_new_groups_is_understood() -> None:
    memory = {"usage": 4000, "limit": 1 << 62, "stats": {"inactive_file": 1000}}
    stats = stats_of(
        answer(memory, [{"op": "read", "value": 1}, {"op": "write", "value": 2}, {"op": "read", "value": 3}])
    )

    assert stats
    reading = stats.reading
    assert (reading.memory_bytes, reading.memory_limit_bytes) == (3000, 0)
    assert (reading.read_bytes, reading.written_bytes) == (4, 2)


def test_transfers_that_were_not_counted_are_not_known() -> None:
    stats = stats_of(answer({"usage": 1}, None))

    assert stats
    assert stats.reading.read_bytes is None


def test_a_container_that_has_ended_has_no_stats() -> None:
    assert (
        stats_of(b'{"read":"0001-01-01T00:00:00Z","pids_stats":{},"cpu_stats":{"cpu_usage":{"total_usage":0}}}') is None
    )


def test_a_column_that_is_known_of_some_has_a_place_for_all() -> None:
    rows = [
        Measured(name="b", cpu_percent=2.0, reading=Reading(cpu_ns=1, memory_bytes=20, pids=None, read_bytes=5)),
        Measured(name="a", cpu_percent=1.0, reading=Reading(cpu_ns=1, memory_bytes=10, pids=None)),
    ]

    assert in_columns(rows) == ContainerUsages(
        names=("a", "b"),
        cpu_percent=(1.0, 2.0),
        memory_bytes=(10, 20),
        memory_limit_bytes=(0, 0),
        read_bytes=(0, 5),
    )


def test_the_disk_is_summed_up_and_what_nobody_uses_is_told_apart() -> None:
    answered = {
        "LayersSize": 1000,
        "Images": [
            {"Size": 600, "SharedSize": 100, "Containers": 0},
            {"Size": 300, "SharedSize": -1, "Containers": 0},
            {"Size": 200, "SharedSize": 0, "Containers": 2},
        ],
        "Containers": [{"SizeRw": 7}, {"SizeRw": -1}, {}],
        "Volumes": [
            {"UsageData": {"Size": 50, "RefCount": 1}},
            {"UsageData": {"Size": 30, "RefCount": 0}},
            {"UsageData": {"Size": -1, "RefCount": -1}},
            {"Name": "of a plugin"},
        ],
        "BuildCache": [{"Size": 5, "InUse": True}, {"Size": 6, "InUse": False}, {"Size": 900, "Shared": True}],
    }

    assert disk_of(json.dumps(answered).encode()) == DockerUsage(
        images_bytes=1000, containers_bytes=7, volumes_bytes=80, build_cache_bytes=11, unused_bytes=500 + 300 + 30 + 6
    )


def test_an_engine_with_nothing_is_understood() -> None:
    assert (
        disk_of(b'{"LayersSize":0,"Images":null,"Containers":null,"Volumes":null,"BuildCache":null}') == DockerUsage()
    )
