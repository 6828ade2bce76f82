"""How the host is doing, as the kernel tells it."""

import errno
import os
from pathlib import Path

from composia.core.node import NodeStatus
from composia.core.usage import HostUsage
from composia.errors import of_the_system


def read_status(problem: str, proc: Path = Path("/proc")) -> NodeStatus:
    """Load, free memory and uptime. `problem` says what keeps it from carrying out orders."""
    memory = dict(line.split(":", 1) for line in (proc / "meminfo").read_text().splitlines())
    host = HostUsage(
        load_1m=float((proc / "loadavg").read_text().split()[0]),
        memory_available_bytes=int(memory["MemAvailable"].split()[0]) * 1024,
        uptime_s=float((proc / "uptime").read_text().split()[0]),
    )
    return NodeStatus(problem=problem, host=host)


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
