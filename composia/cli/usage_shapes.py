"""The JSON shapes of what is used. What is not known is null."""

import math
from collections.abc import Sequence
from typing import Any

from composia.cli.shapes import Shape, time
from composia.core.usage import HostUsage, NodeUsage, Series


def container(usage: NodeUsage, place: int, service: str, restarts: int | None) -> Shape:
    """One container of a node."""
    used = usage.running
    return {
        "node": usage.node,
        "service": service or None,
        "name": used.names[place],
        "cpu_percent": used.cpu_percent[place],
        "memory_bytes": used.memory_bytes[place],
        "memory_limit_bytes": at(used.memory_limit_bytes, place) or None,
        "received_bytes": at(used.received_bytes, place),
        "sent_bytes": at(used.sent_bytes, place),
        "read_bytes": at(used.read_bytes, place),
        "written_bytes": at(used.written_bytes, place),
        "pids": at(used.pids, place),
        "restarts": restarts,
        "age_s": round(usage.containers_age_s, 1),
    }


def node(usage: NodeUsage) -> Shape:
    """A host."""
    host, docker = usage.host, usage.host.docker
    return {
        "node": usage.node,
        "cpu_percent": host.cpu_percent,
        "load": [host.load_1m, host.load_5m, host.load_15m],
        "memory_bytes": host.memory_bytes,
        "memory_available_bytes": host.memory_available_bytes,
        "swap_bytes": host.swap_bytes,
        "swap_free_bytes": host.swap_free_bytes,
        "uptime_s": host.uptime_s,
        "received_bytes": host.received_bytes,
        "sent_bytes": host.sent_bytes,
        "filesystems": [
            {"mount": f.mount, "device": f.device, "size_bytes": f.size_bytes, "available_bytes": f.available_bytes}
            for f in host.filesystems
        ],
        "docker": docker
        and {
            "images_bytes": docker.images_bytes,
            "containers_bytes": docker.containers_bytes,
            "volumes_bytes": docker.volumes_bytes,
            "build_cache_bytes": docker.build_cache_bytes,
            "unused_bytes": docker.unused_bytes,
            "asked": time(docker.at_ms),
        },
        "age_s": round(usage.host_age_s, 1),
    }


def series(one: Series) -> Shape:
    """One measure over time."""
    return {
        "node": one.node,
        "service": one.service or None,
        "container": one.container or None,
        "metric": one.metric,
        "start": time(one.start_ms),
        "step_s": one.step_s,
        "values": [None if math.isnan(value) else value for value in one.values],
    }


def at(column: Sequence[Any], place: int) -> Any:
    """What a column has there; None of one that is not known."""
    return column[place] if column else None


def used_memory(host: HostUsage) -> int:
    """What cannot be had without swapping."""
    return host.memory_bytes - host.memory_available_bytes
