"""The history of what hosts and containers use: taken in on the event loop, written and read in one thread."""

import asyncio
import logging
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from math import ceil
from pathlib import Path
from typing import TypeVar

import apsw

from composia.builtin_plugins.metrics_history.answer import ServiceSums, Steps, Sums
from composia.builtin_plugins.metrics_history.bucket import MINUTE_S, SLOT_S, Bucket, Last, first
from composia.builtin_plugins.metrics_history.store import QUARTER_S, Found, Keep, Minute, Store
from composia.clock import Clock
from composia.core.usage import ContainerUsages, HostUsage, Series, UsageQuery
from composia.errors import ComposiaError, Unavailable
from composia.plugins.metrics import ServiceOf

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")

ROUNDS = 30
"""Each second a part of the nodes is written, so that all are twice a minute, and never all at once."""

GATHER_S = 300.0
"""Over which time after a quarter of an hour its minutes are gathered, for all nodes together."""

THIN_S = 3600.0
"""How often all nodes are thinned out, the silent ones too."""

FORGET_S = 3600.0
"""After which silence a node takes no more memory."""

WAITING = 60
"""How many minutes of a node wait for a disk that does not take them; older ones are given up."""


@dataclass(kw_only=True)
class _Node:
    """What is in memory of a node."""

    round: int
    last: Last = field(default_factory=Last)
    bucket: Bucket
    closed: list[Bucket] = field(default_factory=list)
    dirty: bool = False


class History:
    """Promises what `composia.plugins.metrics.Metrics` says."""

    def __init__(self, directory: Path, keep: Keep, containers: int, clock: Clock) -> None:
        self._keep = keep
        self._containers = containers
        self._clock = clock
        self._store = Store(directory / "history.db", keep)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="metrics")
        self._nodes: dict[str, _Node] = {}
        self._due: list[tuple[int, int]] = []
        self._thinned_s = 0.0
        self._failing = ""

    def record(self, node: str, at_ms: int, host: HostUsage, containers: ContainerUsages | None) -> None:
        """Take readings of a node in."""
        at_s = at_ms / 1000
        start_s = int(at_s // MINUTE_S) * MINUTE_S
        known = self._nodes.get(node)
        if known is None:
            known = _Node(round=zlib.crc32(node.encode()) % ROUNDS, bucket=Bucket(start_s))
            self._nodes[node] = known
        elif known.bucket.start_s != start_s:
            if known.dirty:
                known.closed = [*known.closed[1 - WAITING :], known.bucket]
            known.bucket = Bucket(start_s)
        known.dirty = True
        known.bucket.add_host(at_s, host, known.last)
        if containers is None:
            known.last = replace(known.last, host=host, host_s=at_s)
            return
        if len(containers.names) > self._containers:
            containers = first(containers, self._containers)
        known.bucket.add_containers(at_s, containers, known.last)
        known.last = Last(host=host, host_s=at_s, containers=containers, containers_s=at_s)

    async def query(self, query: UsageQuery, services: Mapping[str, ServiceOf]) -> tuple[Series, ...]:
        """What is kept, with what was recorded just now."""
        now_s = self._clock.now_ms() / 1000
        from_s, to_s = now_s - query.since_s, now_s - query.until_s
        of_containers = bool(query.service) or query.by_service
        names = sorted(services) if of_containers else [query.node]
        finest_s = self._finest(query.since_s, of_containers=of_containers)
        steps = Steps.over(from_s, to_s, finest_s, query.points)
        await self._write(names)

        def rows(name: str) -> Iterator[Found]:
            if finest_s == SLOT_S:
                return self._store.detail(name, steps.start_s, steps.end_s)
            return self._store.values(name, finest_s, steps.start_s, steps.end_s)

        def read() -> tuple[Series, ...]:
            if query.by_service:
                together = ServiceSums(steps, query.metrics)
                for name in names:
                    together.take(rows(name), services[name])
                return tuple(together.series(query.node))
            found: list[Series] = []
            for name in names:
                sums = Sums(steps, query.metrics, services[name] if of_containers else None)
                sums.take(rows(name))
                found += sums.series(name)
            return tuple(found)

        return await self._do(read)

    async def tidy(self) -> None:
        """Write all that waits, gather and thin out all that is due, at once."""
        await self._write(self._nodes)
        now_s = self._clock.now_ms() / 1000

        def gather_and_thin() -> None:
            while due := self._store.due(now_s):
                self._store.gather(due, now_s)
            self._store.thin(now_s)

        await self._do(gather_and_thin)

    async def run(self) -> None:
        """Do that bit by bit, for ever. A disk that does not let us is said once, and tried again."""
        self._thinned_s = self._clock.monotonic()
        number = 0
        while True:
            await asyncio.sleep(1.0)
            number += 1
            try:
                await self._go_on(number)
            except ComposiaError as error:
                if self._failing != str(error):
                    log.warning("the history of metrics is not written", extra={"reason": str(error)})
                self._failing = str(error)
            else:
                self._failing = ""

    async def close(self) -> None:
        """Write what waits and let go of the file."""
        try:
            await self._write(self._nodes)
        except ComposiaError as error:
            log.warning("the last minute of metrics is not written", extra={"reason": str(error)})
        await asyncio.get_running_loop().run_in_executor(self._thread, self._store.close)
        self._thread.shutdown()

    # how

    async def _go_on(self, number: int) -> None:
        now_s = self._clock.now_ms() / 1000
        await self._write([name for name, node in self._nodes.items() if node.round == number % ROUNDS])
        if self._due:
            bite = max(1, ceil(len(self._nodes) / GATHER_S))
            quarters, self._due = self._due[:bite], self._due[bite:]
            await self._do(lambda: self._store.gather(quarters, now_s))
        elif number % ROUNDS == 0:
            self._due = await self._do(lambda: self._store.due(now_s))
            await self._do(lambda: self._store.thin_detail(now_s))
        if self._clock.monotonic() - self._thinned_s > THIN_S:
            self._thinned_s = self._clock.monotonic()
            await self._do(lambda: self._store.thin(now_s))
            silent = [name for name, node in self._nodes.items() if now_s - node.last.host_s > FORGET_S]
            for name in silent:
                del self._nodes[name]

    async def _write(self, names: Iterable[str]) -> None:
        """Write what is new of these nodes; what could not be written waits on."""
        written = [(name, self._nodes[name]) for name in names if name in self._nodes and self._nodes[name].dirty]
        closed = {name: list(node.closed) for name, node in written}
        minutes = []
        for name, node in written:
            for bucket in [*closed[name], node.bucket]:
                minutes.append(Minute(node=name, start_s=bucket.start_s, row=bucket.row(), detail=bucket.detail()))
            node.dirty = False
        if not minutes:
            return
        try:
            await self._do(lambda: self._store.write(minutes))
        except ComposiaError:
            for _, node in written:
                node.dirty = True
            raise
        for name, node in written:
            node.closed = [bucket for bucket in node.closed if bucket not in closed[name]]

    def _finest(self, age_s: float, *, of_containers: bool) -> int:
        if not of_containers and age_s <= self._keep.of(SLOT_S):
            return SLOT_S
        return MINUTE_S if age_s <= self._keep.of(MINUTE_S) else QUARTER_S

    async def _do(self, job: Callable[[], Answer]) -> Answer:
        def guarded() -> Answer:
            try:
                return job()
            except (zlib.error, ValueError) as error:  # what a row holds is none of ours
                self._store.failed(apsw.CorruptError(str(error)))
                raise Unavailable(f"the history of metrics cannot be read: {error}") from error
            except apsw.Error as error:
                self._store.failed(error)
                raise Unavailable(f"the history of metrics does not answer: {error}") from error

        return await asyncio.get_running_loop().run_in_executor(self._thread, guarded)
