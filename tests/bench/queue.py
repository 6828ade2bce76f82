"""Claim and finish throughput of the queue `sqlite`: `./dev bench queue [TASKS]`.

The same work (put, claim, accept, finish, one task after the other on each of eight nodes at once) on a queue that holds a
thousand finished tasks, and on one that holds TASKS, a million by default. The two are run in turns; printed are medians of
tasks per second and their ratio. Beside them stands the raw library: as many commits of one row by apsw alone.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from itertools import count
from pathlib import Path

import apsw

from composia.builtin_plugins.sqlite.queue import SqliteQueue, open_queue
from composia.core.attempt import Retries
from composia.core.task import Task
from composia.plugins.queue import Queue
from composia.plugins.testing.work import NOW, claimed, deployment, put_task, report, succeeded

FEW = 1_000
NODES = 8
TURN = 100
"""Tasks a node in one turn."""

ROUNDS = 5

_numbers = count()


async def work(queue: Queue, node: str, tasks: int) -> None:
    """Put tasks of one instance each, claim, accept and finish them."""
    for _ in range(tasks):
        number = next(_numbers)
        task = await put_task(queue, f"bench-{number}", deployment(node, service=f"web-{number % 100}"))
        await finish(queue, await claimed(queue, task))


async def finish(queue: Queue, task: Task) -> None:
    """Report the acceptance and a good end."""
    await queue.report(report(task, 1), Retries(), NOW)
    await queue.report(report(task, 2, succeeded(task)), Retries(), NOW)


async def turn(queue: Queue) -> float:
    """Tasks per second of one turn."""
    begun = time.perf_counter()
    await asyncio.gather(*(work(queue, f"node-{number}", TURN) for number in range(NODES)))
    return NODES * TURN / (time.perf_counter() - begun)


async def filled(directory: Path, tasks: int) -> SqliteQueue:
    """A queue with so many finished tasks: a thousand made by the queue itself, the others copied from them."""
    queue = await open_queue(directory)
    await asyncio.gather(*(work(queue, f"node-{number}", FEW // NODES) for number in range(NODES)))
    if tasks > FEW:
        await queue.close()
        _copy(directory / "work.db", tasks // FEW - 1)
        queue = await open_queue(directory)
    return queue


def _copy(path: Path, times: int) -> None:
    """Copy the rows of all that has ended, so many times; their numbers, and those they refer to, go on counting."""
    db = apsw.Connection(str(path))
    for table, key in (("deployment", "sequence"), ("task", "sequence"), ("change", "number"), ("release", "number")):
        ((last,),) = db.execute(f"SELECT max({key}) FROM {table}")
        step = {key: last} | ({"deployment": FEW, "task": FEW} if table in ("task", "change") else {})
        columns = [name for _, name, *_ in db.execute(f"PRAGMA table_info({table})")]
        values = [f"{name} + n * {step[name]}" if name in step else f"{table}.{name}" for name in columns]
        db.execute(
            f"WITH RECURSIVE turn (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM turn WHERE n < {times}) "
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)} FROM turn, {table}"
        )
    db.close()


async def raw(directory: Path, commits: int) -> float:
    """Commits of one row per second, by the library alone and as durable."""
    db = apsw.Connection(str(directory / "raw.db"))
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("CREATE TABLE row (number INTEGER PRIMARY KEY, text TEXT)")
    begun = time.perf_counter()
    for number in range(commits):
        db.execute("INSERT INTO row VALUES (?, ?)", (number, "x" * 200))
    taken = time.perf_counter() - begun
    db.close()
    return commits / taken


async def main(many: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        small, large = await filled(root / "small", FEW), await filled(root / "large", many)
        rates: dict[str, list[float]] = {"raw": [], "small": [], "large": []}
        for number in range(ROUNDS + 1):
            (root / f"raw-{number}").mkdir()
            found = await raw(root / f"raw-{number}", NODES * TURN), await turn(small), await turn(large)
            if number:  # the first round warms caches
                for name, rate in zip(rates, found, strict=True):
                    rates[name].append(rate)
        await small.close()
        await large.close()
    commits, few, lots = (statistics.median(rates[name]) for name in rates)
    print(f"commits of one row, apsw alone  {commits:9.0f} a second")
    print(f"tasks, {FEW:9} have ended      {few:9.0f} a second")
    print(f"tasks, {many:9} have ended      {lots:9.0f} a second, ratio {few / lots:.2f}")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000))
