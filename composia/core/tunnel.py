"""A tunnel: one stream from a person through the server and the agent to a container, opened by the agent when asked."""

from dataclasses import dataclass

from composia.core.task import TaskError


@dataclass(frozen=True, kw_only=True)
class ExecTarget:
    """A command in a container. `tty` gives it a terminal of `rows` and `columns`; then all output is one stream. An empty
    `user` or `directory` is the container's own."""

    container_id: str
    argv: tuple[str, ...]
    tty: bool = False
    stdin: bool = False
    rows: int = 0
    columns: int = 0
    user: str = ""
    directory: str = ""
    environment: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class LogsTarget:
    """The log of a container, straight from the engine: with `tail` its last lines (0 is all), then with `follow` what
    comes. Times are milliseconds UTC by the node's clock, 0 is open. Each line begins with its time, as the engine gives it.
    Docker counts pieces of 16 KiB, not lines: of lines that are longer `tail` gives fewer, and the first of them may lack its
    beginning."""

    container_id: str
    since_ms: int = 0
    until_ms: int = 0
    tail: int = 0
    follow: bool = False


# --- from the agent


@dataclass(frozen=True, kw_only=True)
class TunnelOpened:
    """The first message: which tunnel this is, as the server named it. It comes once the command runs, or could not be
    started, and then it has the `error` and nothing follows."""

    tunnel: str
    error: TaskError | None = None


@dataclass(frozen=True, kw_only=True)
class Output:
    """Bytes that came out."""

    data: bytes
    stderr: bool = False


@dataclass(frozen=True, kw_only=True)
class Exited:
    """It has ended, and so does the tunnel. `code` is the command's own, 0 for a log."""

    code: int = 0


@dataclass(frozen=True, kw_only=True)
class TunnelFailed:
    """It could not be done, or broke, and the tunnel ends."""

    error: TaskError


# --- to the agent


@dataclass(frozen=True, kw_only=True)
class Input:
    """Bytes that go in."""

    data: bytes


@dataclass(frozen=True, kw_only=True)
class InputEnd:
    """Nothing more goes in."""


@dataclass(frozen=True, kw_only=True)
class Resize:
    """The terminal has another size now."""

    rows: int
    columns: int


@dataclass(frozen=True, kw_only=True)
class Signal:
    """Send the command a signal, by its name, such as INT."""

    name: str


TunnelUp = TunnelOpened | Output | Exited | TunnelFailed
TunnelDown = Input | InputEnd | Resize | Signal


# --- between people and the server


@dataclass(frozen=True, kw_only=True)
class ExecStart:
    """The first message of a person: where to run what. `container` is a name of the Compose file and may be empty where the
    service has one only, `node` where it is on one only."""

    service: str
    container: str = ""
    node: str = ""
    argv: tuple[str, ...] = ()
    tty: bool = False
    stdin: bool = False
    rows: int = 0
    columns: int = 0
    user: str = ""
    directory: str = ""
    environment: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ExecStarted:
    """The command runs: on that node, in the container of that name."""

    node: str
    container: str


ExecInput = ExecStart | Input | InputEnd | Resize | Signal
ExecOutput = ExecStarted | Output | Exited
