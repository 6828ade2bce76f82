"""What the engine itself tells of what a container uses, for an agent that does not see the files of the host."""

from dataclasses import dataclass

import msgspec

from composia.builtin_plugins.compose.engine_stream import EngineStreams
from composia.builtin_plugins.compose.reading import HOST_MEMORY, Reading


class _Used(msgspec.Struct, frozen=True):
    total_usage: int = 0


class _Cpu(msgspec.Struct, frozen=True):
    cpu_usage: _Used = _Used()


class _Memory(msgspec.Struct, frozen=True):
    usage: int = 0
    limit: int = 0
    stats: dict[str, int] = {}


class _Network(msgspec.Struct, frozen=True):
    rx_bytes: int = 0
    tx_bytes: int = 0


class _Transferred(msgspec.Struct, frozen=True):
    op: str = ""
    value: int = 0


class _Blocks(msgspec.Struct, frozen=True):
    io_service_bytes_recursive: tuple[_Transferred, ...] | None = None


class _Processes(msgspec.Struct, frozen=True):
    current: int | None = None


class _Stats(msgspec.Struct, frozen=True):
    read: str = ""
    cpu_stats: _Cpu = _Cpu()
    memory_stats: _Memory = _Memory()
    networks: dict[str, _Network] | None = None
    blkio_stats: _Blocks = _Blocks()
    pids_stats: _Processes = _Processes()


@dataclass(frozen=True, kw_only=True)
class EngineStats:
    """A reading, and when the engine made it (its own time)."""

    at: str
    reading: Reading


async def read_stats(streams: EngineStreams, container: str) -> EngineStats | None:
    """Of one container; None when it does not run. An engine before 23 takes a second, whatever it is asked."""
    query = {"stream": "false", "one-shot": "true"}
    return stats_of(await streams.ask("GET", f"/containers/{container}/stats", query))


def stats_of(answer: bytes) -> EngineStats | None:
    """From the engine's answer."""
    stats = msgspec.json.decode(answer, type=_Stats)
    if not stats.cpu_stats.cpu_usage.total_usage:
        return None
    memory, networks = stats.memory_stats, (stats.networks or {}).values()
    dropped = memory.stats.get("total_inactive_file", memory.stats.get("inactive_file", 0))
    transferred = stats.blkio_stats.io_service_bytes_recursive
    reading = Reading(
        cpu_ns=stats.cpu_stats.cpu_usage.total_usage,
        memory_bytes=max(0, memory.usage - dropped),
        memory_limit_bytes=memory.limit if memory.limit < HOST_MEMORY else 0,
        received_bytes=sum(network.rx_bytes for network in networks),
        sent_bytes=sum(network.tx_bytes for network in networks),
        read_bytes=_sum(transferred, "read"),
        written_bytes=_sum(transferred, "write"),
        pids=stats.pids_stats.current,
    )
    return EngineStats(at=stats.read, reading=reading)


def _sum(transferred: tuple[_Transferred, ...] | None, what: str) -> int | None:
    if transferred is None:
        return None
    return sum(one.value for one in transferred if one.op.lower() == what)
