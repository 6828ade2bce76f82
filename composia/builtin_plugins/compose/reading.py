"""What a container uses, as it was read, wherever from."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from composia.core.usage import ContainerUsages

HOST_MEMORY = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
"""Bytes. A limit that is no smaller is none."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """Of one container. None is what cannot be told there."""

    cpu_ns: int
    memory_bytes: int
    memory_limit_bytes: int = 0
    received_bytes: int | None = None
    sent_bytes: int | None = None
    read_bytes: int | None = None
    written_bytes: int | None = None
    pids: int | None = None


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A container by its name, how busy it was, and what else was read."""

    name: str
    cpu_percent: float
    reading: Reading


def in_columns(measured: Iterable[Measured]) -> ContainerUsages:
    """All of them by name; a column of which nothing is known is empty."""
    rows = sorted(measured, key=lambda one: one.name)
    readings = [row.reading for row in rows]
    return ContainerUsages(
        names=tuple(row.name for row in rows),
        cpu_percent=tuple(row.cpu_percent for row in rows),
        memory_bytes=tuple(reading.memory_bytes for reading in readings),
        memory_limit_bytes=tuple(reading.memory_limit_bytes for reading in readings),
        received_bytes=_column([reading.received_bytes for reading in readings]),
        sent_bytes=_column([reading.sent_bytes for reading in readings]),
        read_bytes=_column([reading.read_bytes for reading in readings]),
        written_bytes=_column([reading.written_bytes for reading in readings]),
        pids=_column([reading.pids for reading in readings]),
    )


def _column(numbers: Sequence[int | None]) -> tuple[int, ...]:
    return () if all(number is None for number in numbers) else tuple(number or 0 for number in numbers)
