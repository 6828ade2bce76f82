"""A service: a directory in the repository with `composia-meta.yaml` and Compose files."""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from composia.core.container import Port
from composia.core.problem import Problem, Severity
from composia.core.step import Timeouts

NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
"""What the names of services, nodes and Compose projects look like (Compose's own rule for projects)."""

META_FILE = "composia-meta.yaml"


class OnFailure(StrEnum):
    """What a deployment does with the remaining nodes when one failed."""

    PAUSE = "pause"
    CONTINUE = "continue"


@dataclass(frozen=True, kw_only=True)
class HealthPolicy:
    """When an instance counts as up. Seconds."""

    deadline_s: float = 120.0
    stable_for_s: float = 3.0


@dataclass(frozen=True, kw_only=True)
class RolloutPolicy:
    """How a change goes over the nodes: `canary` nodes first, then `max_parallel` at a time. Where `timeouts` say
    nothing, the server's configuration does."""

    max_parallel: int = 1
    canary: int = 0
    pause_s: float = 0.0
    on_failure: OnFailure = OnFailure.PAUSE
    health: HealthPolicy = field(default_factory=HealthPolicy)
    timeouts: Timeouts = field(default_factory=Timeouts)


@dataclass(frozen=True, kw_only=True)
class PlacementRule:
    """The selector chooses `count` nodes with all `labels`, as few per value of label `spread` as possible."""

    count: int = 1
    labels: tuple[tuple[str, str], ...] = ()
    spread: str = ""


@dataclass(frozen=True, kw_only=True)
class LogsRule:
    """Whether the logs of its containers are collected, but for those of the Compose services in `without`."""

    collect: bool = True
    without: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Demands:
    """What the Compose files ask of a node, as far as can be told without Compose: the `ports` of the host that are fixed,
    the platform of each container service that names one, and the named `volumes`, as Compose calls them in the file."""

    ports: tuple[Port, ...] = ()
    platforms: tuple[tuple[str, str], ...] = ()
    volumes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Service:
    """A definition that can be deployed. Paths in `compose_files` are relative to `directory`."""

    name: str
    directory: str
    project: str
    compose_files: tuple[str, ...]
    enabled: bool = True
    nodes: tuple[str, ...] = ()
    placement: PlacementRule | None = None
    auto_deploy: bool = False
    rollout: RolloutPolicy = field(default_factory=RolloutPolicy)
    demands: Demands = field(default_factory=Demands)
    logs: LogsRule = field(default_factory=LogsRule)


@dataclass(frozen=True, kw_only=True)
class Definition:
    """What was found in one service directory: a service, or the reasons why there is none.

    `name` is the service's name as far as it could be read, else the directory's.
    `bundle` is the digest of the directory's content at the revision, empty where it could not be made.
    """

    name: str
    directory: str
    service: Service | None
    bundle: str = ""
    problems: tuple[Problem, ...] = ()

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that keep it from being deployed."""
        return tuple(problem for problem in self.problems if problem.severity is Severity.ERROR)


@dataclass(frozen=True, kw_only=True)
class Catalog:
    """All definitions of a repository at one revision, by name."""

    revision: str
    definitions: tuple[Definition, ...]
    problems: tuple[Problem, ...] = ()

    def find(self, name: str) -> Definition | None:
        """The definition with that name; the first one where several have it."""
        return self._by_name.get(name)

    @cached_property
    def _by_name(self) -> dict[str, Definition]:
        return {definition.name: definition for definition in reversed(self.definitions)}
