"""The extension point `executor`, third part: the logs of containers, and commands in them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from composia.core.tunnel import ExecTarget


@dataclass(frozen=True, kw_only=True)
class LogLine:
    """A line of a container's log: when the engine took it (nanoseconds UTC), which stream it was, and its bytes without the
    newline. `partial` says that the line goes on in the next one of its stream."""

    at_ns: int
    stderr: bool
    data: bytes
    partial: bool = False


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


class Talking(Protocol):
    """Promises, each tested by `composia.plugins.testing.executor_talking`:

    1. `logs` gives all lines since `since_ns` (inclusive: lines of the same nanosecond come again), in order, some at a time;
       with `follow` it goes on until the container is removed or the stream breaks with `Unavailable`, else it ends. A line
       is whole, or its pieces say that they are `partial`.
    2. `NotFound` for a container that is no more, `NotPossible` for a log that cannot be read (another log driver), with what
       would be right.
    3. Any number of followers and commands may be open at once; a slow one holds up no other.
    4. A command that cannot be started (no such program, container not running) is `NotPossible` with the engine's words.
    """

    def logs(
        self, container_id: str, *, since_ns: int = 0, until_ns: int = 0, tail: int = 0, follow: bool = False
    ) -> AsyncIterator[tuple[LogLine, ...]]:
        """The log of a container; `tail` 0 is all of it."""
        ...

    async def exec(self, target: ExecTarget) -> Command:
        """Start a command in a container."""
        ...
