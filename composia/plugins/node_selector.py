"""The extension point `node_selector`: which feasible nodes a placed service goes to. One is chosen."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from composia.core.service import Service


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A feasible node: its labels and how many instances are placed on it."""

    node: str
    labels: tuple[tuple[str, str], ...] = ()
    instances: int = 0


class NodeSelector(Protocol):
    """Promises, each tested by `composia.plugins.testing.node_selector`:

    1. The answer holds each candidate once and nothing else.
    2. Equal input gives equal output, in whatever order it comes.
    """

    def rank(self, service: Service, candidates: Sequence[Candidate]) -> tuple[str, ...]:
        """The names of the candidates, best first."""
        ...
