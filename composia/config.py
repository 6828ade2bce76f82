"""The configuration of server and agent: a YAML file; what differs from host to host is also a flag. Unknown keys are refused with their place.

`example/server.yaml` and `example/agent.yaml` hold every key with its default; they are the documentation, what
`composia config example` prints, and the input of a test.
"""

import re
from collections.abc import Callable
from collections.abc import Mapping as AbstractMapping
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin, get_type_hints

import msgspec

from composia.core.attempt import Retries
from composia.core.definition.document import (
    MAX_BYTES,
    Mapping,
    Node,
    Scalar,
    Sequence,
    Unreadable,
    read_documents,
    resolve,
)
from composia.core.schedule import Missed, Schedule
from composia.core.service import NAME
from composia.core.step import StepName, StepTimeout, Timeouts
from composia.core.suggest import did_you_mean
from composia.core.task import PruneTarget, TaskKind
from composia.errors import Invalid, NotFound, of_the_system

Section = dict[str, Any]
Seconds = Annotated[float, msgspec.Meta(gt=0, le=1e9)]
Days = Annotated[float, msgspec.Meta(gt=0, le=36_500)]
Count = Annotated[int, msgspec.Meta(gt=0)]
Checked = TypeVar("Checked", bound=msgspec.Struct)


class _Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What all of it has in common: unknown keys are refused."""


class TlsConfig(_Config, frozen=True):
    """`auto`: a CA and certificate of our own; `files`: the given ones, with the `ca` that agents are to trust, unless the
    hosts' own CAs vouch for them; `off`: only on loopback."""

    mode: Literal["auto", "files", "off"] = "auto"
    certificate: str = ""
    key: str = ""
    ca: str = ""


class LogConfig(_Config, frozen=True):
    """How the program logs, to stderr."""

    format: Literal["console", "json"] = "console"
    level: Literal["debug", "info", "warning", "error"] = "info"


class PluginsConfig(_Config, frozen=True):
    """Where plugins lie; empty means `plugins` in the data directory."""

    directory: str = ""


class TimeoutsConfig(_Config, frozen=True):
    """How long an attempt may take, and single steps of it; a service's own `deploy.timeouts` goes before."""

    task_s: Seconds = 1800.0
    steps_s: dict[StepName, Seconds] = {}

    @property
    def timeouts(self) -> Timeouts:
        """As the domain has them."""
        steps = (StepTimeout(step=step, seconds=seconds) for step, seconds in self.steps_s.items())
        return Timeouts(task_s=self.task_s, steps=tuple(steps))


class RetriesConfig(_Config, frozen=True):
    """How often work that was interrupted and may be repeated is tried in all, and how long it waits after the first
    time; after each further one twice as long, at most a minute."""

    attempts: Count = 3
    backoff_s: Seconds = 5.0

    @property
    def retries(self) -> Retries:
        """As the domain has them."""
        return Retries(attempts=self.attempts, backoff_ms=round(self.backoff_s * 1000))


class RetentionConfig(_Config, frozen=True):
    """For how long what has ended is kept, and how much of it."""

    deployments_days: Days = 90.0
    audit_days: Days = 365.0
    output_days: Days = 30.0
    output_mib: Count = 4096
    releases: Count = 20


class ScheduleConfig(_Config, frozen=True):
    """Work that the clock asks for: `do` at the times of a cron expression in a time zone. A deploy of no services is one of
    all that changed, or of `all`; other work names its services, a prune its nodes, or is of all nodes. `missed` says what
    becomes of times that passed while the server was away."""

    name: str
    cron: str
    do: TaskKind
    timezone: str = "UTC"
    services: tuple[str, ...] = ()
    nodes: tuple[str, ...] = ()
    all: bool = False
    pull: bool = False
    prune: tuple[PruneTarget, ...] = ()
    missed: Missed = Missed.SKIP
    jitter_s: Annotated[float, msgspec.Meta(ge=0, le=86_400)] = 0.0

    def __post_init__(self) -> None:
        """What does not go together."""
        deploys, prunes = self.do is TaskKind.DEPLOY, self.do is TaskKind.PRUNE
        if not NAME.fullmatch(self.name):
            raise ValueError(f"{self.name[:80]!r} is no name for a schedule; small letters, digits, - and _")
        if (self.all or self.pull) and not deploys:
            raise ValueError("all and pull go with do: deploy")
        if self.prune and not prunes:
            raise ValueError("prune goes with do: prune")
        if self.services and (self.all or prunes):
            raise ValueError("services go neither with all nor with do: prune")
        if not (self.services or deploys or prunes):
            raise ValueError(f"do: {self.do} needs services")

    @property
    def schedule(self) -> Schedule:
        """As the domain has it."""
        return Schedule(
            name=self.name,
            cron=self.cron,
            timezone=self.timezone,
            kind=self.do,
            services=self.services,
            nodes=self.nodes,
            all=self.all,
            pull=self.pull,
            prune=self.prune,
            missed=self.missed,
            jitter_s=self.jitter_s,
        )


class LocalAgentConfig(_Config, frozen=True):
    """The agent that the server runs on its own host, if it is to. Empty are: the host's name, `agent` in the data
    directory, the defaults."""

    run: bool = False
    node: str = ""
    data: str = ""
    config: str = ""


class ServerConfig(_Config, frozen=True):
    """`composia server`. Sections named as extension points choose a provider and carry its own keys."""

    data: str = "/var/lib/composia"
    listen: str = "127.0.0.1:8443"
    public_urls: tuple[str, ...] = ()
    tls: TlsConfig = TlsConfig()
    sync_interval_s: Seconds = 60.0
    heartbeat_s: Seconds = 5.0
    lease_s: Seconds = 60.0
    wait_s: Seconds = 86_400.0
    node_credential_days: Days = 90.0
    timeouts: TimeoutsConfig = TimeoutsConfig()
    retries: RetriesConfig = RetriesConfig()
    retention: RetentionConfig = RetentionConfig()
    agent: LocalAgentConfig = LocalAgentConfig()
    schedules: tuple[ScheduleConfig, ...] = ()
    log: LogConfig = LogConfig()
    plugins: PluginsConfig = PluginsConfig()
    source: Section = msgspec.field(default_factory=lambda: {"provider": "git"})
    queue: Section = msgspec.field(default_factory=lambda: {"provider": "sqlite"})
    transport: Section = msgspec.field(default_factory=lambda: {"provider": "connect"})
    auth: tuple[Section, ...] = msgspec.field(
        default_factory=lambda: ({"provider": "tokens"}, {"provider": "sessions"})
    )
    scheduler: Section = msgspec.field(default_factory=lambda: {"provider": "fair"})
    node_selector: Section = msgspec.field(default_factory=lambda: {"provider": "spread"})
    log_sinks: tuple[Section, ...] = msgspec.field(default_factory=lambda: ({"provider": "files"},))
    metrics: Section = msgspec.field(default_factory=lambda: {"provider": "history"})
    routes: tuple[Section, ...] = msgspec.field(
        default_factory=lambda: ({"provider": "web_ui"}, {"provider": "api_reference"})
    )

    def __post_init__(self) -> None:
        """A lease is renewed by heartbeats, so it must outlive one that comes late; schedules are told apart by name."""
        if self.lease_s < 2 * self.heartbeat_s:
            raise ValueError(f"lease_s must be at least two heartbeats, {2 * self.heartbeat_s:g}")
        names = [schedule.name for schedule in self.schedules]
        if len(set(names)) < len(names):
            raise ValueError("two schedules have one name")


class AgentLogsConfig(_Config, frozen=True):
    """How much of the logs of containers is kept on the node while the server does not have it yet."""

    spool_mib: Count = 256


class AgentConfig(_Config, frozen=True):
    """`composia agent`."""

    server: str = ""
    node: str = ""
    data: str = "/var/lib/composia-agent"
    join_file: str = ""
    token_file: str = ""
    ca_file: str = ""
    labels: dict[str, str] = {}
    project_prefix: str = ""
    capacity: Count = 4
    logs: AgentLogsConfig = AgentLogsConfig()
    log: LogConfig = LogConfig()
    plugins: PluginsConfig = PluginsConfig()
    transport: Section = msgspec.field(default_factory=lambda: {"provider": "connect"})
    executor: Section = msgspec.field(default_factory=lambda: {"provider": "compose"})


Config = TypeVar("Config", ServerConfig, AgentConfig)


def load_config(kind: type[Config], file: Path | None) -> Config:
    """The configuration in a file; without one, the defaults. `Invalid` names file, line and key."""
    if file is None:
        return kind()
    try:
        with file.open("rb") as opened:
            content = opened.read(MAX_BYTES + 1)  # it may be a device without end
    except FileNotFoundError as error:
        raise NotFound("no such configuration file", where=str(file), hint="composia config example") from error
    except OSError as error:
        told = of_the_system(error)
        raise Invalid(f"cannot be read: {told.message}", where=str(file), hint=told.hint) from error
    try:
        documents = read_documents(content, str(file))
    except Unreadable as unreadable:
        problem = unreadable.problem
        raise Invalid(problem.message, where=problem.where, hint=problem.hint) from unreadable
    if not documents:
        return kind()
    if len(documents) > 1:
        place = f"{file}:{documents[1].line}:{documents[1].column}"
        raise Invalid("a second document begins here", where=place, hint="one file, one document")
    root = documents[0]

    def where(path: str, key: str) -> str:
        place = _find(root, path, key)
        return f"{file}:{place.line}:{place.column}"

    return check(_plain(root), kind, where)


def check(data: object, kind: type[Checked], where: Callable[[str, str], str]) -> Checked:
    """Plain values as a Struct. `Invalid` says what is wrong; `where` makes its place from a path (`.tls`, `.auth[0]`)
    and, for an unknown key, that key."""
    try:
        return msgspec.convert(data, kind, strict=True)
    except msgspec.ValidationError as error:
        message, _, rest = str(error).partition(" - at `")
        path = rest.removeprefix("key` in `").removeprefix("$").rstrip("`")
        unknown, expected = re.search("unknown field `(.*)`", message), _type_at(kind, path)
        if unknown:
            hint = did_you_mean(unknown[1], getattr(expected, "__struct_encode_fields__", ()))
            raise Invalid(f"unknown key {unknown[1]}", where=where(path, unknown[1]), hint=hint) from error
        if rest.startswith("key`") and (key := re.search("'(.*)'", message)):
            hint = f"one of {', '.join(get_args(expected)[0])}"
            raise Invalid(f"unknown key {key[1]}", where=where(path, key[1]), hint=hint) from error
        hint = f"one of {', '.join(get_args(expected))}" if get_origin(expected) is Literal else ""
        raise Invalid(message[:1].lower() + message[1:], where=where(path, ""), hint=hint) from error


def example(kind: Literal["server", "agent"]) -> str:
    """The commented example of a configuration file."""
    return resources.files("composia.example").joinpath(f"{kind}.yaml").read_text("utf-8")


def as_data(config: ServerConfig | AgentConfig) -> AbstractMapping[str, Any]:
    """A configuration as plain values, for showing it."""
    data: AbstractMapping[str, Any] = msgspec.to_builtins(config)
    return data


def _plain(node: Node) -> object:
    if isinstance(node, Mapping):
        return {key: _plain(value) for key, (_, value) in node.entries.items()}
    if isinstance(node, Sequence):
        return [_plain(item) for item in node.items]
    assert isinstance(node, Scalar)
    return resolve(node)


def _type_at(kind: Any, path: str) -> Any:
    """The type at a path, as far as it leads from Struct to Struct; else None."""
    for part in path.split(".")[1:]:
        kind = get_type_hints(kind).get(part) if isinstance(kind, type) else None
    return kind


def _find(node: Node, path: str, key: str) -> Node:
    """The node that msgspec's path (`.tls.mode`, `.auth[0]`) leads to, or the last one on the way; with a key, the
    key's own node in it."""
    for part in path.replace("[", ".[").split(".")[1:]:
        if isinstance(node, Mapping):
            node = node.get(part) or node
        elif isinstance(node, Sequence) and part.strip("[]").isdigit():
            node = node.items[int(part.strip("[]"))]
    return node.entries[key][0] if isinstance(node, Mapping) and key in node.entries else node
