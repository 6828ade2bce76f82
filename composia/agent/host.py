"""How the host is doing, as the kernel tells it."""

from pathlib import Path

from composia.core.node import NodeStatus


def read_status(problem: str, proc: Path = Path("/proc")) -> NodeStatus:
    """Load, free memory and uptime. `problem` says why Docker does not answer."""
    memory = dict(line.split(":", 1) for line in (proc / "meminfo").read_text().splitlines())
    return NodeStatus(
        problem=problem,
        load_1m=float((proc / "loadavg").read_text().split()[0]),
        memory_available_bytes=int(memory["MemAvailable"].split()[0]) * 1024,
        uptime_s=float((proc / "uptime").read_text().split()[0]),
    )
