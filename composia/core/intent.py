"""An intent: what a person wants of an instance, or of a node, that Git does not hold."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Intent:
    """`stopped` keeps commits from starting the instance; `deploy NAME`, `start` and `restart` clear it."""

    service: str
    node: str
    stopped: bool
    since_ms: int = 0
    by: str = ""


@dataclass(frozen=True, kw_only=True)
class Pause:
    """No task is to begin on the node; those for it wait. What has begun goes on."""

    node: str
    since_ms: int = 0
    by: str = ""


@dataclass(frozen=True, kw_only=True)
class Drain:
    """Nothing new is to be placed on the node; what is not moved away stays."""

    node: str
    since_ms: int = 0
    by: str = ""
