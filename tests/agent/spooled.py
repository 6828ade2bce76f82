"""A spool of log lines, and what tests put into it and find there."""

from pathlib import Path

from composia.agent.log_position import LogPosition
from composia.agent.log_spool import LogSpool
from composia.core.container_log import ForwardedLogs, LogSource
from composia.plugins.executor_talking import LogLines

BOUND = 4096


def make_lines(*lines: bytes, at_ns: int = 1) -> LogLines:
    ends = [sum(len(line) for line in lines[: n + 1]) for n in range(len(lines))]
    return LogLines(
        at_ns=tuple(range(at_ns, at_ns + len(lines))),
        stderr=tuple(n % 2 == 1 for n in range(len(lines))),
        partial=tuple(n % 3 == 1 for n in range(len(lines))),
        ends=tuple(ends),
        data=b"".join(lines),
    )


def make_source(container: str = "c1") -> LogSource:
    return LogSource(service="web", container="main", name="web-main-1", id=container)


def opened(directory: Path, bound: int = BOUND) -> LogSpool:
    spool = LogSpool(directory, bound, now_ms=5)
    spool.open()
    return spool


def put(spool: LogSpool, *lines: bytes, container: str = "c1", at_ns: int = 1) -> int:
    position = (spool.position(container) or LogPosition()).after(make_lines(*lines, at_ns=at_ns).at_ns)
    return spool.append(make_source(container), make_lines(*lines, at_ns=at_ns), position)


def all_of(spool: LogSpool, after: int = 0) -> list[ForwardedLogs]:
    found: list[ForwardedLogs] = []
    while batches := spool.read(found[-1].number if found else after, 100):
        found += batches
    return found


def content(batches: list[ForwardedLogs]) -> list[tuple[int, bytes]]:
    return [(batch.number, batch.data) for batch in batches]
