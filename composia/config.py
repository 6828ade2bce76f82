"""The configuration of server and agent: a YAML file, each key also a flag. Unknown keys are refused with their place.

`example/server.yaml` and `example/agent.yaml` hold every key with its default; they are the documentation, what
`composia config example` prints, and the input of a test.
"""

from collections.abc import Mapping as AbstractMapping
from importlib import resources
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec

from composia.core.definition.document import Mapping, Node, Scalar, Sequence, Unreadable, read_documents, resolve
from composia.errors import Invalid, NotFound

Section = dict[str, Any]


class _Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What all of it has in common: unknown keys are refused."""


class TlsConfig(_Config, frozen=True):
    """`auto`: a CA and certificate of our own; `files`: the given ones; `off`: only on loopback."""

    mode: Literal["auto", "files", "off"] = "auto"
    certificate: str = ""
    key: str = ""


class LogConfig(_Config, frozen=True):
    """How the program logs, to stderr."""

    format: Literal["console", "json"] = "console"
    level: Literal["debug", "info", "warning", "error"] = "info"


class PluginsConfig(_Config, frozen=True):
    """Where plugins lie; empty means `plugins` in the data directory."""

    directory: str = ""


class ServerConfig(_Config, frozen=True):
    """`composia server`. Sections named as extension points choose a provider and carry its own keys."""

    data: str = "/var/lib/composia"
    listen: str = "127.0.0.1:8443"
    public_urls: tuple[str, ...] = ()
    tls: TlsConfig = TlsConfig()
    sync_interval_s: float = 60.0
    heartbeat_s: float = 5.0
    lease_s: float = 60.0
    log: LogConfig = LogConfig()
    plugins: PluginsConfig = PluginsConfig()
    source: Section = msgspec.field(default_factory=lambda: {"provider": "git"})
    queue: Section = msgspec.field(default_factory=lambda: {"provider": "sqlite"})
    transport: Section = msgspec.field(default_factory=lambda: {"provider": "connect"})
    auth: tuple[Section, ...] = msgspec.field(default_factory=lambda: ({"provider": "tokens"},))
    scheduler: Section = msgspec.field(default_factory=lambda: {"provider": "fair"})
    node_selector: Section = msgspec.field(default_factory=lambda: {"provider": "spread"})
    routes: tuple[Section, ...] = msgspec.field(default_factory=lambda: ({"provider": "web_ui"},))


class AgentConfig(_Config, frozen=True):
    """`composia agent`."""

    server: str = ""
    node: str = ""
    data: str = "/var/lib/composia-agent"
    token_file: str = ""
    ca_file: str = ""
    labels: dict[str, str] = {}
    project_prefix: str = ""
    capacity: int = 4
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
        content = file.read_bytes()
    except FileNotFoundError as error:
        raise NotFound("no such configuration file", where=str(file), hint="composia config example") from error
    except OSError as error:
        raise Invalid(f"cannot be read: {error.strerror}", where=str(file)) from error
    try:
        documents = read_documents(content, str(file))
    except Unreadable as unreadable:
        raise Invalid(unreadable.problem.message, where=unreadable.problem.where) from unreadable
    if not documents:
        return kind()
    root = documents[0]
    try:
        return msgspec.convert(_plain(root), kind, strict=True)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `$")
        place = _find(root, path.rstrip("`"))
        raise Invalid(
            message.lower(), where=f"{file}:{place.line}:{place.column}", hint="composia config example"
        ) from error


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


def _find(node: Node, path: str) -> Node:
    """The node that msgspec's path (`.tls.mode`, `.auth[0]`) leads to, or the last one on the way."""
    for part in path.replace("[", ".[").split(".")[1:]:
        if isinstance(node, Mapping):
            node = node.get(part) or node
        elif isinstance(node, Sequence) and part.strip("[]").isdigit():
            node = node.items[int(part.strip("[]"))]
    return node
