"""What was seen of a node at one moment, and what became of it since an earlier one."""

import hashlib
from dataclasses import dataclass, field
from functools import cached_property

import msgspec

from composia.core.container import Container
from composia.core.node import NodeStatus, Workspace
from composia.core.session import Changes


@dataclass(frozen=True, kw_only=True)
class Picture:
    """What was seen at one moment."""

    status: NodeStatus = field(default_factory=NodeStatus)
    containers: tuple[Container, ...] = ()
    workspaces: tuple[Workspace, ...] = ()

    @cached_property
    def inventory(self) -> str:
        """The digest of the lists."""
        return hashlib.sha256(msgspec.json.encode((self.containers, self.workspaces))).hexdigest()

    def differs(self, other: "Picture") -> bool:
        """Whether it shows anything else but another load of the host."""
        return self.inventory != other.inventory or not self._has_state_of(other)

    def changes_since(self, before: "Picture") -> Changes | None:
        """What became of containers and service directories since another picture; None if more than they became other."""
        had = {workspace.service: workspace for workspace in before.workspaces}
        if had.keys() - {workspace.service for workspace in self.workspaces} or not self._has_state_of(before):
            return None
        were = {container.id: container for container in before.containers}
        return Changes(
            before=before.inventory,
            inventory=self.inventory,
            containers=tuple(container for container in self.containers if were.get(container.id) != container),
            gone=tuple(sorted(were.keys() - {container.id for container in self.containers})),
            workspaces=tuple(one for one in self.workspaces if had.get(one.service) != one),
        )

    def _has_state_of(self, other: "Picture") -> bool:
        mine, its = self.status, other.status
        return (mine.problem, mine.blind_since_ms) == (its.problem, its.blind_since_ms)
