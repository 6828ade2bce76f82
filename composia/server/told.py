"""What watchers of the board are told: things that changed, worked out once for all who ask the same at the same time."""

from collections.abc import Callable
from dataclasses import dataclass

from composia.core.status import InstanceStatus, NodeView, ServiceStatus

SAME_S = 0.25
"""How long an answer is given again, though ages have changed."""


@dataclass(frozen=True)
class Thing:
    """What changes by itself: a service with all its instances, one instance of it, or a node; without any name the state of
    the repository, which itself is not on the board."""

    service: str = ""
    node: str = ""


REPOSITORY = Thing()


@dataclass(frozen=True, kw_only=True)
class Question:
    """What changed after a number, of these services and nodes: of all when there is no name, of none when it is None. Nodes
    that are `bare` come without containers of services."""

    number: int
    services: tuple[str, ...] | None = ()
    nodes: tuple[str, ...] | None = ()
    bare: bool = False


@dataclass(frozen=True, kw_only=True)
class Told:
    """What changed, as it is now, up to that `number`; `more` says that there is more after it."""

    number: int
    services: tuple[ServiceStatus, ...] = ()
    instances: tuple[InstanceStatus, ...] = ()
    nodes: tuple[NodeView, ...] = ()
    gone_services: tuple[str, ...] = ()
    gone_nodes: tuple[str, ...] = ()
    repository: bool = False
    more: bool = False


class Telling:
    """Keeps the answers of one moment: until the next change, and no longer than ages may be wrong."""

    def __init__(self) -> None:
        self._told: dict[Question, Told] = {}
        self._number = 0
        self._at_s = 0.0

    def tell(self, question: Question, newest: int, now_s: float, find: Callable[[Question], Told]) -> Told:
        """The answer, found when nobody has asked the same since the change with the number `newest`."""
        if self._number != newest or now_s - self._at_s >= SAME_S:
            self._told, self._number, self._at_s = {}, newest, now_s
        if question not in self._told:
            self._told[question] = find(question)
        return self._told[question]
