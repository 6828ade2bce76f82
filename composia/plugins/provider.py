"""A provider: one implementation of an extension point, chosen by name."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec

from composia.clock import Clock

Thing = TypeVar("Thing")


@dataclass(frozen=True, kw_only=True)
class Context:
    """What every provider may use: its own directory for files (made on first use), and the clock."""

    data: Path
    clock: Clock


class NoConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The configuration of a provider that has nothing to set."""


@dataclass(frozen=True, kw_only=True)
class Provider(Generic[Thing]):
    """Registered by a hook. `config` is a msgspec Struct that refuses unknown keys; side effects only in `open`."""

    name: str
    open: Callable[[Any, Context], Awaitable[Thing]]
    config: type[msgspec.Struct] = NoConfig
    summary: str = ""
