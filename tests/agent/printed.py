"""The log of a container as an engine keeps it, for tests that print into it by hand."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

from composia.errors import ComposiaError, NotFound
from composia.plugins.executor_talking import LogLine, LogLines


def columns(lines: list[LogLine]) -> LogLines:
    data = [line.data for line in lines]
    return LogLines(
        at_ns=tuple(line.at_ns for line in lines),
        stderr=tuple(line.stderr for line in lines),
        partial=tuple(line.partial for line in lines),
        ends=tuple(sum(map(len, data[: n + 1])) for n in range(len(data))),
        data=b"".join(data),
    )


@dataclass(kw_only=True)
class Printed:
    """`reads` are the times since which it was asked for. With `refusal` it cannot be read."""

    lines: list[LogLine] = field(default_factory=list)
    is_up: bool = True
    is_there: bool = True
    refusal: Exception | None = None
    reads: list[tuple[int, int]] = field(default_factory=list)
    open: int = 0
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _broken: int = 0
    _early: int = 0
    _late: list[bytes] = field(default_factory=list)

    def print(self, *texts: bytes, at_ns: int = 0, stderr: bool = False) -> None:
        """Print lines, a microsecond apart, or all at that time."""
        for text in texts:
            last = self.lines[-1].at_ns if self.lines else 1_700_000_000_000_000_000
            self.lines.append(LogLine(at_ns or last + 1000, stderr, text))
        self._note()

    def stop(self, *unread: bytes) -> None:
        """The container stops; these last lines come to nobody who follows, as with engines such as 20.10."""
        self._early += bool(unread)
        self.print(*unread)
        self.is_up = False
        self._note()

    def stop_and_hold_back(self, *late: bytes) -> None:
        """The container stops; these last lines come to nobody until they are let go."""
        self._late += late
        self.stop()

    def let_go(self) -> None:
        """What was held back can be read."""
        self.print(*self._late)

    def start(self) -> None:
        """The container runs again."""
        self.is_up = True

    def remove(self) -> None:
        """The container is removed."""
        self.is_there = self.is_up = False
        self._note()

    def break_off(self) -> None:
        """The engine goes away, and is back at once."""
        self._broken += 1
        self._note()

    async def read(self, since_ns: int, tail: int, *, follow: bool) -> AsyncGenerator[LogLines]:
        if not self.is_there:
            raise NotFound("no such container")
        if self.refusal is not None:
            raise self.refusal
        self.reads.append((since_ns, tail))
        early, broken, at = self._early, self._broken, max(0, len(self.lines) - tail) if tail else 0
        self.open += 1
        try:
            while True:
                changed = self._changed
                if early != self._early:
                    return
                while at < len(self.lines):
                    portion = self.lines[at : at + 100]
                    at += len(portion)
                    if wanted := [line for line in portion if line.at_ns >= since_ns]:
                        yield columns(wanted)
                if broken != self._broken:
                    raise ComposiaError("the engine went away")
                if not follow or not self.is_up:
                    return
                await changed.wait()
        finally:
            self.open -= 1

    def _note(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
