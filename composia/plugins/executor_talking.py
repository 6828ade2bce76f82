"""The extension point `executor`, third part: the logs of containers, and commands in them."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from composia.core.tunnel import ExecTarget


class LogLine(NamedTuple):
    """A line of a container's log: when the engine took it (nanoseconds UTC), which stream it was, and its bytes without the
    newline. `partial` says that the line goes on in the next one of its stream."""

    at_ns: int
    stderr: bool
    data: bytes
    partial: bool = False


@dataclass(frozen=True, kw_only=True)
class LogLines:
    """Some lines of one log, in order and in columns, because they may be very many: the same place in each is the same line,
    and line i is `data[ends[i-1]:ends[i]]`."""

    at_ns: tuple[int, ...]
    stderr: tuple[bool, ...]
    partial: tuple[bool, ...]
    ends: tuple[int, ...]
    data: bytes

    def __len__(self) -> int:
        return len(self.at_ns)

    def __iter__(self) -> Iterator[LogLine]:
        """One line after the other."""
        begin = 0
        for at_ns, stderr, partial, end in zip(self.at_ns, self.stderr, self.partial, self.ends, strict=True):
            yield LogLine(at_ns, stderr, self.data[begin:end], partial)
            begin = end


class Command(Protocol):
    """A command that runs in a container. It is ended when it is closed, and does not stay behind."""

    def output(self) -> AsyncIterator[tuple[bool, bytes]]:
        """What comes out, each piece with whether it was stderr, until it has ended. A reader who is slow slows the command,
        nothing is dropped."""
        ...

    async def write(self, data: bytes) -> None:
        """Put bytes in; returns when there is room for more."""
        ...

    async def end_input(self) -> None:
        """Nothing more goes in."""
        ...

    async def resize(self, rows: int, columns: int) -> None:
        """Its terminal has another size now."""
        ...

    async def signal(self, name: str) -> None:
        """Send it a signal, such as INT. `NotPossible` when there is none of that name."""
        ...

    async def exit_code(self) -> int:
        """Its exit code, once it has ended."""
        ...

    async def close(self) -> None:
        """End it, if it still runs: HUP, grace, KILL."""
        ...


class Remembering(Protocol):
    """Promises, each tested by `composia.plugins.testing.executor_logs`:

    1. `logs` gives all lines since `since_ns` (inclusive: lines of the same nanosecond come again), in order, some at a time
       (2 MiB at most); with `follow` it goes on until the container stops, else it ends with what there is; an engine that
       goes away breaks it with `Unavailable`. A line is whole, or, over 1 MiB, in pieces of that size that say that they are
       `partial`; the same log is always cut the same.
    2. `NotFound` for a container that is no more, `NotPossible` for a log that cannot be read (another log driver), with what
       would be right.
    3. Any number of followers may be open at once; a slow one holds up no other.
    """

    def logs(
        self, container_id: str, *, since_ns: int = 0, until_ns: int = 0, tail: int = 0, follow: bool = False
    ) -> AsyncGenerator[LogLines]:
        """The log of a container; `tail` 0 is all of it, and what it counts are the pieces that the engine keeps lines in (16 KiB
        with Docker), so that the first line may lack its beginning. Close it."""
        ...


class Commanding(Protocol):
    """Promises, each tested by `composia.plugins.testing.executor_exec`:

    1. What goes into a command and comes out of it is passed on as it is, however much it is; its exit code is its own.
    2. A reader who is slow slows the command, and a command that is slow whoever writes to it; nothing is dropped. Any number
       of commands may run at once; a slow one holds up no other.
    3. One that cannot be started (no such program, container not running) is `NotPossible` with the engine's words, and
       `NotFound` where there is no such container.
    4. With a terminal it has the size that was asked for, and every one that comes later; signals reach it.
    5. When a command is closed, nothing of it stays in the container, also what it has started itself in its session. What an
       agent that was killed left there, `end_left_behind` ends.
    """

    async def exec(self, target: ExecTarget) -> Command:
        """Start a command in a container."""
        ...

    async def end_left_behind(self) -> None:
        """End the commands of an agent that was killed. `Unavailable` when the engine does not answer."""
        ...
