"""What metrics cost: `./dev bench metrics [NODES]`.

Made-up readings of NODES nodes (100) with 50 containers each, as agents send them over six hours, go into the history: its CPU
time as a share of one core for 2 000 nodes, and what a node takes of the disk at the default retention. Beside them: how long it
takes to answer for the last two days of one service, and a page for Prometheus of 2 000 nodes.
"""

import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from composia.builtin_plugins.metrics_history import HistoryConfig
from composia.builtin_plugins.metrics_history.file import open_file
from composia.builtin_plugins.metrics_history.history import History
from composia.builtin_plugins.metrics_history.store import DAY_S, Keep
from composia.clock import ManualClock
from composia.core.node import Node, NodeState
from composia.core.status import NodeView, StatusReport
from composia.core.usage import ContainerUsages, FilesystemUsage, HostUsage, NodeUsage, UsageQuery
from composia.server.exported import Moment
from composia.server.metrics_page import render

CONTAINERS = 50
HOURS = 6
FLEET = 2_000
EVERY_S, CONTAINERS_EVERY_S = 5, 15
WRITES_S = 30
"""How often the history writes a node."""

_chance = random.Random(1)
NAMES = tuple(f"project-{number}-web-1" for number in range(CONTAINERS))
KEEP = HistoryConfig()


class Spent:
    """CPU seconds by what they were spent on."""

    def __init__(self) -> None:
        self.record = self.write = self.gather = 0.0

    @property
    def whole(self) -> float:
        """All of it."""
        return self.record + self.write + self.gather


def host(now_s: float) -> HostUsage:
    """A host in motion."""
    return HostUsage(
        cpu_percent=100 * _chance.random(),
        load_1m=_chance.random(),
        memory_bytes=1 << 34,
        memory_available_bytes=_chance.randrange(1 << 33),
        received_bytes=int(now_s * 1000),
        sent_bytes=int(now_s * 100),
        filesystems=(FilesystemUsage(mount="/", size_bytes=1 << 37, available_bytes=1 << 36),),
    )


def containers(now_s: float) -> ContainerUsages:
    """A third of them idle, the others in motion."""
    busy = [number % 3 > 0 for number in range(CONTAINERS)]
    counted = tuple(int(now_s * 1000 * _chance.uniform(0.999, 1.0)) if one else 0 for one in busy)
    return ContainerUsages(
        names=NAMES,
        cpu_percent=tuple(round(5 * _chance.random(), 2) if one else 0.0 for one in busy),
        memory_bytes=tuple(50_000_000 + (4096 * _chance.randrange(2000) if one else 0) for one in busy),
        memory_limit_bytes=(0,) * CONTAINERS,
        received_bytes=counted,
        sent_bytes=counted,
        read_bytes=(0,) * CONTAINERS,
        written_bytes=counted,
        pids=(5,) * CONTAINERS,
        restarts=(0,) * CONTAINERS,
    )


async def timed(work: Callable[[], Awaitable[object]]) -> float:
    """How many seconds of the processor it takes, in all threads."""
    begun = time.process_time()
    await work()
    return time.process_time() - begun


async def fill(history: History, clock: ManualClock, nodes: int, spent: Spent) -> None:
    """The readings of all these hours."""
    names = [f"node-{number}" for number in range(nodes)]
    for tick in range(HOURS * 3600 // EVERY_S):
        now_s = clock.now_ms() / 1000
        # the same reading for all nodes: only taking it in is measured
        used = containers(now_s) if tick % (CONTAINERS_EVERY_S // EVERY_S) == 0 else None
        read = host(now_s)
        begun = time.process_time()
        for name in names:
            history.record(name, clock.now_ms(), read, used)
        spent.record += time.process_time() - begun
        clock.advance(EVERY_S)
        if tick % (WRITES_S // EVERY_S) == 0:
            spent.write += await timed(lambda: history._write(names))
        if tick % (900 // EVERY_S) == 0:
            spent.gather += await timed(history.tidy)


def page() -> bytes:
    """What Prometheus gets of the whole fleet."""
    views = tuple(
        NodeView(node=Node(name=f"node-{number}", agent_id="a"), state=NodeState.ONLINE) for number in range(FLEET)
    )
    used, read = containers(1.0), host(1.0)
    usages = [NodeUsage(node=view.node.name, host=read, containers=used) for view in views]
    report = StatusReport(services=(), nodes=views)
    return render(Moment(version="0", report=report, usages=usages, tasks={}, ended={}))


async def measure(nodes: int) -> None:
    """Print it."""
    keep = Keep(
        detail_s=KEEP.detail_s,
        minutes_s=KEEP.minutes_days * DAY_S,
        quarters_s=KEEP.quarters_days * DAY_S,
        node_bytes=KEEP.node_mib << 20,
    )
    with tempfile.TemporaryDirectory() as directory:
        clock, spent = ManualClock(1_700_000_100_000), Spent()
        history = History(Path(directory), keep, KEEP.containers, clock)
        await fill(history, clock, nodes, spent)
        begun = time.perf_counter()
        three = dict.fromkeys(NAMES[:3], "web")
        found = await history.query(
            UsageQuery(service="web", since_s=2 * DAY_S), {"node-0": lambda name: three.get(name, "")}
        )
        answer_s = time.perf_counter() - begun
        begun = time.perf_counter()
        of_all = UsageQuery(by_service=True, since_s=3600, points=60, metrics=("cpu_percent", "memory_bytes"))
        each = {f"node-{number}": (lambda name, number=number: f"{number} {name}") for number in range(min(nodes, 20))}
        lists = await history.query(of_all, each)
        list_s = time.perf_counter() - begun
        await history.close()
        db = open_file(Path(directory) / "history.db")
        by_step = dict(db.execute("SELECT step_s, sum(size) FROM kept GROUP BY step_s"))
        db.close()
    share = FLEET / nodes / (HOURS * 3600) * 100
    readings = HOURS * 3600 / CONTAINERS_EVERY_S * nodes * CONTAINERS
    minutes, quarters = (by_step[step] / nodes / HOURS * 24 * days / 1e6 for step, days in ((60, 2), (900, 30)))
    print(
        f"history, {nodes} nodes of {CONTAINERS} containers: {1e6 * spent.record / readings:.2f} us to record a container\n"
        f"  {FLEET} nodes: {spent.whole * share:.1f} % of a core ({spent.record * share:.1f} recording, "
        f"{spent.write * share:.1f} writing, {spent.gather * share:.1f} gathering)\n"
        f"  disk of a node: {minutes:.2f} MB for two days by the minute, {quarters:.2f} MB for thirty by the quarter\n"
        f"  {len(found)} series of two days: {1000 * answer_s:.0f} ms\n"
        f"  an hour of {len(lists) // 2} services, CPU and memory: {1000 * list_s:.0f} ms"
    )
    begun = time.perf_counter()
    size = len(page())
    print(f"/metrics of {FLEET} nodes: {size / 1e6:.1f} MB in {time.perf_counter() - begun:.2f} s, in a thread")


def main() -> None:
    """Measure and print."""
    asyncio.run(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 100))


if __name__ == "__main__":
    main()
