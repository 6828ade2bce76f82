"""Logs of containers: lines of bytes, each with the time that the engine gave it."""

from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, kw_only=True)
class LogSource:
    """What printed a line: a container (`id` and `name`), made for service `container` of the Compose file of `service`."""

    service: str
    container: str
    name: str
    id: str


@dataclass(frozen=True, kw_only=True)
class ForwardedLogs:
    """Lines of one container on their way to the server, in columns: the same place in each is the same line.

    `spool` names the agent's store and `number` this batch in it, from 1 and without gaps: who has kept a number of a spool
    has kept all before it. `at_ns` are nanoseconds UTC by the node's clock, `stderr` tells which stream it was, and line i is
    `data[ends[i-1]:ends[i]]`, without its newline. A line that is longer than 1 MiB comes in pieces; all but the last end in
    no newline, and `partial` says so.
    """

    spool: str
    number: int
    source: LogSource
    at_ns: tuple[int, ...]
    stderr: tuple[bool, ...]
    partial: tuple[bool, ...]
    ends: tuple[int, ...]
    data: bytes


@dataclass(frozen=True, kw_only=True)
class LogsKept:
    """The batch with that number, and all before it, are kept."""

    spool: str
    number: int


@dataclass(frozen=True, kw_only=True)
class LogsQuery:
    """Which lines. Empty tuples are all. Times are milliseconds UTC, 0 is open; `tail` is how many of the last lines, 0 for
    all. `grep` is what a line has to contain: a text, or with `regex` an expression, in any case with `ignore_case`.
    `follow` goes on with what comes; `live` asks the containers instead of what is kept. `cursor` goes on where a page's
    cursor was, with the same other values."""

    services: tuple[str, ...] = ()
    containers: tuple[str, ...] = ()
    nodes: tuple[str, ...] = ()
    since_ms: int = 0
    until_ms: int = 0
    tail: int = 0
    grep: str = ""
    regex: bool = False
    ignore_case: bool = False
    follow: bool = False
    live: bool = False
    cursor: str = ""


@dataclass(frozen=True, kw_only=True)
class LogEntry:
    """A line as it is read; a `partial` one goes on in the next one of its container and stream."""

    node: str
    source: LogSource
    at_ns: int
    stderr: bool
    data: bytes
    partial: bool = False


@dataclass(frozen=True, kw_only=True)
class LogPage:
    """The next lines, by time as far as they were there already. A page without lines keeps the stream alive; `note` says
    what is missing, in a line. `cursor` is where to go on after it; who asks the containers gets none. Who follows gets a
    page without lines and with a cursor once all that is kept has been looked through, and none such before."""

    entries: tuple[LogEntry, ...] = ()
    note: str = ""
    cursor: str = ""


def rfc3339(at_ns: int) -> str:
    """The time of a line as text, UTC, with all of its nanoseconds."""
    seconds, rest = divmod(at_ns, 1_000_000_000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:09}Z"


def as_text(data: bytes) -> tuple[str, bool]:
    """A line as text, and whether it is: where it is no UTF-8, U+FFFD stands for what is none."""
    try:
        return data.decode(), True
    except UnicodeDecodeError:
        return data.decode(errors="replace"), False
