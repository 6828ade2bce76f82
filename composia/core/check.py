"""Checks of Composia's own health: what `composia doctor` says."""

from dataclasses import dataclass
from enum import StrEnum


class CheckResult(StrEnum):
    """How a check came out."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing that was looked at: its name, how it came out, what was found, and what to do about it."""

    name: str
    result: CheckResult
    text: str
    hint: str = ""


@dataclass(frozen=True, kw_only=True)
class NodeChecks:
    """The checks of one node."""

    node: str
    checks: tuple[Check, ...]


@dataclass(frozen=True, kw_only=True)
class Examination:
    """The checks of the server and of its nodes."""

    server: tuple[Check, ...]
    nodes: tuple[NodeChecks, ...] = ()
