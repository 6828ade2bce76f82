"""What simulated containers print: nothing is written down, it follows from when they started and what time it is."""

import zlib
from collections import deque
from collections.abc import AsyncGenerator, Iterator, Sequence
from datetime import UTC, datetime
from itertools import accumulate, count, islice
from math import ceil

import anyio

from composia.builtin_plugins.simulated.world import Made, World, turns_ms
from composia.clock import Clock
from composia.errors import NotFound
from composia.plugins.executor_talking import LogLine, LogLines

_MS = 1_000_000
_AT_ONCE = 1000
_LEAST_S = 0.01
STDERR = "!"
"""What a line begins with that goes there."""


async def read_log(
    world: World,
    clock: Clock,
    container_id: str,
    *,
    since_ns: int = 0,
    until_ns: int = 0,
    tail: int = 0,
    follow: bool = False,
) -> AsyncGenerator[LogLines]:
    """As `Remembering.logs` says; of a container that was started again only what it printed since."""
    after_ns, is_first = since_ns - 1, True
    while True:
        changed, now_ms = world.changed, clock.now_ms()
        made = world.find(container_id, now_ms)
        if made is None:
            if is_first:
                raise NotFound("no such container", where=f"container {container_id[:12]}")
            return
        now_ns = now_ms * _MS
        new = _lines(made, after_ns, min(now_ns, until_ns) if until_ns else now_ns)
        lines = iter(deque(new, maxlen=tail)) if tail and is_first else new
        while portion := list(islice(lines, _AT_ONCE)):
            yield _columns(portion)
            after_ns = portion[-1].at_ns
        if not follow or not made.container.state.is_up:
            return
        is_first = False
        with anyio.move_on_after(_quiet_s(made, now_ms)):
            await changed.wait()


def _quiet_s(made: Made, now_ms: int) -> float | None:
    """How long there is nothing new; None for as long as nothing is done to it."""
    every_ms = made.simulation.every_s * 1000
    due = [at_ms for at_ms in turns_ms(made, now_ms) if at_ms > now_ms]
    if every_ms and made.simulation.prints:
        due.append(ceil(now_ms + every_ms - (now_ms - made.container.started_ms) % every_ms))
    return max(_LEAST_S, (min(due) - now_ms) / 1000) if due else None


def _lines(made: Made, after_ns: int, now_ns: int) -> Iterator[LogLine]:
    """The lines after that time that it has printed by now."""
    container, simulation = made.container, made.simulation
    end_ns = now_ns if made.container.state.is_up else min(now_ns, container.ended_ms * _MS)
    begin_ns, every_ns = container.started_ms * _MS, round(simulation.every_s * 1000) * _MS
    texts = simulation.prints
    first = max(0, (after_ns - begin_ns) // every_ns) if every_ns else 0
    for n in count(first) if every_ns and texts else range(len(texts)):
        at_ns = begin_ns + (n * every_ns or n)
        if at_ns > end_ns:
            break
        if at_ns > after_ns:
            yield _line(at_ns, _filled(texts[n % len(texts)], n, at_ns))
    if not made.container.state.is_up and simulation.says and end_ns + 1 > after_ns:
        yield _line(end_ns + 1, STDERR + simulation.says)


def _filled(text: str, number: int, at_ns: int) -> str:
    if "{" not in text:
        return text
    noise = zlib.crc32(f"{text} {number}".encode())
    moment = datetime.fromtimestamp(at_ns / 1e9, UTC).isoformat(timespec="milliseconds").removesuffix("+00:00")
    values = {"{n}": str(number), "{hex}": f"{noise:08x}", "{ms}": str(1 + noise % 900), "{time}": f"{moment}Z"}
    for word, value in values.items():
        text = text.replace(word, value)
    return text


def _line(at_ns: int, text: str) -> LogLine:
    stderr = text.startswith(STDERR)
    return LogLine(at_ns, stderr, text.removeprefix(STDERR).encode())


def _columns(lines: Sequence[LogLine]) -> LogLines:
    return LogLines(
        at_ns=tuple(line.at_ns for line in lines),
        stderr=tuple(line.stderr for line in lines),
        partial=(False,) * len(lines),
        ends=tuple(accumulate(len(line.data) for line in lines)),
        data=b"".join(line.data for line in lines),
    )
