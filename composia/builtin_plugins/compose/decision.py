"""What a deploy has decided to do, kept in its journal: taken up again, it does that and does not decide anew."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from composia.core.container import Container
from composia.core.plan import Plan


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """The plan, and the ids of the containers that were there when it was made."""

    plan: Plan
    before: frozenset[str]

    @classmethod
    def made(cls, plan: Plan, seen: Sequence[Container]) -> "Decision":
        """A decision about the containers seen."""
        return cls(plan=plan, before=frozenset(container.id for container in seen))

    @classmethod
    def kept(cls, journal: Path) -> "Decision | None":
        """The decision of an earlier life of the agent."""
        try:
            return msgspec.json.decode(_file(journal).read_bytes(), type=cls)
        except FileNotFoundError:
            return None

    def keep(self, journal: Path) -> None:
        """Write it down; it is there whole or not at all."""
        new = _file(journal).with_suffix(".new")
        new.write_bytes(msgspec.json.encode(self))
        new.replace(_file(journal))


def _file(journal: Path) -> Path:
    return journal / "decision.json"
