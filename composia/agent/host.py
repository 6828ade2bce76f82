"""How the host is doing, as the kernel tells it."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

from composia.agent.filesystems import Filesystems
from composia.agent.traffic import Traffic
from composia.clock import Clock
from composia.core.node import NodeStatus
from composia.core.usage import DockerUsage, HostUsage
from composia.errors import of_the_system

SHORTEST_S = 1.0
"""Over less time than that, how busy processors were says nothing: what was told last is told again."""


class Host:
    """Reads what `/proc` and `/sys` tell. In a container, network is the container's unless it shares the host's. What Docker
    uses is put in by whoever has asked it. An executor that works `elsewhere` tells how that machine is doing."""

    def __init__(
        self,
        filesystems: Filesystems,
        clock: Clock,
        proc: Path = Path("/proc"),
        interfaces: Path = Path("/sys/class/net"),
        elsewhere: Callable[[], HostUsage | None] = lambda: None,
    ) -> None:
        self.docker: DockerUsage | None = None
        self._filesystems = filesystems
        self._clock = clock
        self._proc = proc
        self._traffic = Traffic(proc, interfaces)
        self._elsewhere = elsewhere
        self._busy, self._all = _processor_time(proc)
        self._at = self._clock.monotonic()
        self._cpu_percent = 0.0

    def now_ms(self) -> int:
        """What time it is here."""
        return self._clock.now_ms()

    def status(self, problem: str) -> NodeStatus:
        """All of it; blocks for a second at most. `problem` says what keeps the host from carrying out orders."""
        return NodeStatus(problem=problem, now_ms=self._clock.now_ms(), host=self._elsewhere() or self._read())

    def _read(self) -> HostUsage:
        memory = _memory(self._proc)
        load = (self._proc / "loadavg").read_text().split()
        received, sent = self._traffic.read()
        return HostUsage(
            cpu_percent=self._cpu(),
            load_1m=float(load[0]),
            load_5m=float(load[1]),
            load_15m=float(load[2]),
            memory_bytes=memory.get("MemTotal", 0),
            memory_available_bytes=memory.get("MemAvailable", 0),
            swap_bytes=memory.get("SwapTotal", 0),
            swap_free_bytes=memory.get("SwapFree", 0),
            uptime_s=float((self._proc / "uptime").read_text().split()[0]),
            received_bytes=received,
            sent_bytes=sent,
            filesystems=self._filesystems.usage(self.docker.root if self.docker else ""),
            docker=self.docker,
        )

    def _cpu(self) -> float:
        if self._clock.monotonic() - self._at >= SHORTEST_S:
            busy, all_ = _processor_time(self._proc)
            self._at = self._clock.monotonic()
            if all_ > self._all:
                self._cpu_percent = round(min(100.0, max(0.0, 100 * (busy - self._busy) / (all_ - self._all))), 2)
            self._busy, self._all = busy, all_
        return self._cpu_percent


def _processor_time(proc: Path) -> tuple[int, int]:
    """Busy and all, in ticks since the start: user, nice, system, idle, iowait, irq, softirq, steal. What guests had is in
    user already."""
    with (proc / "stat").open() as stat:
        times = [int(text) for text in stat.readline().split()[1:9]]
    idle = sum(times[3:5])
    return sum(times) - idle, sum(times)


def _memory(proc: Path) -> dict[str, int]:
    lines = (line.split() for line in (proc / "meminfo").read_text().splitlines())
    return {words[0].rstrip(":"): int(words[1]) * 1024 for words in lines if len(words) > 1}


def disk_problem(data: Path) -> str:
    """Why no order could be written down in the agent's directory, in a line; empty when it can."""
    try:
        disk = os.statvfs(data)
        if disk.f_flag & os.ST_RDONLY:
            raise _refusal(errno.EROFS, data)
        if not os.access(data, os.W_OK | os.X_OK):
            raise _refusal(errno.EACCES, data)
        if (disk.f_blocks and not disk.f_bavail) or (disk.f_files and not disk.f_favail):
            raise _refusal(errno.ENOSPC, data)
    except OSError as error:
        told = of_the_system(error, str(data))
        return f"{told}; {told.hint}" if told.hint else str(told)
    return ""


def _refusal(number: int, place: Path) -> OSError:
    return OSError(number, os.strerror(number), str(place))
