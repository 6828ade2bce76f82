"""How long a deploy takes beside bare `docker compose up -d`: `./dev bench deploy [ROUNDS]`.

One-container services, images present, `stable_for: 0s`; both in turns on the engines of a test bed. Measured is from the
request of an API client that is connected already to the end that it hears, and, apart, the whole command, which starts a
Python each time. Printed are medians in seconds, their ratio to bare Compose, and where the time of one task went.
"""

import asyncio
import statistics
import sys
from collections import defaultdict
from collections.abc import Iterable

from composia.core.task import Task
from tests.bench.deploying import NODES, Load, Turn, stage

MANY = tuple(f"many-{number:02}" for number in range(50))
LOADS = (
    (1.0, Load(title="one service", services=("one",))),
    (1.0, Load(title="nothing to change", services=("one",), changed=False)),
    (1.0, Load(title="one service, two nodes in turn", services=("both",), nodes=NODES)),
    (1.0, Load(title="one service, two nodes at once", services=("beside",), nodes=NODES, width=2)),
    (0.3, Load(title="50 services, 4 at a time", services=MANY, width=4)),
    (0.1, Load(title="50 services, one by one", services=MANY, width=1)),
)
"""With the share of the rounds that each gets. For Composia the width of the last two is the agent's capacity, 4."""


async def measure(rounds: int) -> list[tuple[Load, list[Turn]]]:
    """All turns of all loads; a first one that warms caches is left out."""
    found = []
    async with stage() as on:
        for share, load in LOADS:
            await on.take(load)
            found.append((load, [await on.take(load) for _ in range(max(1, round(rounds * share)))]))
    return found


def where_it_went(turns: Iterable[Turn]) -> dict[str, float]:
    """The median milliseconds of each part of the life of a turn's only task, in order."""
    parts: dict[str, list[float]] = defaultdict(list)
    for turn in turns:
        (task,) = turn.tasks
        at = turn.asked_ms
        for name, until in _parts(task, turn.heard_ms):
            parts[name].append(until - at)
            at = until
    return {name: statistics.median(values) for name, values in parts.items()}


def _parts(task: Task, heard_ms: float) -> Iterable[tuple[str, float]]:
    yield "request stored", task.created_ms
    yield "accepted by the agent", task.started_ms
    for step in task.steps:
        yield f"to {step.name}", step.started_ms
        yield step.name, step.started_ms + step.duration_ms
    yield "end stored", task.ended_ms
    yield "end heard", heard_ms


def main(rounds: int) -> None:
    """Measure and print."""
    found = asyncio.run(measure(rounds))
    print(f"{'':32} {'compose':>8} {'composia':>8} {'ratio':>6} {'command':>8} {'ratio':>6}")
    for load, turns in found:
        plain, composia, command = (
            statistics.median(column)
            for column in zip(*((t.plain_s, t.composia_s, t.command_s) for t in turns), strict=True)
        )
        print(
            f"{load.title:32} {plain:8.2f} {composia:8.2f} {composia / plain:6.2f} {command:8.2f} {command / plain:6.2f}"
        )
    for load, turns in found[:2]:
        print(f"\n{load.title}, milliseconds")
        for name, value in where_it_went(turns).items():
            print(f"  {name:24} {value:7.1f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
