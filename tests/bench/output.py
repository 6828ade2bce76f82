"""How fast a task's output comes to the server, and whether that slows the task: `./dev bench output [MIB] [ROUNDS]`.

A stop prints so many MiB of lines. Measured is how long the printing program takes as a task and, in turns, run from here
with its output into a file; and how long it takes until the server has all of it on its disk. Printed are medians.
"""

import statistics
import sys
import time
from pathlib import Path

from tests.bench.stopping import Stopping, stopping

LINE = "0123456789abcdef" * 4
COMMAND = f"awk 'BEGIN {{{{ for (n = 0; n < {{lines}}; n++) print substr(n + 10000000 \"{LINE}\", 1, 63) }}}}'"
MIB = 1024 * 1024


def printed_as_task(bench: Stopping, size: int) -> tuple[float, float]:
    """Seconds that the program took, and seconds from its start until the server had all."""
    bench.by_composia()
    output = bench.fleet.server_data / "output"
    newest = max(output.iterdir(), key=lambda path: path.stat().st_mtime_ns)
    while newest.stat().st_size < size:
        time.sleep(0.01)
    return bench.ended - bench.begun, newest.stat().st_mtime - bench.begun


def printed_here(bench: Stopping, out: Path) -> float:
    """Seconds that the same program takes from here."""
    bench.here(out)
    out.unlink()
    return bench.ended - bench.begun


def main(mib: int, rounds: int) -> None:
    """Measure and print."""
    rows: list[tuple[float, float, float]] = []
    with stopping(COMMAND.format(lines=mib * MIB // 64)) as bench:
        for number in range(rounds + 1):
            alone = printed_here(bench, bench.record.with_suffix(".out"))
            task, kept = printed_as_task(bench, mib * MIB)
            if number:  # the first round warms caches
                rows.append((alone, task, kept))
    alone, task, kept = (statistics.median(column) for column in zip(*rows, strict=True))
    print(f"printing {mib} MiB from here  {alone:6.2f} s")
    print(f"printing {mib} MiB as a task  {task:6.2f} s, ratio {task / alone:.2f}")
    print(f"until the server has it    {kept:6.2f} s, {mib / kept:.0f} MiB/s")


if __name__ == "__main__":
    main(*(int(text) for text in sys.argv[1:]), *(100, 5)[len(sys.argv) - 1 :])
