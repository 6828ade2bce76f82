"""What it costs to keep logs and to search them: `./dev bench search [MIB] [ROUNDS]`.

So many MiB of lines, as a web server prints them, are kept by the sink `files`, of three services on four nodes; then they are
searched. Beside it stand `zgrep -c` over the same lines in gzip, `zstdcat | grep -c` over the very files of the sink, and ripgrep
over the plain lines, as far as they are installed. All files are in the system's cache. Printed are the best rounds, as they
passed on the clock and in processor time, which tells more on a machine that is busy.
"""

import asyncio
import gzip
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from composia.builtin_plugins.log_files.config import FilesConfig
from composia.builtin_plugins.log_files.sink import FilesSink
from composia.clock import SystemClock
from composia.core.container_log import LogsQuery
from composia.plugins.log_sink import LogWindow
from composia.plugins.testing.log_lines import NOON_NS, batch, source

MIB = 1024 * 1024
BATCH = 64 * 1024
DIFFERENT = 509
"""Batches, after which they come again: too far from each other for a block to have one twice."""
NODES, SERVICES = 4, ("shop", "api", "db")
PATHS = ("/api/v1/users", "/api/v1/orders", "/health", "/static/app.js", "/login")
STEP_NS = 1_000_000

QUERIES = {
    "text, rare": LogsQuery(grep="id=123456 "),
    "text, one line in 5000": LogsQuery(grep='" 500 999'),
    "text, no case": LogsQuery(grep="ID=123456 ", ignore_case=True),
    "expression": LogsQuery(grep=r"id=1234\d\d .* 500 ", regex=True),
    "expression, no case": LogsQuery(grep=r"(timeout|refused|id=12345\d )", regex=True, ignore_case=True),
    "text, one service": LogsQuery(grep="id=123456 ", services=("api",)),
    "last 100 lines": LogsQuery(tail=100),
    "last 100 of a rare text": LogsQuery(tail=100, grep="id=123456 "),
}


def lines(count: int, rng: random.Random) -> Iterator[bytes]:
    """So many, of about 128 bytes."""
    for _ in range(count):
        host = ".".join(str(rng.randint(1, 254)) for _ in range(4))
        yield (
            f'{host} - - [26/Nov/2026:03:{rng.randint(0, 59):02}:{rng.randint(0, 59):02} +0000] "GET {rng.choice(PATHS)}'
            f'?id={rng.randint(1, 10**6)} HTTP/1.1" {rng.choice((200, 200, 200, 404, 500))} {rng.randint(100, 99_999)}'
            ' "-" "curl/8.5.0"'
        ).encode()


async def fill(sink: FilesSink, mib: int, plain: Path) -> tuple[int, int, float]:
    """Keep them; how many bytes and lines there are, and the seconds that keeping took."""
    rng, total, count, took, number = random.Random(1), 0, 0, 0.0, 0
    different = [list(lines(BATCH // 128, rng)) for _ in range(DIFFERENT)]
    with plain.open("wb") as file:
        while total < mib * MIB:
            number += 1
            some = different[number % DIFFERENT]
            at_ns = NOON_NS + count * STEP_NS
            one = batch(number, some, of=source(SERVICES[number % 3]), at_ns=at_ns, step_ns=STEP_NS)
            begun = time.perf_counter()
            await sink.append(f"n{number % NODES}", one)
            took += time.perf_counter() - begun
            text = b"".join(line + b"\n" for line in some)
            file.write(text)
            total, count = total + len(text), count + len(some)
    return total, count, took


@dataclass(frozen=True, order=True)
class Took:
    """Seconds of the clock and of processors, and how many lines were found."""

    clock_s: float
    cpu_s: float
    lines: int

    def show(self, name: str, total: int) -> None:
        """A row."""
        print(
            f"  {name:44} {self.clock_s:7.3f} s {total / MIB / self.clock_s:7.0f} MiB/s   "
            f"cpu {self.cpu_s:7.3f} s {total / MIB / self.cpu_s:7.0f} MiB/s   {self.lines:>7} lines"
        )


async def found(sink: FilesSink, query: LogsQuery) -> Took:
    """Ask once."""
    begun, cpu, count = time.perf_counter(), time.process_time(), 0
    async for page in sink.read(query, LogWindow(upto=sink.position())):
        count += len(page)
    return Took(time.perf_counter() - begun, time.process_time() - cpu, count)


def beside(name: str, total: int, command: str, rounds: int, *, where: Path) -> None:
    """The same with another program."""
    if not shutil.which(name):
        print(f"  {name}: not installed")
        return

    def run() -> Took:
        begun, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, cwd=where, check=False)
        took, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return Took(took, cpu, int(done.stdout.split()[-1]))

    min(run() for _ in range(rounds)).show(command, total)


async def measure(mib: int, rounds: int, directory: Path) -> None:
    """Fill, search, and print."""
    plain, data = directory / "plain.log", directory / "logs"
    sink = FilesSink(data, SystemClock(), FilesConfig())
    total, count, took = await fill(sink, mib, plain)
    size = sum(path.stat().st_size for path in data.rglob("*.zst"))
    print(f"{total / MIB:.0f} MiB of {count} lines in batches of {BATCH // 1024} KiB from {NODES} nodes")
    print(f"kept at {total / MIB / took:.0f} MiB/s, {count / took:.0f} lines/s; {size / total:.1%} of that on the disk")
    for name, query in QUERIES.items():
        min([await found(sink, query) for _ in range(rounds)]).show(name, total)
    await sink.close()
    print("the rare text with other programs:")
    with plain.open("rb") as source_file, gzip.open(directory / "plain.log.gz", "wb", compresslevel=6) as packed:
        shutil.copyfileobj(source_file, packed, MIB)
    beside("zgrep", total, "zgrep -c 'id=123456 ' plain.log.gz", rounds, where=directory)
    beside("zstdcat", total, "zstdcat logs/*/*/*.zst | grep -c 'id=123456 '", rounds, where=directory)
    beside("rg", total, "rg -c 'id=123456 ' plain.log", rounds, where=directory)


def main(mib: int, rounds: int) -> None:
    """Measure in a directory that goes afterwards."""
    with tempfile.TemporaryDirectory() as directory:
        asyncio.run(measure(mib, rounds, Path(directory)))


if __name__ == "__main__":
    main(*(int(text) for text in sys.argv[1:]), *(1024, 3)[len(sys.argv) - 1 :])
