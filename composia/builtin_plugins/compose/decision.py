"""What a deploy has decided, kept in its journal: taken up again, it does that and does not decide anew."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from composia.core.container import Container
from composia.core.plan import Plan

DECISION = "decision.json"
FIRST_LOOK = "first-look.json"
"""What was decided before the images were there, to be said to people."""


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """The plan, and the ids of the containers that were there when it was made."""

    plan: Plan
    before: frozenset[str]

    @classmethod
    def made(cls, plan: Plan, seen: Sequence[Container]) -> "Decision":
        """A decision about the containers seen."""
        return cls(plan=plan, before=frozenset(container.id for container in seen))

    @classmethod
    def kept(cls, journal: Path, name: str = DECISION) -> "Decision | None":
        """The decision of an earlier life of the agent."""
        try:
            return msgspec.json.decode((journal / name).read_bytes(), type=cls)
        except FileNotFoundError:
            return None

    def keep(self, journal: Path, name: str = DECISION) -> None:
        """Write it down; it is there whole or not at all."""
        new = journal / f"{name}.new"
        new.write_bytes(msgspec.json.encode(self))
        new.replace(journal / name)
